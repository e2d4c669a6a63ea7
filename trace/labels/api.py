"""JSON doors of labels."""

from __future__ import annotations

from typing import Any

from flask import Response

from trace.core.actor import Permission
from trace.labels import printing, queries, services, sheets
from trace.labels.schemas import (
    ActivateSchema,
    CartonSchema,
    ReprintSchema,
    RunSchema,
    UnitsSchema,
    VoidSchema,
    paper_of,
)
from trace.labels.views import sheet_response
from trace.web.access import access, current_actor, settings
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-labels", __name__, description="标签")


def _out(run: Any) -> dict[str, Any]:
    sheet = printing.state_of(run, settings().instance)
    return {
        "id": run.no, "lot": run.lot.code, "product": run.lot.name or run.lot.product.name, "count": run.count, "state": run.state, "kind": run.kind,
        "sample_code": sheets.code_at(run, 0) if run.state == "activated" else None,
        "best_before": run.best_before.isoformat() if run.best_before else None,
        "layout": run.layout, "dpi": run.dpi, "gtin": run.gtin or None, "activated": queries.activated_count(run),
        "sheet": {"state": sheet.state, "done": sheet.done, "total": sheet.total, "error": sheet.error},
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
    run = services.make_run(
        current_actor(), body["lot"], body["count"], kind=body["kind"], paper=paper_of(body), use_gtin=body["coding"] == "gs1", wanted_marks=body["marks"],
    )  # fmt: skip
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
@bp.arguments(ActivateSchema, required=False)
@bp.response(200)
def activate_run(body: dict[str, Any], no: str) -> dict[str, Any]:
    """The labels are on the packs, all of them or those from ``first`` to ``last``."""
    services.activate_run(current_actor(), no, body.get("first"), body.get("last"))
    return _out(queries.get_run(current_actor(), no))


@bp.post("/label-runs/<no>/void")
@access(Permission.LABEL_VOID)
@bp.arguments(VoidSchema)
@bp.response(200)
def void_run(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Void a run."""
    services.void_run(current_actor(), no, body["reason"])
    return _out(queries.get_run(current_actor(), no))


@bp.post("/label-runs/<no>/void-units")
@access(Permission.LABEL_VOID)
@bp.arguments(UnitsSchema)
@bp.response(200)
def void_units(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Void some labels of a run."""
    voided = services.void_range(current_actor(), no, body["first"], body["last"], body["reason"])
    return {**_out(queries.get_run(current_actor(), no)), "voided": voided}


@bp.post("/label-runs/<no>/reprint")
@access(Permission.LABEL_VOID)
@bp.arguments(ReprintSchema)
@bp.response(201)
def reprint(body: dict[str, Any], no: str) -> dict[str, Any]:
    """New labels for damaged ones; the old ones are void."""
    old = queries.get_run(current_actor(), no)
    run = services.reprint(current_actor(), no, body["first"], body["last"], body["reason"], paper_of(body, old.layout))
    return _out(queries.get_run(current_actor(), run.no))


@bp.post("/label-runs/<no>/cartons")
@access(Permission.LABEL_RUN)
@bp.arguments(CartonSchema)
@bp.response(201)
def make_cartons(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Carton labels over the unit codes of a run."""
    run = services.make_cartons(current_actor(), no, body["per_carton"], paper_of(body))
    return _out(queries.get_run(current_actor(), run.no))
