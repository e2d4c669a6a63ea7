"""Imports: files handed in, and what their rows became."""

from trace.db.ddl import drop_tables, run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "import_row", "import_run")
