"""The whole life of an application: all states of the domain brief §5.3, when each is due, which instalment, and its archive number."""

from trace.db.ddl import change_check
from trace.db.triggers import append_only, is_postgres_database

BEFORE = (
    "'DRAFT','SUBMITTED','RETURNED','TOWNSHIP_PASSED','FIELD_SCHEDULED','FIELD_PASSED','FIELD_FAILED','BUREAU_REVIEWED','PUBLICITY',"
    "'OBJECTION','PUBLICITY_PASSED','APPROVED','REJECTED','PAY_PREPARED','PAY_RELEASED','PAID','PAY_FAILED','WITHDRAWN'"
)
AFTER = (
    "'DRAFT','SUBMITTED','RETURNED','TOWNSHIP_ACCEPTED','TOWNSHIP_PUBLICITY','TOWNSHIP_PASSED','FIELD_SCHEDULED','FIELD_PASSED',"
    "'FIELD_FAILED','RECTIFYING','BUREAU_REVIEWED','PUBLICITY','OBJECTION','PUBLICITY_PASSED','APPROVING','APPROVED','REJECTED',"
    "'PAY_PREPARED','PAY_RELEASED','PAID','PAY_FAILED','NEXT_INSTALMENT_WAIT','CLOSED','ARCHIVED','UNDER_AUDIT','CLAWBACK','CLAWED_BACK',"
    "'WITHDRAWN'"
)
EARLIER = {
    "SUBMITTED": ("TOWNSHIP_ACCEPTED", "TOWNSHIP_PUBLICITY"), "FIELD_FAILED": ("RECTIFYING",), "PUBLICITY_PASSED": ("APPROVING",),
    "PAID": ("NEXT_INSTALMENT_WAIT", "CLOSED", "ARCHIVED", "UNDER_AUDIT", "CLAWBACK", "CLAWED_BACK"),
}  # fmt: skip
"""The state of the earlier chain that comes nearest, for going back."""
DUTIES = "'submit','township','verify_forestry','verify_finance','review','publicise','approve','pay_make','pay_check'"
MORE_DUTIES = f"{DUTIES},'audit'"


def up(migrator, db):
    for column in (
        "due_on DATE",
        "instalment INTEGER NOT NULL DEFAULT 1",
        "held_state VARCHAR(20)",
        "archive_no VARCHAR(30)",
    ):
        name, kind = column.split(" ", 1)
        db.execute_sql(f'ALTER TABLE "application" ADD COLUMN "{name}" {kind}')
    db.execute_sql('CREATE INDEX "application_due_on" ON "application" ("due_on")')
    db.execute_sql('CREATE UNIQUE INDEX "application_archive_no" ON "application" ("archive_no")')
    change_check(db, "application", "state", BEFORE, AFTER)
    change_check(db, "application_duty", "duty", DUTIES, MORE_DUTIES)


def down(migrator, db):
    for earlier, states in EARLIER.items():
        wanted = ",".join(f"'{state}'" for state in states)
        db.execute_sql(f"UPDATE application SET state = '{earlier}' WHERE state IN ({wanted})")
    unguard(db, "application_duty")
    db.execute_sql("DELETE FROM application_duty WHERE duty = 'audit'")
    change_check(db, "application_duty", "duty", MORE_DUTIES, DUTIES)
    append_only(db, "application_duty")
    change_check(db, "application", "state", AFTER, BEFORE)
    db.execute_sql('DROP INDEX "application_due_on"')
    db.execute_sql('DROP INDEX "application_archive_no"')
    for column in ("archive_no", "held_state", "instalment", "due_on"):
        db.execute_sql(f'ALTER TABLE "application" DROP COLUMN "{column}"')


def unguard(db, table):
    """Take the guard off while rows go that the earlier chain did not know."""
    if is_postgres_database(db):
        db.execute_sql(f'DROP TRIGGER {table}_append_only ON "{table}"')
    else:
        for verb in ("update", "delete"):
            db.execute_sql(f"DROP TRIGGER {table}_no_{verb}")
