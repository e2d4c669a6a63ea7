"""JSON doors of the land register."""

from __future__ import annotations

import json
from typing import Any

from trace.core.actor import Permission
from trace.core.units import mu_from_m2
from trace.land import queries, services
from trace.land.schemas import BoundarySchema, CheckSchema, PlotOut, PlotQuery, PlotSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
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
def check_boundary(body: dict[str, Any]) -> dict[str, Any]:
    """Try a boundary: its area and what it overlaps. Registers nothing."""
    boundary, found = services.check_boundary(body["geometry"])
    return {
        "area_m2": boundary.area_m2,
        "area_mu": str(mu_from_m2(boundary.area_m2)),
        "ring_id": boundary.ring_id,
        "overlaps": [{"plot": item.plot.code, "area_m2": item.area_m2} for item in found],
    }


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
            "geometry": json.loads(row.geojson),
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
    row = services.redraw_boundary(current_actor(), code, body["geometry"], body["reason"], body["valid_from"])
    return {"version": row.version, "area_m2": row.area_m2, "ring_id": row.ring_id}
