"""Plots of the demo county: irregular polygons that never overlap, planted 2016–2025, counted where they should have been."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from trace.core.geometry import Boundary, parse_boundary
from trace.demo.people import VILLAGES_EACH, People
from trace.land.models import Plot, PlotBoundary, SurvivalVisit
from trace.land.rules import state_after_visit
from trace.registry.models import Party, Village
from trace.registry.queries import default_taxon

PLOTS = 2400
TOTAL_M2 = 31_800 * 10_000 // 15
PER_VILLAGE = 20
TODAY = date(2026, 11, 20)
"""The demo county's present day: fixed, so that two loads are equal."""
CELL = 0.0062
"""Degrees between neighbouring plots: a plot's radius stays well below half of it."""
COLUMNS = 5
LON, LAT = 112.15, 26.94


def lay_out(rng: Random, people: People) -> list[Plot]:
    """Register all plots with boundary and visits in a few bulk inserts."""
    count = PER_VILLAGE * len(people.villages)
    sizes = [rng.lognormvariate(0, 0.55) for _ in range(count)]
    factor = TOTAL_M2 * (count / PLOTS) / sum(sizes)
    taxon = default_taxon()
    operators = _operators(people)
    rows, boundaries = [], []
    for n in range(count):
        village_number, seat = divmod(n, PER_VILLAGE)
        village = people.villages[village_number]
        if seat == 0:
            slope = _slope(rng, village_number)
        boundary = _polygon(rng, slope.place(seat), min(sizes[n] * factor, 110_000))
        operator = rng.choice(operators[village.id])
        rows.append(_row(rng, n, village, operator, boundary, taxon.id, seat))
        boundaries.append(boundary)
    for start in range(0, count, 100):
        Plot.insert_many(rows[start : start + 100]).execute()
    plots = list(Plot.select().order_by(Plot.id))
    _boundaries(plots, boundaries)
    _visits(rng, plots)
    return list(Plot.select(Plot, Village, Party).join(Village).switch(Plot).join(Party, on=Plot.operator).order_by(Plot.id))


def _operators(people: People) -> dict[int, list[Party]]:
    """Who may run a plot in a village: its households, and the cooperative seated there."""
    found: dict[int, list[Party]] = {village.id: [] for village in people.villages}
    for party in people.households:
        found[party.village_id].append(party)
    for n, village in enumerate(people.villages):
        coop = people.coops[n % len(people.coops)]
        if not found[village.id] or n % 4 == 0:
            found[village.id].append(coop)
    return found


@dataclass(frozen=True)
class Slope:
    """Where a village's plots lie: a turned grid, so that neighbours never touch and nothing looks ruled."""

    lon: float
    lat: float
    turn: float
    seats: list[int]

    def place(self, number: int) -> tuple[float, float]:
        """Longitude and latitude of the n-th plot."""
        row, column = divmod(self.seats[number], COLUMNS)
        x, y = (column - 2) * CELL, (row - 2) * CELL
        turned = x * math.cos(self.turn) - y * math.sin(self.turn), x * math.sin(self.turn) + y * math.cos(self.turn)
        return self.lon + turned[0], self.lat + turned[1]


