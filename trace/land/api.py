"""JSON doors of the land register."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.errors import Invalid
from trace.core.units import mu_from_m2
from trace.land import history, life, queries, services
from trace.land.assess import Assessment
from trace.land.overlaps import Overlap
from trace.land.rules import Caution
from trace.land.schemas import BoundarySchema, CheckSchema, PlotOut, PlotQuery, PlotSchema, StateSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.errors import problem, translate
from trace.web.paging import page_by_id

bp = Blueprint("api-land", __name__, description="地块")


@bp.get("/plots")
@access(Permission.PLOT_READ)
@bp.arguments(PlotQuery, location="query")
@bp.response(200)
def list_plots(args: dict[str, Any]) -> dict[str, Any]:
    """Plots within the caller's scope."""
    query = queries.filtered_plots(
        current_actor(), township=args.get("township", ""), state=args.get("state", ""), text=args.get("q", "")
    )
    page = page_by_id(query, queries.Plot.id)
    return {"items": PlotOut(many=True).dump(page.items), "next": page.next}


@bp.post("/plots")
@access(Permission.PLOT_REGISTER)
@bp.arguments(PlotSchema)
@bp.response(201, PlotOut)
def register_plot(body: dict[str, Any]) -> Any:
    """Register a plot."""
    plot = services.register_plot(current_actor(), body)
    return queries.get_plot(current_actor(), plot.code)


@bp.post("/plots/check")
@access(Permission.PLOT_REGISTER)
@bp.arguments(CheckSchema)
@bp.response(200)
def check_boundary(body: dict[str, Any]) -> Any:
    """Try a boundary: its area, every mistake, every warning, everything it overlaps. Registers nothing.

    A boundary with mistakes is answered with 422 and the same members beside the mistakes.
    """
    judged = services.judge_boundary(current_actor(), body)
    found = {
        "ok": not judged.errors and not judged.conflicts,
        "township_check": judged.township_check,
        **_measures(judged),
    }
    found |= {"warnings": _cautions(judged.cautions), "overlaps": [_overlap(item) for item in judged.overlaps]}
    if not judged.errors:
        return {"errors": [], **found}
    errors = [{"field": e.field, "code": e.code, "message": translate(e.message)} for e in judged.errors]
    detail = "；".join(error["message"] for error in errors)
    return problem(422, gettext(Invalid.title), code=errors[0]["code"], detail=detail, errors=errors, **found)


def _measures(judged: Assessment) -> dict[str, Any]:
    if judged.boundary is None:
        return {"area_m2": None, "area_mu": None, "ring_id": None}
    area = judged.boundary.area_m2
    return {"area_m2": area, "area_mu": str(mu_from_m2(area)), "ring_id": judged.boundary.ring_id}


def _cautions(cautions: list[Caution]) -> list[dict[str, str]]:
    return [{"field": c.field, "code": c.code, "message": translate(c.message)} for c in cautions]


def _overlap(item: Overlap) -> dict[str, Any]:
    return {
        "plot": item.plot.code, "area_m2": item.area_m2, "area_mu": str(mu_from_m2(item.area_m2)), "kind": item.kind,
        "share": round(float(item.own_share), 6), "share_of_plot": round(float(item.other_share), 6), "settled": item.settled,
    }  # fmt: skip


@bp.get("/plots/<code>")
@access(Permission.PLOT_READ)
@bp.response(200, PlotOut)
def show_plot(code: str) -> Any:
    """One plot."""
    return queries.get_plot(current_actor(), code)


@bp.get("/plots/<code>/boundaries")
@access(Permission.PLOT_READ)
@bp.response(200)
def list_boundaries(code: str) -> dict[str, Any]:
    """All dated boundaries of a plot, newest first."""
    rows = queries.boundaries(queries.get_plot(current_actor(), code))
    items = [
        {
            "version": row.version, "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat() if row.valid_to else None, "area_m2": row.area_m2, "ring_id": row.ring_id,
            "geometry": json.loads(row.geojson), "source": row.source, "source_crs": row.source_crs, "accuracy_m": row.accuracy_m,
            "is_evidence": row.is_evidence, "reason": row.reason,
        }
        for row in rows
    ]  # fmt: skip
    return {"items": items, "next": None}


@bp.post("/plots/<code>/boundaries")
@access(Permission.PLOT_REGISTER)
@bp.arguments(BoundarySchema)
@bp.response(201)
def redraw_boundary(body: dict[str, Any], code: str) -> dict[str, Any]:
    """A new dated boundary."""
    row = services.redraw_boundary(current_actor(), code, body.pop("geometry"), body.pop("reason"), **body)
    return {"version": row.version, "area_m2": row.area_m2, "ring_id": row.ring_id}


@bp.get("/plots/<code>/states")
@access(Permission.PLOT_READ)
@bp.response(200)
def list_states(code: str) -> dict[str, Any]:
    """Every change of a plot's state, newest first; ``counts`` is false for what a corrected visit had led to."""
    rows = history.state_changes(queries.get_plot(current_actor(), code))
    items = [
        {
            "from": row.from_state or None, "to": row.to_state, "on": row.on_day.isoformat(), "evidence": row.evidence,
            "reason": row.reason, "counts": not row.undone,
        }
        for row in rows
    ]  # fmt: skip
    return {"items": items, "next": None}


@bp.post("/plots/<code>/states")
@access(Permission.PLOT_REGISTER, Permission.PLOT_VERIFY)
@bp.arguments(StateSchema)
@bp.response(201)
def change_state(body: dict[str, Any], code: str) -> dict[str, Any]:
    """A change of state entered by hand; an illegal one answers 409 with what is allowed."""
    plot = life.change_state(current_actor(), code, **body)
    return {"code": plot.code, "state": plot.state}
