"""Invariants of quality; those of holds are checked by the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN

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


CHECKS = (check_draws, check_inspections)
