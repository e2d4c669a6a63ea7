"""The public log: places of entries, tiles, signed checkpoints; entries written before it wait for their place."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    db.execute_sql("INSERT INTO log_pending (entry_id) SELECT id FROM audit_entry ORDER BY id")
    append_only(db, "log_leaf")
    append_only(db, "log_checkpoint")


def down(migrator, db):
    drop_tables(db, "log_checkpoint", "log_tile", "log_leaf", "log_pending")
