"""Plots, dated boundaries, survival visits."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "survival_visit")


def down(migrator, db):
    drop_tables(db, "survival_visit", "plot_boundary", "plot")
