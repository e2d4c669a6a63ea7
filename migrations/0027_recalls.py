"""Incidents with a report clock, cases of recalls, questions along the chain, mock recalls."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = ("incident", "incident_entry", "incident_link", "recall_lot", "recall_statement")


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    drop_tables(
        db, "mock_recall", "inquiry", "recall_statement", "recall_notice", "recall_lot", "recall", "incident_link", "incident_entry", "incident"
    )
