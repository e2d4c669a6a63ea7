"""承诺达标合格证: certificates with their numbers, what buyers collected, laboratory reports with their items."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    for table in ("lab_report", "lab_item", "collected_certificate", "number_block"):
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, "number_block", "collected_certificate", "certificate", "lab_item", "lab_report")
