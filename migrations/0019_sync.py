"""Phones, and the operations they send: what was signed stays as it came."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import drop_functions, frozen

SIGNED = (
    "op_id", "fingerprint", "device_id", "seq", "author_id", "sender", "kind", "schema", "raw", "made_at", "received_at", "skew_seconds",
)


def up(migrator, db):
    run_sql(db, __file__)
    frozen(db, "sync_op", SIGNED)


def down(migrator, db):
    drop_tables(db, "sync_op_photo", "sync_photo", "sync_conflict", "sync_wait", "sync_op", "device")
    drop_functions(db, "sync_op_frozen")
