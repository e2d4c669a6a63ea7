"""Harvests, dispatches, receipts, process runs."""

from trace.db.ddl import drop_tables, run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "process_run", "receipt", "dispatch", "harvest")
