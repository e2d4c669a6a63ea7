"""Runs over many days: the run, its steps, and work in process as a kind of lot."""

from trace.db.ddl import change_check, drop_tables, run_sql

BEFORE = "'harvest','receipt','part','blend','batch','byproduct','pack','seedling'"
AFTER = f"{BEFORE},'wip'"


def up(migrator, db):
    change_check(db, "lot", "kind", BEFORE, AFTER)
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "run_step", "long_run")
    change_check(db, "lot", "kind", AFTER, BEFORE)
