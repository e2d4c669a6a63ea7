"""Long checks and imports in the background."""

from __future__ import annotations

from trace.accounts.queries import actor_by_id
from trace.core.errors import NotFound, TraceError
from trace.imports import queries, services
from trace.imports.gauge import Gauge, Stopped
from trace.jobs.queue import Cancelled, Progress, handles
from trace.web.access import settings


def gauge_of(code: str) -> Gauge:
    """The gauge of a run of this installation."""
    return Gauge(settings().instance / "imports", code)


@handles("imports.check")
def check(progress: Progress) -> dict[str, int]:
    """Check a file; stopping gives it up."""
    code, actor = progress.arguments["run"], actor_by_id(progress.job.owner_id)
    run, gauge = queries.run_for_job(code), gauge_of(code)
    if run is None or actor is None:
        raise NotFound()
    try:
        done = services.check(actor, run, gauge)
    except Stopped:
        services.discard(actor, code)
        raise Cancelled from None
    finally:
        gauge.end()
    return {"rows": done.rows, "mistakes": done.mistakes}


@handles("imports.apply")
def apply(progress: Progress) -> dict[str, int]:
    """Import a checked file; stopping leaves it checked, nothing written."""
    code, actor = progress.arguments["run"], actor_by_id(progress.job.owner_id)
    gauge = gauge_of(code)
    if actor is None:
        raise NotFound()
    try:
        return {"rows": services.apply(actor, code, progress.arguments["mode"], gauge).good}
    except Stopped:
        services.note(code, "已按您的要求停下，没有导入任何一行。")
        raise Cancelled from None
    except TraceError as error:
        services.note(code, error.message.template, error.message.values)
        raise
    finally:
        gauge.end()
