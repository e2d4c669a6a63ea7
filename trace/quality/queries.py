"""Reading draws, tasks and what was found."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import fn

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db import lock_row
from trace.files.models import StoredFile
from trace.land.models import Plot
from trace.quality.models import Inspection, InspectionPhoto, InspectionTask, SampleDraw
from trace.registry.models import Party, Township, Village


def visible_tasks(actor: Actor) -> Any:
    """All tasks for county-wide roles, those of its own plots for a township; nobody else has any."""
    operator = Party.alias()
    query = (
        InspectionTask.select(InspectionTask, Plot, operator, Village, Township, Party, SampleDraw)
        .join(Plot)
        .join(operator, on=(Plot.operator == operator.id), attr="operator")
        .join_from(Plot, Village)
        .join(Township)
        .join_from(InspectionTask, Party)
        .join_from(InspectionTask, SampleDraw)
    )
    if actor.county_wide:
        return query
    return query.where(Township.code.in_(list(actor.township_codes)))


def tasks_to_show(actor: Actor, *, state: str = "", bad: bool = False, township: str = "") -> Any:
    """Visible tasks by state, by township, or those that ended in 不符 or 无法核实."""
    query = visible_tasks(actor)
    if state:
        query = query.where(InspectionTask.state == state)
    if bad:
        counts = Inspection.select(Inspection.task).where(Inspection.verdict != "match", ~_superseded())
        query = query.where(InspectionTask.id.in_(counts))
    return query.where(Township.code == township) if township else query


def counts_of(actor: Actor, draw_ids: list[int]) -> dict[int, int]:
    """How many visible tasks each draw has."""
    rows = visible_tasks(actor).where(InspectionTask.draw.in_(draw_ids)) if draw_ids else []
    found: dict[int, int] = {}
    for row in rows:
        found[row.draw_id] = found.get(row.draw_id, 0) + 1
    return found


def get_task(actor: Actor, code: str) -> InspectionTask:
    """A task the actor may see."""
    found = visible_tasks(actor).where(InspectionTask.code == code).first()
    if found is None:
        raise NotFound()
    return found


def lock_task(actor: Actor, code: str) -> InspectionTask:
    """The same, locked until the transaction ends."""
    found = get_task(actor, code)
    list(lock_row(InspectionTask.select(InspectionTask.id).where(InspectionTask.id == found.id)))
    return get_task(actor, code)


def inspections_of(task: InspectionTask) -> list[Inspection]:
    """All versions of what was found, the one that counts first."""
    return list(Inspection.select().where(Inspection.task == task.id).order_by(Inspection.version.desc()))


def verdicts_of(task_ids: list[int]) -> dict[int, Inspection]:
    """What counts of each task."""
    rows = Inspection.select().where(Inspection.task.in_(task_ids), ~_superseded()) if task_ids else []
    return {row.task_id: row for row in rows}


def photos_of(task: InspectionTask) -> list[InspectionPhoto]:
    """Every photograph of a task, whichever version it came with, files joined."""
    rows = InspectionPhoto.select(InspectionPhoto, Inspection, StoredFile).join(Inspection).switch(InspectionPhoto)
    return list(rows.join(StoredFile).where(Inspection.task == task.id).order_by(InspectionPhoto.id))


def get_photo(task: InspectionTask, number: int) -> StoredFile:
    """The n-th photograph of a task."""
    rows = photos_of(task)
    if not 1 <= number <= len(rows):
        raise NotFound()
    return rows[number - 1].file


def draws() -> Any:
    """All draws, newest first."""
    return SampleDraw.select().order_by(SampleDraw.id.desc())


def draw_of(first: date, last: date) -> SampleDraw | None:
    """The draw of a period."""
    return SampleDraw.get_or_none(SampleDraw.first_day == first, SampleDraw.last_day == last)


def get_draw(code: str) -> SampleDraw:
    """A draw by its number."""
    found = SampleDraw.get_or_none(SampleDraw.code == code)
    if found is None:
        raise NotFound()
    return found


def tasks_of(actor: Actor, draw: SampleDraw) -> list[InspectionTask]:
    """The tasks of a draw that the actor may see, in the order they were drawn."""
    return list(visible_tasks(actor).where(InspectionTask.draw == draw.id).order_by(InspectionTask.id))


def _superseded() -> Any:
    newer = Inspection.alias()
    same = newer.select(newer.id).where(newer.task == Inspection.task, newer.version > Inspection.version)
    return fn.EXISTS(same)
