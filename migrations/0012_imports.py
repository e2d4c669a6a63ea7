"""Imports: files handed in, and what their rows became; a plot registered by mistake can be cancelled.

SQLite cannot change a CHECK: the plot table is copied into one whose text differs in that word only (the runner has foreign keys switched off).
"""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import is_postgres_database

BEFORE, AFTER = "'converted','lost')", "'converted','lost','cancelled')"
STATES = "'planned','prepared','planted','survived','established','bearing','replant_needed','failed',"


def up(migrator, db):
    run_sql(db, __file__)
    change_check(db, BEFORE, AFTER)


def down(migrator, db):
    db.execute_sql("UPDATE plot SET state = 'lost' WHERE state = 'cancelled'")
    change_check(db, AFTER, BEFORE)
    drop_tables(db, "import_row", "import_run")


def change_check(db, old, new):
    if is_postgres_database(db):
        db.execute_sql('ALTER TABLE "plot" DROP CONSTRAINT "plot_state_check"')
        db.execute_sql(f'ALTER TABLE "plot" ADD CONSTRAINT "plot_state_check" CHECK (state IN ({STATES}{new})')
        return
    table = db.execute_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'plot'").fetchone()[0]
    indexes = db.execute_sql("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'plot' AND sql > ''").fetchall()
    db.execute_sql(table.replace(old, new).replace('"plot"', '"plot_new"', 1))
    db.execute_sql('INSERT INTO "plot_new" SELECT * FROM "plot"')
    db.execute_sql('DROP TABLE "plot"')
    db.execute_sql('ALTER TABLE "plot_new" RENAME TO "plot"')
    for (index,) in indexes:
        db.execute_sql(index)
