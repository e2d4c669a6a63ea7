"""Reading imports: one's own; officials of the county see all."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.imports.models import ImportRow, ImportRun
from trace.jobs.models import Job
from trace.jobs.queue import get_job


def visible_runs(actor: Actor) -> Any:
    """Imports of this person, or all for county-wide roles, newest first; never the file itself."""
    columns = [field for field in ImportRun._meta.sorted_fields if field.name != "data"]
    query = ImportRun.select(*columns).order_by(ImportRun.id.desc())
    return query if actor.county_wide else query.where(ImportRun.user_id == actor.user_id)


def get_run(actor: Actor, code: str) -> ImportRun:
    """An import the actor may look at."""
    found = visible_runs(actor).where(ImportRun.code == code).first()
    if found is None:
        raise NotFound()
    return found


def own_run(actor: Actor, code: str) -> ImportRun:
    """An import of this person with its file: only who handed it in acts on it."""
    found = ImportRun.get_or_none(ImportRun.code == code, ImportRun.user_id == actor.user_id)
    if found is None:
        raise NotFound()
    return found


def run_for_job(code: str) -> ImportRun | None:
    """An import by code, for the worker."""
    return ImportRun.get_or_none(ImportRun.code == code)


def work_on(run: ImportRun) -> Job | None:
    """The background work last begun on a run, done or not."""
    return get_job(run.job, run.user_id) if run.job else None


def is_waiting(run: ImportRun) -> bool:
    """Is something in the background still to happen to it?"""
    work = work_on(run)
    return work is not None and work.state in ("queued", "running") and run.state in ("received", "checked")


def twin(run: ImportRun) -> ImportRun | None:
    """The same file imported before and not undone."""
    return (
        ImportRun.select(ImportRun.code, ImportRun.ended_at, ImportRun.user_name)
        .where(ImportRun.sha256 == run.sha256, ImportRun.state == "done", ImportRun.id != run.id)
        .first()
    )


def made_by(run: ImportRun, limit: int = 50) -> list[ImportRow]:
    """The first rows of what an import made."""
    return list(ImportRow.select().where(ImportRow.run == run.id).order_by(ImportRow.number).limit(limit))


def source_of(subject: str) -> ImportRun | None:
    """The import a record came from."""
    return ImportRun.select(ImportRun.code).join(ImportRow).where(ImportRow.subject == subject).first()
