"""The file of an application: papers, defects, site visits, teams, forms, frozen evidence, postings, declared interests, delegations."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = ("site_visit", "field_form", "evidence_bundle", "board_posting")
COLUMNS = {
    "objection": ("contact_sealed TEXT NOT NULL DEFAULT ''", "due_on DATE", "reply VARCHAR(500) NOT NULL DEFAULT ''", "replied_on DATE"),
    "notice": ("result_note VARCHAR(500) NOT NULL DEFAULT ''", "kept TEXT", "kept_hash VARCHAR(64) NOT NULL DEFAULT ''"),
}  # fmt: skip


def up(migrator, db):
    run_sql(db, __file__)
    for table, columns in COLUMNS.items():
        for column in columns:
            name, kind = column.split(" ", 1)
            db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {kind}')
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    for table, columns in COLUMNS.items():
        for column in reversed(columns):
            db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column.split(" ")[0]}"')
    drop_tables(
        db, "delegation", "interest", "board_posting", "evidence_bundle", "field_form", "field_team", "site_visit", "defect",
        "application_document",
    )  # fmt: skip
