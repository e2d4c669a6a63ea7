"""Label runs, units, scan counts."""

from trace.db.ddl import drop_tables, run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "unit_scan", "label_unit", "label_run")
