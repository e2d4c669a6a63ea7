"""Enqueue in the caller's transaction; claim and run one job at a time in the worker.

The job row *is* the queue (docs/adr/0003): a job can neither be lost between two stores nor run before its transaction committed.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from uuid6 import uuid7

from trace.core.clock import utcnow
from trace.core.errors import TraceError
from trace.core.text import N_
from trace.db import db, lock_row
from trace.jobs.models import Job

log = structlog.get_logger("jobs")

Handler = Callable[["Progress"], Any]
_handlers: dict[str, Handler] = {}

STALE_AFTER = timedelta(minutes=5)
"""A running job whose row has not moved for so long is taken to have died with its worker."""


MOST_DEATHS = 2
"""A job during which the worker died so often is given up: it may be what killed it."""


BROKEN_OFF = N_("后台任务两次中断，没有写入任何内容，请联系管理员。")


class Cancelled(Exception):
    """The job's owner stopped it."""


class Progress:
    """What a handler gets: its arguments, and a way to say how far it is."""

    def __init__(self, job: Job) -> None:
        """Wrap a claimed job."""
        self.job = job
        self.arguments: dict[str, Any] = job.arguments

    def report(self, done: int, total: int) -> None:
        """Keep the counts and the sign of life; raises :class:`Cancelled` when the owner stopped the job."""
        with db.atomic():
            changed = (
                Job.update(done=done, total=total, started_at=utcnow())
                .where(Job.id == self.job.id, Job.state == "running")
                .execute()
            )
        if not changed:
            raise Cancelled


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that runs jobs of one kind (in a domain's ``jobs.py``)."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def enqueue(kind: str, arguments: dict[str, Any], *, owner_id: int | None, at: datetime) -> str:
    """Write the job row; visible to the worker when the caller's transaction commits."""
    job = Job.create(public_id=uuid7().hex, kind=kind, arguments=arguments, owner_id=owner_id, created_at=at)
    return job.public_id


def run_next() -> bool:
    """Claim and run the oldest waiting job; False when there is none."""
    job = _claim()
    if job is None:
        return False
    try:
        result = _handlers[job.kind](Progress(job))
    except Cancelled:
        log.info("job.cancelled", job=job.public_id)
    except TraceError as error:
        _finish(job, state="failed", error=str(error))
    except Exception:
        log.error("job.failed", job=job.public_id, kind=job.kind, error=traceback.format_exc())
        _finish(job, state="failed", error="系统出错，请联系管理员。")
    else:
        _finish(job, state="done", result=result)
    return True


def run_forever(
    poll_seconds: float = 0.5,
    should_stop: Callable[[], bool] = lambda: False,
    between: Callable[[], object] = lambda: None,
) -> None:
    """The worker: run what waits, sleep when nothing does, ``between`` each round. Opens and closes its own connection each round."""
    while not should_stop():
        with db.connection_context():
            worked = run_next()
            between()
        if not worked:
            time.sleep(poll_seconds)


def recover() -> int:
    """Put back what a worker that died was doing; returns how many jobs. For the one worker, before it takes up work."""
    with db.atomic():
        orphans = list(lock_row(Job.select().where(Job.state == "running").order_by(Job.id)))
        for job in orphans:
            deaths = job.arguments.get("deaths", 0) + 1
            job.state, job.arguments = "queued", {**job.arguments, "deaths": deaths}
            if deaths >= MOST_DEATHS:
                job.state, job.error, job.finished_at = (
                    "failed",
                    "后台任务两次中断，没有写入任何内容，请联系管理员。",
                    utcnow(),
                )
            job.save(only=[Job.state, Job.arguments, Job.error, Job.finished_at])
            log.warning("job.orphan", job=job.public_id, kind=job.kind, deaths=deaths)
        return len(orphans)


def cancel(job: Job) -> None:
    """Stop a waiting or running job; the handler notices at its next report."""
    with db.atomic():
        Job.update(state="cancelled", finished_at=utcnow()).where(
            Job.id == job.id, Job.state.in_(["queued", "running"])
        ).execute()


def get_job(public_id: str, owner_id: int) -> Job | None:
    """A job of this owner."""
    return Job.get_or_none(Job.public_id == public_id, Job.owner_id == owner_id)


def find_job(public_id: str) -> Job | None:
    """A job of anybody: for pages that show the work on a record to all who may see the record."""
    return Job.get_or_none(Job.public_id == public_id)


def _claim() -> Job | None:
    now = utcnow()
    with db.atomic():
        waiting = (Job.state == "queued") | ((Job.state == "running") & (Job.started_at < now - STALE_AFTER))
        job = lock_row(Job.select().where(waiting).order_by(Job.id).limit(1)).first()
        if job is not None:
            job.state, job.started_at = "running", now
            job.save(only=[Job.state, Job.started_at])
        return job


def _finish(job: Job, *, state: str, result: Any = None, error: str = "") -> None:
    with db.atomic():
        Job.update(state=state, result=result, error=error, finished_at=utcnow()).where(
            Job.id == job.id, Job.state == "running"
        ).execute()
