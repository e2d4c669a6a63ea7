"""Which plots share ground, by how many m², and what has been decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from trace.core.geometry import Boundary, overlaps_m2
from trace.core.text import Message
from trace.core.units import format_mu
from trace.db import boxes, db
from trace.land import overlap_rules as rules
from trace.land import preferences
from trace.land.dossier import OverlapDecision
from trace.land.models import Plot, PlotBoundary
from trace.land.rules import GONE_STATES


class OtherPlot(NamedTuple):
    """The plot on the other side of an overlap."""

    id: int
    code: str


@dataclass(frozen=True)
class Overlap:
    """Ground a boundary shares with a registered plot, seen from the boundary; ``decision`` is the newest about the pair.

    ``version``, ``other_m2`` and ``geometry`` are those of the other plot's present boundary.
    """

    plot: OtherPlot
    version: int
    other_m2: int
    geometry: BaseGeometry
    area_m2: int
    own_m2: int
    kind: str
    decision: OverlapDecision | None = None
    settled: bool = False

    @property
    def plot_id(self) -> int:
        """Key of the other plot."""
        return self.plot.id

    @property
    def own_share(self) -> Fraction:
        """How much of the own boundary is shared."""
        return Fraction(self.area_m2, self.own_m2)

    @property
    def other_share(self) -> Fraction:
        """How much of the other plot is shared."""
        return Fraction(self.area_m2, self.other_m2)

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return rules.KINDS[self.kind]


def overlaps(boundary: Boundary, *, except_plot: Plot | None = None) -> list[Overlap]:
    """Every plot whose present boundary covers part of this one, largest first; slivers are noise, ground given up is free.

    ``except_plot`` is the plot the boundary belongs to: not compared with itself, and the decisions about it are attached.
    """
    own = except_plot.id if except_plot is not None else None
    rows = [row for row in _candidates(boundary.bbox) if row.state not in GONE_STATES and row.plot_id != own]
    if not rows:
        return []
    decided = newest_decisions(except_plot) if except_plot is not None else {}
    tolerance = preferences.read("land.overlap_tolerance_m2", rows[0].tolerance)
    shapes = shapely.from_geojson([row.geojson for row in rows])
    found = [
        _overlap(boundary, row, geometry, area, decided.get(row.plot_id), tolerance)
        for row, geometry, area in zip(rows, shapes, overlaps_m2(boundary.geometry, shapes), strict=True)
        if area and not rules.is_noise(area, boundary.area_m2, row.area_m2, tolerance)
    ]
    return sorted(found, key=lambda item: -item.area_m2)


class _Candidate(NamedTuple):
    """A present boundary whose box touches; the setting comes along, so that one statement answers everything."""

    plot_id: int
    version: int
    area_m2: int
    ring_id: str
    geojson: str
    code: str
    state: str
    tolerance: str | None


_CANDIDATES = """
SELECT plot_id, version, area_m2, ring_id, geojson,
    (SELECT code FROM plot WHERE plot.id = plot_boundary.plot_id),
    (SELECT state FROM plot WHERE plot.id = plot_boundary.plot_id),
    (SELECT value FROM site_setting WHERE key = 'land.overlap_tolerance_m2')
FROM plot_boundary WHERE """
"""As text, because building it anew costs more than its answer. Of its plot each row fetches what it needs by key: a join would let
PostgreSQL, which takes half a per cent of all boxes for touching, read the whole table of plots."""


def _candidates(bbox: boxes.Box) -> list[_Candidate]:
    statement = (_CANDIDATES + boxes.touching_sql(PlotBoundary)).replace("?", db.obj.param)
    return [_Candidate(*row) for row in db.execute_sql(statement, boxes.parameters(bbox)).fetchall()]


def _overlap(
    boundary: Boundary,
    row: _Candidate,
    geometry: BaseGeometry,
    area: int,
    decision: OverlapDecision | None,
    tolerance: int,
) -> Overlap:
    kind = rules.kind_of(area, boundary.area_m2, row.area_m2, same_ring=row.ring_id == boundary.ring_id)
    settled = decision is not None and rules.settles(decision.decision, decision.area_m2, area, tolerance)
    other = OtherPlot(row.plot_id, row.code)
    return Overlap(other, row.version, row.area_m2, geometry, area, boundary.area_m2, kind, decision, settled)


def near(bbox: boxes.Box, margin: float = 0) -> Any:
    """Present boundaries whose box touches a box widened by a margin in degrees, plot joined; the index answers."""
    west, south, east, north = bbox
    around = (west - margin, south - margin, east + margin, north + margin)
    query = PlotBoundary.select(PlotBoundary, Plot).join(Plot)
    return query.where(boxes.touching(PlotBoundary, around), Plot.state.not_in(GONE_STATES))


def overlaps_of(plot: Plot) -> list[Overlap]:
    """What a registered plot shares with others today, decided or not; none for ground given up."""
    if plot.state in GONE_STATES:
        return []
    row = PlotBoundary.get(PlotBoundary.plot == plot, PlotBoundary.valid_to.is_null())
    return overlaps(as_boundary(row), except_plot=plot)


def open_conflicts(plot: Plot) -> list[Overlap]:
    """Overlaps nobody has settled: money for such a plot waits."""
    return [item for item in overlaps_of(plot) if not item.settled]


def as_boundary(row: PlotBoundary) -> Boundary:
    """A stored version as the value it was made from."""
    return Boundary(row.geojson, row.area_m2, (row.west, row.south, row.east, row.north), row.ring_id)


def decisions_about(plot: Plot) -> list[OverlapDecision]:
    """All decisions about a plot and any other, newest first, both plots joined."""
    other = Plot.alias()
    return list(
        OverlapDecision.select(OverlapDecision, Plot, other)
        .join(Plot, on=OverlapDecision.plot_a)
        .switch(OverlapDecision)
        .join(other, on=OverlapDecision.plot_b)
        .where((OverlapDecision.plot_a == plot) | (OverlapDecision.plot_b == plot))
        .order_by(OverlapDecision.id.desc())
    )


def newest_decisions(plot: Plot) -> dict[int, OverlapDecision]:
    """The newest decision about a plot and each other plot, by the other's key."""
    found: dict[int, OverlapDecision] = {}
    for row in decisions_about(plot):
        found.setdefault(row.plot_b_id if row.plot_a_id == plot.id else row.plot_a_id, row)
    return found


def keep_decision(op: Any, plot: Plot, version: int, overlap: Overlap, decision: str, reason: str) -> OverlapDecision:
    """Write what was decided about a pair, with the versions and the m² it was decided on."""
    (first, first_version), (second, second_version) = sorted(
        ((plot.id, version), (overlap.plot.id, overlap.version)), key=lambda item: item[0]
    )
    return OverlapDecision.create(
        plot_a=first, plot_b=second, version_a=first_version, version_b=second_version, area_m2=overlap.area_m2, decision=decision,
        reason=reason, decided_by=op.actor.user_id, decider_name=op.actor.display_name, decided_at=op.at,
    )  # fmt: skip


def refusal(overlap: Overlap) -> Message:
    """The words with which a boundary on somebody's ground is refused."""
    return Message(
        "与已登记的 %(plot)s 号地块重叠 %(m2)s 平方米（%(mu)s 亩），请先核实边界。",
        {"plot": overlap.plot.code, "m2": overlap.area_m2, "mu": format_mu(overlap.area_m2)},
    )
