"""Scans by place and day, alerts of copied labels, consumers' complaints; GS1 prefixes and article numbers."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "complaint_reply")


def down(migrator, db):
    drop_tables(
        db, "complaint_reply", "complaint", "code_alert", "scan_salt", "scan_reader", "scan_day", "scan_place", "article_number", "gs1_prefix"
    )
