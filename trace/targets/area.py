"""Area by status and verification, ground counted once: what stands behind each area figure, and its sum by township."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from peewee import Select, fn

from trace.core.calendar import months_after
from trace.core.geometry import overlap_m2
from trace.db import db
from trace.land.dossier import OverlapDecision
from trace.land.history import state_at
from trace.land.models import Plot, PlotBoundary, SurvivalVisit, superseded
from trace.land.rules import (
    GONE_STATES,
    PRESERVATION_QUALIFIED,
    STOCK_STATES,
    SURVIVAL_QUALIFIED,
    VERIFICATION_MONTHS,
)
from trace.registry.models import Taxon, Township, Village

FIGURES = ("registered", "verified", "awaiting", "unverified", "failed")
"""Registered; verified and qualified; planted and not yet due; in stock without a fresh qualified visit; failed or to be replanted."""


@dataclass(frozen=True)
class PlotRow:
    """One plot behind a figure: what it is drawn with, what an older plot already counts, what it therefore adds."""

    code: str
    state: str
    village_name: str
    township_code: str
    planted_on: date | None
    area_m2: int
    shared_m2: int
    counted_m2: int


def registered_plots(day: date) -> Any:
    """Plots that were in the register on a day and not lost or converted then: the rows behind registered area."""
    return _plots().where(state_at(day).not_in(("", *GONE_STATES)))


def verified_plots(day: date) -> Any:
    """Plots in stock on a day whose latest visit by then is qualified and not older than 24 months, with the area it verified."""
    visit = SurvivalVisit
    return (
        _plots(visit.verified_m2, visit.visited_on)
        .join_from(Plot, visit, on=((visit.plot == Plot.id) & (visit.visited_on == _latest_visit(day))))
        .where(
            ~superseded(visit), state_at(day).in_(STOCK_STATES), Taxon.is_default,
            visit.visited_on > months_after(day, -VERIFICATION_MONTHS), _qualified(visit),
        )
    )  # fmt: skip


def awaiting_plots(day: date) -> Any:
    """Plots that on a day were planted and still waited for their first check."""
    return _plots().where(state_at(day) == "planted")


def unverified_plots(day: date) -> Any:
    """Plots in stock on a day that no fresh qualified visit supports: due for a look, not counted."""
    known = verified_plots(day).select(Plot.id)
    return _plots().where(state_at(day).in_(STOCK_STATES), Plot.id.not_in(known))


def failed_plots(day: date) -> Any:
    """Plots that failed or wait for replanting on a day: shown apart, never deleted."""
    return _plots().where(state_at(day).in_(("failed", "replant_needed")))


QUERIES = {
    "registered": registered_plots, "verified": verified_plots, "awaiting": awaiting_plots, "unverified": unverified_plots,
    "failed": failed_plots,
}  # fmt: skip


def by_township(figure: str, day: date) -> dict[str, tuple[int, int]]:
    """Township → (plots, m²) of a figure; ground two plots share is counted with the older one."""
    query = QUERIES[figure](day)
    area = SurvivalVisit.verified_m2 if figure == "verified" else Plot.area_m2
    rows = query.select(Township.code, fn.COUNT(Plot.id), fn.COALESCE(fn.SUM(area), 0)).group_by(Township.code)
    found = {code: (int(count), int(total)) for code, count, total in rows.tuples()}
    for row in _sharing(figure, day):
        count, total = found[row.township_code]
        found[row.township_code] = (count, total - row.shared_m2)
    return found


def all_by_township(day: date) -> dict[str, dict[str, tuple[int, int]]]:
    """Every figure by township, from two passes over the plots: by state, and what a fresh qualified visit supports."""
    state = state_at(day).alias("state_then")
    inner = Plot.select(Township.code.alias("township"), Plot.area_m2.alias("m2"), state).join(Village).join(Township)
    outer = Select((inner,), (inner.c.township, inner.c.state_then, fn.COUNT(inner.c.m2), fn.SUM(inner.c.m2)))
    found: dict[str, dict[str, tuple[int, int]]] = {figure: {} for figure in FIGURES}
    for code, now, count, m2 in outer.group_by(inner.c.township, inner.c.state_then).bind(db.obj).tuples():
        for figure in _figures_of(now):
            _add(found[figure], code, int(count), int(m2))
    query = verified_plots(day)
    sums = (Township.code, fn.COUNT(Plot.id), fn.SUM(SurvivalVisit.verified_m2), fn.SUM(Plot.area_m2))
    for code, count, verified, drawn in query.select(*sums).group_by(Township.code).tuples():
        _add(found["verified"], code, int(count), int(verified))
        _add(found["unverified"], code, -int(count), -int(drawn))
    for figure in FIGURES:
        for row in _sharing(figure, day):
            _add(found[figure], row.township_code, 0, -row.shared_m2)
    return found


def _figures_of(state: str) -> tuple[str, ...]:
    if state in ("", *GONE_STATES):
        return ()
    if state in STOCK_STATES:
        return ("registered", "unverified")
    named = {"planted": "awaiting", "failed": "failed", "replant_needed": "failed"}
    return ("registered", named[state]) if state in named else ("registered",)


def _add(sums: dict[str, tuple[int, int]], code: str, count: int, m2: int) -> None:
    before = sums.get(code, (0, 0))
    sums[code] = (before[0] + count, before[1] + m2)


def rows_behind(figure: str, township_code: str, day: date) -> list[PlotRow]:
    """The plots behind one township figure; what they count sums to it exactly."""
    shared = {row.code: row.shared_m2 for row in _sharing(figure, day)}
    query = QUERIES[figure](day).where(Township.code == township_code).order_by(Plot.code)
    found = []
    for row in query.objects():
        area = row.verified_m2 if figure == "verified" else row.area_m2
        off = shared.get(row.code, 0)
        found.append(
            PlotRow(row.code, row.state, row.village_name, row.township_code, row.planted_on, area, off, area - off)
        )
    return found


def _sharing(figure: str, day: date) -> list[PlotRow]:
    """Rows of a figure whose ground an older row of the same figure already counts, with the shared m².

    The register refuses overlaps above the noise unless somebody decided about the pair; so the decided pairs are all there are.
    """
    pairs: set[tuple[int, int]] = set(
        OverlapDecision.select(OverlapDecision.plot_a, OverlapDecision.plot_b).distinct().tuples()
    )
    ids = {key for pair in pairs for key in pair}
    if not ids:
        return []
    query = QUERIES[figure](day)
    query = query.select(*query.selected_columns, Plot.id.alias("key")).where(Plot.id.in_(sorted(ids)))
    rows = {row.key: row for row in query.objects()}
    shapes = _shapes(sorted(rows), day)
    older: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        if one in rows and other in rows:
            older[max(one, other)].add(min(one, other))
    found = []
    for key, before in sorted(older.items()):
        row = rows[key]
        if key not in shapes or not (ground := [shapes[k] for k in before if k in shapes]):
            continue
        shared = overlap_m2(shapes[key], shapely.union_all(ground))
        area = row.verified_m2 if figure == "verified" else row.area_m2
        off = max(area - max(row.area_m2 - shared, 0), 0)
        if off:
            args = (row.code, row.state, row.village_name, row.township_code, row.planted_on)
            found.append(PlotRow(*args, area, off, area - off))
    return found


def _shapes(ids: list[int], day: date) -> dict[int, Any]:
    """The boundary of each plot in force on a day; before its first, the first."""
    query = PlotBoundary.select(PlotBoundary.plot, PlotBoundary.geojson, PlotBoundary.valid_from).where(
        PlotBoundary.plot.in_(ids)
    )
    found: dict[int, Any] = {}
    for plot, geojson, start in query.order_by(PlotBoundary.valid_from, PlotBoundary.version).tuples():
        if plot not in found or start <= day:
            found[plot] = shapely.from_geojson(geojson)
    return found


def _latest_visit(day: date) -> Any:
    later = SurvivalVisit.alias()
    return later.select(fn.MAX(later.visited_on)).where(
        later.plot == Plot.id, later.visited_on <= day, ~superseded(later)
    )


def _qualified(visit: Any) -> Any:
    year1 = visit.alive * SURVIVAL_QUALIFIED.denominator >= visit.sampled * SURVIVAL_QUALIFIED.numerator
    year3 = visit.alive * PRESERVATION_QUALIFIED.denominator >= visit.sampled * PRESERVATION_QUALIFIED.numerator
    return ((visit.kind == "year1") & year1) | ((visit.kind == "year3") & year3)


def _plots(*columns: Any) -> Any:
    return (
        Plot.select(
            Plot.code, Plot.state, Plot.area_m2, Plot.planted_on, Village.name.alias("village_name"),
            Township.code.alias("township_code"), *columns,
        )
        .join(Village).join(Township)
        .switch(Plot).join(Taxon)
    )  # fmt: skip
