"""Programmes, budgets, applications, publicity, payments, the fen ledger."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = ("transfer", "application_step", "application_duty", "field_record")
TABLES = (
    "transfer", "payment_line", "payment_batch", "objection", "notice_item", "notice", "field_record", "application_duty",
    "application_step", "application", "account", "budget", "programme",
)


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, *TABLES)
