"""Writing the land register: plots and their boundaries. Visits, states, papers, cases and gardens have modules of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.geometry import Boundary, parse_polygon
from trace.land import drafts, queries
from trace.land.assess import Assessment, Source, assess
from trace.land.models import Plot, PlotBoundary
from trace.land.overlaps import Overlap, overlaps
from trace.land.visits import record_visit
from trace.registry import queries as register

__all__ = ["check_boundary", "judge_boundary", "record_visit", "redraw_boundary", "register_plot"]


def check_boundary(source: Any, *, except_plot: Plot | None = None) -> tuple[Boundary, list[Overlap]]:
    """Dry run: parse a boundary and find what it overlaps. Writes nothing."""
    boundary = parse_polygon(source)
    return boundary, overlaps(boundary, except_plot=except_plot)


def judge_boundary(actor: Actor, values: dict[str, Any]) -> Assessment:
    """Dry run of everything: mistakes, warnings, overlaps. ``values``: geometry, optional source_crs, accuracy_m, declared_m2,

    village (code), plot (code of the actor's plot whose new boundary it is). Writes nothing.
    """
    plot = queries.get_plot(actor, values["plot"]) if values.get("plot") else None
    village = register.get_village(values["village"]) if values.get("village") else (plot.village if plot else None)
    return assess(
        Source.of(values),
        township=village.township if village else None,
        declared_m2=values.get("declared_m2"),
        plot=plot,
    )


def register_plot(actor: Actor, values: dict[str, Any]) -> Plot:
    """Register a plot with its first boundary.

    ``values``: village (code), operator (party code), taxon (key), land_class, management, geometry (GeoJSON), optional name,
    planted_on, tree_count, declared_m2, survey_class, soil, source, source_crs, accuracy_m, valid_from. All mistakes are listed at
    once; an overlap is refused with its m².
    """
    with operation(actor, Permission.PLOT_REGISTER) as op:
        draft = drafts.draft_plot(op, actor, values)
        drafts.require_free(draft.judged)
        return drafts.write_plot(op, draft, registered_by=actor.user_id)


def redraw_boundary(actor: Actor, code: str, geometry: Any, reason: str, valid_from: date, **how: Any) -> PlotBoundary:
    """A new dated version of a boundary; the old one stays for what happened under it. ``how``: source, source_crs, accuracy_m."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        values = {"geometry": geometry, "reason": reason, "valid_from": valid_from, **how}
        draft = drafts.draft_boundary(op, plot, values)
        drafts.require_free(draft.judged)
        return drafts.replace_boundary(op, draft)
