"""Doors for the worker: long runs are drawn in the background."""

from __future__ import annotations

from flask import current_app

from trace.core.errors import NotFound
from trace.jobs.queue import Progress, handles
from trace.labels import queries, sheets
from trace.labels.services import check_not_held
from trace.web.access import settings


@handles("labels.sheet")
def draw_sheet(progress: Progress) -> dict[str, int]:
    """Draw a run and keep the finished file; a file appears only when it is whole."""
    run = queries.run_by_no(progress.arguments["run"])
    if run is None:
        raise NotFound()
    check_not_held(run.lot)
    path = sheets.stored_sheet(settings().instance, run)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with current_app.test_request_context():
        partial.write_bytes(sheets.sheet_pdf(run, settings().base_url, progress.report))
    partial.replace(path)
    return {"labels": run.count}
