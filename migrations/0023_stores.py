"""Goods on their way and in store: what a dispatch carries, stays, temperatures."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "temperature")


def down(migrator, db):
    drop_tables(db, "temperature", "stay", "dispatch_note")
