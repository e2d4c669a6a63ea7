"""Counters, jobs, the trail, the register, accounts."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only, drop_functions

TABLES = (
    "sign_in_attempt", "api_token", "user_session", "user_township", "user", "site_setting", "calendar_day", "reference_range",
    "process", "product", "taxon", "title", "party", "village", "township", "audit_entry", "job", "code_counter",
)  # fmt: skip


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "audit_entry")


def down(migrator, db):
    drop_tables(db, *TABLES)
    drop_functions(db, "refuse_change")
