"""Imports: files handed in, and what their rows became; a plot registered by mistake can be cancelled."""

from trace.db.ddl import change_check, drop_tables, run_sql

BEFORE = "'planned','prepared','planted','survived','established','bearing','replant_needed','failed','converted','lost'"
AFTER = f"{BEFORE},'cancelled'"


def up(migrator, db):
    run_sql(db, __file__)
    change_check(db, "plot", "state", BEFORE, AFTER)


def down(migrator, db):
    db.execute_sql("UPDATE plot SET state = 'lost' WHERE state = 'cancelled'")
    change_check(db, "plot", "state", AFTER, BEFORE)
    drop_tables(db, "import_row", "import_run")
