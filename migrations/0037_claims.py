"""What applications claim beside their plots, the version they were made under, support of other funds, and what ties parties together."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    for table in ("application_terms", "link_fact"):
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, "link_fact", "external_support", "loan_event", "claim_loan", "claim_item", "application_terms")
