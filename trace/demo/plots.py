"""Plots of the demo county: irregular polygons that never overlap, planted 2016–2025, with their dated boundaries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from trace.core.geometry import Boundary
from trace.db.counters import next_number
from trace.demo import names, visits
from trace.demo.people import ACTIVE, People
from trace.demo.places import VillageGround, village_places
from trace.land.models import Plot, PlotBoundary
from trace.registry.models import Party, Village
from trace.registry.queries import default_taxon

PER_VILLAGE = 20
AVERAGE_M2 = 31_800 * 10_000 / 15 / 2_400
"""2 400 plots make 31 800 亩."""
LARGEST_M2 = 50_000
BASIC_FARMLAND_PLOT = 7
"""One plot lies on basic farmland, where no subsidy may be claimed."""


def lay_out(rng: Random, people: People) -> list[Plot]:
    """Register all plots with boundary and visits in a few bulk inserts."""
    count = PER_VILLAGE * len(people.villages)
    sizes = [rng.lognormvariate(0, 0.55) for _ in range(count)]
    factor = AVERAGE_M2 * count / sum(sizes)
    taxon = default_taxon().id
    operators = _operators(people)
    rows: list[dict[str, Any]] = []
    boundaries = []
    places = village_places(ACTIVE, people.villages_each)
    for number, village in enumerate(people.villages):
        first = next_number(f"plot-{village.code}", PER_VILLAGE)
        ground = VillageGround(
            rng, places[village.township.name][number % people.villages_each], close=number % people.villages_each == 0
        )
        for seat in range(PER_VILLAGE):
            boundary = ground.lay(min(sizes[len(rows)] * factor, LARGEST_M2))
            operator = rng.choice(operators[village.id])
            row = _row(rng, f"{village.code}-{first + seat:04d}", operator, boundary)
            if len(rows) == BASIC_FARMLAND_PLOT:
                row["land_class"] = "basic_farmland"
            rows.append({**row, "village": village.id, "taxon": taxon})
            boundaries.append(boundary)
    insert_all(Plot, rows)
    plots = list(Plot.select().order_by(Plot.id))
    insert_all(PlotBoundary, [_first_boundary(p, b) for p, b in zip(plots, boundaries, strict=True)])
    visits.count_trees(rng, plots, people.actor("verifier-forestry"))
    return list(
        Plot.select(Plot, Village, Party).join(Village).switch(Plot).join(Party, on=Plot.operator).order_by(Plot.id)
    )


def insert_all(model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert many rows, few enough at a time for the engines' limits."""
    for start in range(0, len(rows), 50):
        model.insert_many(rows[start : start + 50]).execute()


def _operators(people: People) -> dict[int, list[Party]]:
    """Who may run a plot in a village: its households, and in every fourth village the cooperative that serves it."""
    found: dict[int, list[Party]] = {village.id: [] for village in people.villages}
    for party in people.households:
        found[party.village_id].append(party)
    for number, village in enumerate(people.villages):
        if not found[village.id] or number % 4 == 0:
            found[village.id].append(people.coop_of(number))
    return found


def _row(rng: Random, code: str, operator: Party, boundary: Boundary) -> dict[str, Any]:
    year = rng.choices(range(2016, 2026), weights=(6, 8, 10, 12, 13, 13, 12, 10, 8, 8))[0]
    return {
        "code": code, "operator": operator.id, "steward": operator.id if operator.kind == "cooperative" else operator.belongs_to_id,
        "name": rng.choice(names.SLOPES), "state": "planted",
        "land_class": rng.choices(("suitable_waste", "forest", "cropland"), weights=(60, 37, 3))[0],
        "management": rng.choices(("conventional", "green_food", "organic_conversion", "organic"), weights=(70, 18, 8, 4))[0],
        "planted_on": date(year, rng.choice((2, 3, 11)), rng.randint(1, 28)),
        "tree_count": round(boundary.area_m2 * 15 / 10_000 * rng.randint(55, 95)), "declared_m2": None,
        "area_m2": boundary.area_m2, "registered_at": datetime(max(year, 2023), 12, 1, 2, tzinfo=UTC),
    }  # fmt: skip


def _first_boundary(plot: Plot, boundary: Boundary) -> dict[str, Any]:
    west, south, east, north = boundary.bbox
    return {
        "plot": plot.id, "version": 1, "valid_from": plot.planted_on, "valid_to": None, "geojson": boundary.geojson,
        "area_m2": boundary.area_m2, "ring_id": boundary.ring_id, "west": west, "south": south, "east": east,
        "north": north, "source": "imported", "reason": "", "recorded_at": plot.registered_at,
    }  # fmt: skip
