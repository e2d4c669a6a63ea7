"""Invariants of quality; those of holds are checked by the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN, fn

from trace.lots import queries as lots
from trace.quality import certificate_queries as certificates
from trace.quality.certificate_models import Certificate, LabCorrection, LabReport
from trace.quality.models import Inspection, InspectionPhoto, InspectionTask, SampleDraw
from trace.quality.sampling import again


def check_draws() -> Iterator[str]:
    """Every draw, drawn again with its printed seed, gives the tasks it made."""
    for row in SampleDraw.select():
        made = set(
            InspectionTask.select(InspectionTask.kind, InspectionTask.record).where(InspectionTask.draw == row).tuples()
        )
        if made != again(row):
            yield f"sample_draw {row.code}: drawn again gives other records"


def check_inspections() -> Iterator[str]:
    """A task is done when somebody looked, never by its own recorder; what does not hold has its photograph."""
    rows = InspectionTask.select(InspectionTask, Inspection).join(Inspection, JOIN.LEFT_OUTER, attr="found")
    for task in rows:
        if (task.state == "done") != (task.found is not None and task.found.id is not None):
            yield f"inspection_task {task.code}: state {task.state} does not fit"
        elif task.state == "done" and task.found.inspector_id == task.recorder_id:
            yield f"inspection_task {task.code}: inspected by its recorder"
    shown = InspectionPhoto.select(Inspection.task).join(Inspection)
    bare = InspectionTask.select(InspectionTask.code).join(Inspection).where(Inspection.verdict == "mismatch")
    for (code,) in bare.where(InspectionTask.id.not_in(shown)).distinct().tuples():
        yield f"inspection_task {code}: 不符 without photograph"


def check_certificates() -> Iterator[str]:
    """No certificate is used for more than it says, none that was cancelled was used at all, and no batch is certified beyond what was made."""
    rows = list(Certificate.select(Certificate.id, Certificate.no, Certificate.quantity, Certificate.state).tuples())
    used = certificates.used_up([row[0] for row in rows])
    for key, no, quantity, state in rows:
        if used[key] > (0 if state == "cancelled" else quantity):
            yield f"certificate {no}: {used[key]} of {quantity} used ({state})"
    valid = (
        Certificate.select(Certificate.lot, fn.SUM(Certificate.quantity)).where(Certificate.state == "valid").group_by(Certificate.lot)
    )  # fmt: skip
    certified = {lot_id: int(total) for lot_id, total in valid.tuples()}
    made = lots.made_quantities(list(certified))
    for lot_id, total in certified.items():
        if total > made.get(lot_id, 0):
            yield f"lot {lots.codes_of([lot_id])[0]}: {total} certified of {made.get(lot_id, 0)} made"


def check_reports() -> Iterator[str]:
    """A correction is a later version, of a report on the same lot."""
    newer, older = LabReport.alias(), LabReport.alias()
    rows = (
        LabCorrection.select(newer.code, newer.lot == older.lot, newer.version > older.version)
        .join(newer, on=LabCorrection.report)
        .switch(LabCorrection)
        .join(older, on=LabCorrection.corrects)
    )
    for code, same_lot, later in rows.tuples():
        if not (same_lot and later):
            yield f"lab_report {code}: corrects a report of another lot, or a later one"


CHECKS = (check_draws, check_inspections, check_certificates, check_reports)
