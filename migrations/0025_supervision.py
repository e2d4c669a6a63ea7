"""Supervision: inspections, findings with steps and late marks, evaluations, scores with locked snapshots; the alerts inbox."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = ("finding_step", "finding_photo", "late_mark", "score_scheme", "score_deduction", "score_snapshot")


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    drop_tables(
        db, "alert_read", "alert", "score_feedback", "score_snapshot", "score_run", "score_deduction", "score_scheme", "evaluation",
        "late_mark", "finding_photo", "finding_step", "finding", "township_inspection",
    )  # fmt: skip
