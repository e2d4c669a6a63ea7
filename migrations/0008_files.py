"""Files handed in: what, when, by whom."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "stored_file")


def down(migrator, db):
    drop_tables(db, "stored_file")
