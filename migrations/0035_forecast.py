"""Assumptions of forecasts, in versions."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "forecast_assumption")


def down(migrator, db):
    drop_tables(db, "forecast_assumption")
