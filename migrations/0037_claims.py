"""What applications claim beside their plots, the version they were made under, support of other funds, and what ties parties together."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

PINNED = (
    "INSERT INTO application_terms (application_id, version_id, pinned_at) "
    "SELECT a.id, v.id, a.submitted_at FROM application a JOIN programme_version v ON v.programme_id = a.programme_id AND v.number = 1 "
    "WHERE a.submitted_at IS NOT NULL"
)
"""What was submitted before there were versions was submitted under the first."""


def up(migrator, db):
    run_sql(db, __file__)
    db.execute_sql(PINNED)
    for table in ("application_terms", "link_fact"):
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, "link_fact", "external_support", "loan_event", "claim_loan", "claim_item", "application_terms")
