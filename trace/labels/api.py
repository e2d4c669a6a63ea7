"""JSON doors of labels."""

from __future__ import annotations

from typing import Any

from flask import Response

from trace.core.actor import Permission
from trace.labels import queries, services, sheets
from trace.labels.schemas import RunSchema, VoidSchema
from trace.labels.views import sheet_response
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-labels", __name__, description="标签")


def _out(run: Any) -> dict[str, Any]:
    return {
        "id": run.no, "lot": run.lot.code, "product": run.lot.name or run.lot.product.name, "count": run.count, "state": run.state,
        "sample_code": sheets.code_at(run, 0) if run.state == "activated" else None,
        "best_before": run.best_before.isoformat() if run.best_before else None,
    }  # fmt: skip


@bp.get("/label-runs")
@access(Permission.LABEL_READ)
@bp.response(200)
def list_runs() -> dict[str, Any]:
    """Label runs within the caller's scope, newest first."""
    page = page_by_id(queries.visible_runs(current_actor()), queries.LabelRun.id)
    return {"items": [_out(run) for run in page.items], "next": page.next}


@bp.post("/label-runs")
@access(Permission.LABEL_RUN)
@bp.arguments(RunSchema)
@bp.response(201)
def make_run(body: dict[str, Any]) -> dict[str, Any]:
    """Reserve codes for packs of a lot."""
    run = services.make_run(current_actor(), body["lot"], body["count"])
    return _out(queries.get_run(current_actor(), run.no))


@bp.get("/label-runs/<no>")
@access(Permission.LABEL_READ)
@bp.response(200)
def show_run(no: str) -> dict[str, Any]:
    """One run; ``sample_code`` is one activated public code."""
    return _out(queries.get_run(current_actor(), no))


@bp.get("/label-runs/<no>/sheet.pdf")
@access(Permission.LABEL_READ)
@bp.response(200, content_type="application/pdf")
def sheet(no: str) -> Response:
    """The sheets of a run."""
    return sheet_response(no)


@bp.post("/label-runs/<no>/activate")
@access(Permission.LABEL_RUN)
@bp.response(200)
def activate_run(no: str) -> dict[str, Any]:
    """The labels are on the packs."""
    services.activate_run(current_actor(), no)
    return _out(queries.get_run(current_actor(), no))


@bp.post("/label-runs/<no>/void")
@access(Permission.LABEL_VOID)
@bp.arguments(VoidSchema)
@bp.response(200)
def void_run(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Void a run."""
    services.void_run(current_actor(), no, body["reason"])
    return _out(queries.get_run(current_actor(), no))
