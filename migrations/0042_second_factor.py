"""The second factor: authenticators of people, their recovery codes."""

from trace.db.ddl import drop_tables, run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "recovery_code", "second_factor")
