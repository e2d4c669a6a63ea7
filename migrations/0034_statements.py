"""Statements of townships: lines, steps, late marks, samples, locked snapshots."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = ("statement_step", "statement_late", "statement_snapshot")


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    drop_tables(
        db, "statement_snapshot", "statement_sample", "statement_late", "statement_step", "statement_line", "statement"
    )
