"""Doors for the worker: long runs are drawn in the background."""

from __future__ import annotations

from trace.core.errors import NotFound, RuleBroken
from trace.jobs.queue import Progress, handles
from trace.labels import printing, queries
from trace.labels.balance import check_not_held
from trace.web.access import settings


@handles("labels.sheet")
def draw_sheet(progress: Progress) -> dict[str, int]:
    """Draw a run and keep the finished file. Before each chunk: does anybody still want it, and may it still be printed?"""
    run = queries.run_by_no(progress.arguments["run"])
    if run is None:
        raise NotFound()

    def before_chunk(done: int, total: int) -> None:
        progress.report(done, total)
        check_not_held(run.lot)
        if queries.run_state(run) == "voided":
            raise RuleBroken("标签 %(run)s 已作废，不能打印。", code="RUN_STATE", run=run.no)

    printing.draw(run, settings().instance, settings().base_url, before_chunk)
    return {"labels": run.count}