def _slope(rng: Random, village: int) -> Slope:
    """A schematic place for a village; real village boundaries are not known here."""
    township, inside = divmod(village, VILLAGES_EACH)
    return Slope(
        LON + (township % 4) * 0.24 + (inside % 5) * 0.048 + rng.uniform(-0.002, 0.002),
        LAT - (township // 4) * 0.13 - (inside // 5) * 0.045 + rng.uniform(-0.002, 0.002),
        rng.uniform(0, math.tau),
        rng.sample(range(COLUMNS * COLUMNS), PER_VILLAGE),
    )


def _polygon(rng: Random, centre: tuple[float, float], area_m2: float) -> Boundary:
    """A ring of five to nine corners around a place."""
    x, y = centre[0] + rng.uniform(-0.0008, 0.0008), centre[1] + rng.uniform(-0.0008, 0.0008)
    corners = rng.randint(5, 9)
    radii = [rng.uniform(0.82, 1.12) for _ in range(corners)]
    turn = rng.uniform(0, math.tau)
    angles = [turn + math.tau * k / corners for k in range(corners)]
    unit = sum(radii[k] * radii[k - 1] * math.sin(math.tau / corners) for k in range(corners)) / 2
    metres = math.sqrt(area_m2 / unit)
    east, north = 111_320 * math.cos(math.radians(y)), 110_800
    ring = [
        [round(x + r * metres * math.cos(a) / east, 7), round(y + r * metres * math.sin(a) / north, 7)]
        for r, a in zip(radii, angles, strict=True)
    ]
    return parse_boundary({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def _row(rng: Random, n: int, village: Village, operator: Party, boundary: Boundary, taxon: int, seat: int) -> dict[str, Any]:
    year = rng.choices(range(2016, 2026), weights=(6, 8, 10, 12, 13, 13, 12, 10, 8, 8))[0]
    planted = date(year, rng.choice((2, 3, 11)), rng.randint(1, 28))
    density = rng.randint(55, 95)
    land = "basic_farmland" if n == 7 else rng.choices(("suitable_waste", "forest", "cropland"), weights=(60, 37, 3))[0]
    steward = operator if operator.kind == "cooperative" else operator.belongs_to_id
    return {
        "code": f"{village.code}-{seat + 1:04d}", "village": village.id, "operator": operator.id, "steward": steward,
        "name": "", "taxon": taxon, "state": "planted", "land_class": land,
        "management": rng.choices(("conventional", "green_food", "organic_conversion", "organic"), weights=(70, 18, 8, 4))[0],
        "planted_on": planted, "tree_count": round(boundary.area_m2 * 15 / 10_000 * density), "declared_m2": None,
        "area_m2": boundary.area_m2, "registered_at": datetime(max(year, 2023), 12, 1, 2, tzinfo=UTC),
    }  # fmt: skip


def _boundaries(plots: list[Plot], boundaries: list[Boundary]) -> None:
    rows = []
    for plot, boundary in zip(plots, boundaries, strict=True):
        west, south, east, north = boundary.bbox
        rows.append(
            {
                "plot": plot.id, "version": 1, "valid_from": plot.planted_on, "valid_to": None, "geojson": boundary.geojson,
                "area_m2": boundary.area_m2, "ring_id": boundary.ring_id, "west": west, "south": south, "east": east,
                "north": north, "source": "imported", "reason": "", "recorded_at": plot.registered_at,
            }
        )  # fmt: skip
    for start in range(0, len(rows), 50):
        PlotBoundary.insert_many(rows[start : start + 50]).execute()


def _visits(rng: Random, plots: list[Plot]) -> None:
    """One visit after a year, another after three; a few old ones that no longer count, a few failures."""
    rows, states = [], {}
    for plot in plots:
        age = TODAY.year - plot.planted_on.year
        if age < 1 or (age == 1 and rng.random() < 0.8):
            continue
        kind = "year3" if age >= 4 else "year1"
        stale = rng.random() < 0.12
        day = date(2024, 5, 10) if stale else date(rng.choice((2025, 2026)), rng.choice((4, 5, 6, 10)), rng.randint(1, 28))
        day = max(day, plot.planted_on + timedelta(days=200))
        sampled = max(30, plot.tree_count // 20)
        alive = round(sampled * (rng.uniform(0.3, 0.79) if rng.random() < 0.06 else rng.uniform(0.86, 0.99)))
        state = state_after_visit(kind, sampled, alive)
        states[plot.id] = "bearing" if state in ("survived", "established") and age >= 5 else state
        rows.append(
            {
                "plot": plot.id, "kind": kind, "visited_on": day, "sampled": sampled, "alive": alive,
                "verified_m2": plot.area_m2, "verifier_id": 0, "verifier_name": "演示验收员", "note": "",
                "recorded_at": datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
            }
        )  # fmt: skip
    for start in range(0, len(rows), 100):
        SurvivalVisit.insert_many(rows[start : start + 100]).execute()
    for state in set(states.values()):
        ids = [plot_id for plot_id, found in states.items() if found == state]
        for start in range(0, len(ids), 500):
            Plot.update(state=state).where(Plot.id.in_(ids[start : start + 500])).execute()
