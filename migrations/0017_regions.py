"""Mergers of villages: which village became part of which, since when, by which document."""

from trace.db.ddl import drop_tables, run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "village_merge")
