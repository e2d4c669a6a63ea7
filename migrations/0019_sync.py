"""Phones, and the operations they send: what was signed stays as it came; a stored file knows the hash of what was sent."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import drop_functions, frozen

SIGNED = (
    "op_id", "fingerprint", "device_id", "seq", "author_id", "sender", "kind", "schema", "raw", "made_at", "received_at", "skew_seconds",
)


def up(migrator, db):
    run_sql(db, __file__)
    frozen(db, "sync_op", SIGNED)
    db.execute_sql('ALTER TABLE "stored_file" ADD COLUMN "sent_sha256" VARCHAR(64)')
    db.execute_sql('CREATE INDEX "stored_file_sent_sha256" ON "stored_file" ("sent_sha256")')


def down(migrator, db):
    db.execute_sql('DROP INDEX "stored_file_sent_sha256"')
    db.execute_sql('ALTER TABLE "stored_file" DROP COLUMN "sent_sha256"')
    drop_tables(db, "sync_op_photo", "sync_photo", "sync_conflict", "sync_wait", "sync_op", "device")
    drop_functions(db, "sync_op_frozen")
