"""Ground two claim, ground that is shown, ground whose village was merged: overlap cases, demonstration gardens, one merger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from shapely.geometry import mapping, shape

from trace.core.actor import Actor
from trace.core.geometry import distance_m, parse_polygon
from trace.demo.people import ACTIVE, People
from trace.funds.models import Application
from trace.land import cases, gardens, overlaps, queries
from trace.land.blocks import Block, contiguous_blocks
from trace.land.models import Plot, PlotBoundary
from trace.registry import regions
from trace.registry.models import Party, Township

MEASURED_AGAIN = date(2026, 3, 2)
BEFORE = 2024
"""Plots planted before this year: their boundary is older than the new measurement."""
REACH_M = 25
"""So far a new boundary reaches into the neighbour's."""
BLOCK_GAP_M = 20
"""As the register groups plots until the bureau sets another gap."""
GARDEN_TOWNSHIP, MERGED_TOWNSHIP = "松江镇", "茅市镇"


def contest(people: People) -> None:
    """Two cooperatives measured again and came onto a neighbour's ground: one case is decided, one waits for the bureau."""
    for username, coop, decided in (("coop", people.coops[0], True), ("coop2", people.coops[1], False)):
        plot, reaching = next(_claims(coop))
        case = cases.submit_boundary(
            people.actor(username), plot.code,
            {"geometry": reaching, "reason": "重新测量，原边界少画了一角", "valid_from": MEASURED_AGAIN, "source": "walked",
             "accuracy_m": 4},
        )  # fmt: skip
        if decided:
            cases.decide_case(
                people.actor("bureau"), case.code, "measurement", "现场核对：以水沟为界，重叠为测量误差。"
            )


def show_gardens(people: People) -> None:
    """A designated demonstration garden on the largest block of its township, and one applied for."""
    bureau = people.actor("bureau")
    township = Township.get(Township.name == GARDEN_TOWNSHIP)
    block = _largest(bureau, township)
    gardens.add_garden(
        bureau,
        {
            "name": "松岭土枇杷高标准示范园", "township": township.code, "state": "designated", "doc_no": "演示林发〔2025〕6号",
            "issuer": "衡南县林业局", "designated_on": date(2025, 6, 18), "area_m2": block.area_m2, "operator": people.coops[0].code,
            "plots": list(block.codes),
        },
    )  # fmt: skip
    other = Township.get(Township.name == ACTIVE[1])
    second = _largest(bureau, other)
    gardens.add_garden(
        bureau,
        {
            "name": "青坡土枇杷示范园", "township": other.code, "state": "applied", "area_m2": second.area_m2,
            "operator": people.coops[1].code, "plots": list(second.codes),
        },
    )  # fmt: skip


def merge_villages(people: People) -> None:
    """Two villages of one township were merged this summer; their plots keep their numbers."""
    last = people.villages_each - 1
    if last:
        villages = [village for village in people.villages if village.township.name == MERGED_TOWNSHIP]
        regions.merge_village(
            people.actor("bureau"), villages[last].code, villages[0].code, date(2026, 6, 30), "演示民发〔2026〕11号"
        )


def _largest(bureau: Actor, township: Township) -> Block:
    """The block of the most plots."""
    found = contiguous_blocks(queries.pieces(bureau, township.code), BLOCK_GAP_M)
    return max(found, key=lambda block: (len(block.codes), block.area_m2))


def _claims(coop: Party) -> Iterator[tuple[Plot, dict[str, Any]]]:
    """Plots with a new outline that runs over the nearest neighbour's ground and nobody else's."""
    for plot, neighbour in _neighbours(coop):
        reaching = _reaching(plot, neighbour)
        boundary = parse_polygon(reaching)
        touched = [
            row.plot
            for row in overlaps.near(boundary.bbox)
            if boundary.geometry.intersects(shape(json.loads(row.geojson)))
        ]
        if {one.id for one in touched} == {plot.id, neighbour.id}:
            yield plot, reaching


def _neighbours(coop: Party) -> Iterator[tuple[Plot, Plot]]:
    """Plots in a cooperative's care with the nearest one beside them, no money asked for either; by code."""
    asked = Application.select(Application.plot)
    query = queries.plots_joined().where(Plot.planted_on < date(BEFORE, 1, 1), Plot.id.not_in(asked))
    for plot in query.where(Plot.steward == coop).order_by(Plot.code):
        others = [
            one
            for one in query.where(Plot.village == plot.village, Plot.id != plot.id)
            if one.operator != plot.operator
        ]
        if others:
            yield plot, min(others, key=lambda one: (distance_m(_middle(plot), _middle(one)), one.code))


def _shape(plot: Plot) -> Any:
    row = PlotBoundary.get(PlotBoundary.plot == plot, PlotBoundary.valid_to.is_null())
    return shape(json.loads(row.geojson))


def _middle(plot: Plot) -> tuple[float, float]:
    point = _shape(plot).centroid
    return point.x, point.y


def _reaching(plot: Plot, neighbour: Plot) -> dict[str, Any]:
    """The plot's outline drawn out into the neighbour's ground: its corners and one point inside the other, around them a line."""
    own, other = _shape(plot), _shape(neighbour)
    near = other.exterior.interpolate(other.exterior.project(own.centroid))
    step = REACH_M / max(distance_m((near.x, near.y), (other.centroid.x, other.centroid.y)), REACH_M)
    tip = near.x + (other.centroid.x - near.x) * step, near.y + (other.centroid.y - near.y) * step
    drawn = own.union(shape({"type": "Point", "coordinates": tip}).buffer(1e-5, quad_segs=1)).convex_hull
    ring = [[round(x, 7), round(y, 7)] for x, y in mapping(drawn)["coordinates"][0]]
    return {"type": "Polygon", "coordinates": [ring]}
