"""Reading the land register."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from peewee import fn
from shapely.geometry import shape

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db import is_postgres, lock_row
from trace.db.among import among
from trace.db.memo import remembered, seed
from trace.land.blocks import Piece
from trace.land.models import Plot, PlotBoundary, SurvivalVisit, superseded
from trace.land.rules import GONE_STATES
from trace.registry.models import Party, Taxon, Township, Village

PICKS = 20
"""So many a lookup answers."""


def plots_joined() -> Any:
    """Plots with village, township, operator and taxon joined."""
    return (
        Plot.select(Plot, Village, Township, Party, Taxon)
        .join(Village)
        .join(Township)
        .switch(Plot)
        .join(Party, on=Plot.operator)
        .switch(Plot)
        .join(Taxon)
    )


def visible_plots(actor: Actor) -> Any:
    """All plots for county-wide roles, those of its townships for a township, else those operated or stewarded by the own party."""
    query = plots_joined()
    if actor.county_wide:
        return query
    # Compared with 0, not with None: “= None” would mean IS NULL and open every plot without a steward.
    own = actor.party_id or 0
    mine = (Plot.operator == own) | (Plot.steward == own)
    if actor.township_codes:
        mine = mine | Township.code.in_(list(actor.township_codes))
    return query.where(mine)


def filtered_plots(actor: Actor, *, township: str = "", state: str = "", text: str = "") -> Any:
    """Visible plots narrowed by township code, state, and a piece of the code, of a name (the plot's, its operator's, its village's) or initials."""
    query = visible_plots(actor)
    if township:
        query = query.where(Township.code == township)
    if state:
        query = query.where(Plot.state == state)
    if text:
        words = Plot.code.contains(text) | Party.name.contains(text) | Village.name.contains(text)
        query = query.where(words | Plot.name.contains(text) | Party.initials.startswith(text.lower()))
    return query


def picks(actor: Actor, text: str = "", limit: int = PICKS) -> list[Plot]:
    """Visible plots by code, narrowed by what was typed: for pick-lists."""
    return list(filtered_plots(actor, text=text).order_by(Plot.code).limit(limit))


def pick(actor: Actor, code: str) -> Plot | None:
    """The visible plot of a code that came out of an address or a refused form; None for nonsense."""
    return visible_plots(actor).where(Plot.code == code).first() if code else None


def totals(query: Any) -> tuple[int, int]:
    """Number of plots and their area in m² of a plot query."""
    count, area = query.select(fn.COUNT(Plot.id), fn.COALESCE(fn.SUM(Plot.area_m2), 0)).tuples().get()
    return int(count), int(area)


def operated_areas() -> Any:
    """(operator id, m² of its plots that still stand or will), one row per operator; the register computes 种植大户 from it."""
    standing = Plot.state.not_in(["failed", "converted", "lost"])
    return Plot.select(Plot.operator, fn.SUM(Plot.area_m2)).where(standing).group_by(Plot.operator)


@remembered
def get_plot(actor: Actor, code: str) -> Plot:
    """A plot the actor may see."""
    found = visible_plots(actor).where(Plot.code == code).first()
    if found is None:
        raise NotFound()
    return found


def expect_plots(actor: Actor, codes: list[str]) -> list[Plot]:
    """Lock and read many plots at once for :func:`get_plot` and :func:`lock_plot` to find (only within ``remembering``)."""
    if not codes:
        return []
    mine = visible_plots(actor).where(among(Plot.code, codes))
    found = list(mine)
    if (
        found and is_postgres()
    ):  # read again what the locks may have waited for; SQLite has but one writer, and this is it
        list(lock_row(Plot.select(Plot.id).where(among(Plot.id, [plot.id for plot in found])).order_by(Plot.id)))
        found = list(mine.clone())
    for plot in found:
        seed(get_plot, plot, actor, plot.code)
        seed(lock_plot, plot, plot)
    return found


@remembered
def lock_plot(plot: Plot) -> Plot:
    """The same plot, its row locked until the transaction ends: what is judged against the whole season is judged one by one."""
    list(lock_row(Plot.select(Plot.id).where(Plot.id == plot.id)))
    return plot


def boundaries(plot: Plot) -> list[PlotBoundary]:
    """All versions of a plot's boundary, newest first."""
    return list(PlotBoundary.select().where(PlotBoundary.plot == plot).order_by(PlotBoundary.version.desc()))


def boundary_on(plot: Plot, day: date) -> PlotBoundary | None:
    """The boundary in force on a date: a 2026 harvest always shows its 2026 boundary."""
    return (
        PlotBoundary.select()
        .where(
            PlotBoundary.plot == plot,
            PlotBoundary.valid_from <= day,
            PlotBoundary.valid_to.is_null() | (PlotBoundary.valid_to > day),
        )
        .order_by(PlotBoundary.version.desc())
        .first()
    )


def location_id(plot: Plot) -> str:
    """The stable id of the ground a plot has today, the same however the ring is written (feature A3); "" without a boundary."""
    row = PlotBoundary.select(PlotBoundary.ring_id).where(PlotBoundary.plot == plot, PlotBoundary.valid_to.is_null())
    return row.scalar() or ""


def visits(plot: Plot) -> list[SurvivalVisit]:
    """Survival visits of a plot that count, newest first."""
    found = SurvivalVisit.select().where(SurvivalVisit.plot == plot, ~superseded())
    return list(found.order_by(SurvivalVisit.visited_on.desc()))


def replaced_visits(plot: Plot) -> list[SurvivalVisit]:
    """Earlier versions of visits corrected since, newest first."""
    found = SurvivalVisit.select().where(SurvivalVisit.plot == plot, superseded())
    return list(found.order_by(SurvivalVisit.visited_on.desc(), SurvivalVisit.version.desc()))


def feature_collection(actor: Actor, filters: dict[str, str], limit: int = 3000) -> dict[str, Any]:
    """The present boundaries of visible plots as GeoJSON (for the map inside the office; never public)."""
    rows = (
        filtered_plots(actor, **filters)
        .select(Plot.code, Plot.state, Plot.area_m2, Party.name, PlotBoundary.geojson)
        .join_from(Plot, PlotBoundary, on=((PlotBoundary.plot == Plot.id) & PlotBoundary.valid_to.is_null()))
        .order_by(Plot.id)
        .limit(limit)
        .tuples()
    )
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "state": state, "area_m2": area, "operator": operator},
            "geometry": json.loads(geojson),
        }
        for code, state, area, operator, geojson in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def pieces(actor: Actor, township: str = "") -> list[Piece]:
    """Visible plots that still are plots, with their present shapes, for grouping them into blocks."""
    rows = (
        filtered_plots(actor, township=township)
        .select(Plot.code, Plot.area_m2, PlotBoundary.geojson)
        .join_from(Plot, PlotBoundary, on=((PlotBoundary.plot == Plot.id) & PlotBoundary.valid_to.is_null()))
        .where(Plot.state.not_in((*GONE_STATES, "failed")))
        .order_by(Plot.id)
        .tuples()
    )
    return [Piece(code, area, shape(json.loads(geojson))) for code, area, geojson in rows]
