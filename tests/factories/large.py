"""A register as large as the county's target: plots by the ten thousand, in hamlets spread over the county's outline, written in bulk."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from peewee import chunked
from shapely import prepare
from shapely.geometry import Point, shape

import trace.land
from trace.core.clock import utcnow
from trace.core.geometry import Boundary, parse_polygon
from trace.db import db
from trace.land.models import Plot, PlotBoundary
from trace.registry.initials import initials_of
from trace.registry.models import Party, Taxon, Village

PITCH = 70
"""Metres between the middles of neighbouring plots; none reaches over half of it."""
STATES = ("planned", "planted", "survived", "established", "bearing", "bearing", "failed", "lost")
APART = 0.009
"""Degrees between hamlets, so that the plots of two never overlap."""
PLOTS_EACH = 5
"""Plots to a household."""
FIRST_SEAT = 1_000
"""The plots of another seed are numbered from another thousand on."""
SURNAMES, GIVEN = "青白松柏杨柳桃李梅兰竹石田江河林", "云山水木禾果叶根枝花春夏秋冬晴雨"


def large_register(plots: int, seed: int = 7) -> None:
    """Households and their plots in every village, once for each seed of one figure; the engines' statistics are up to date."""
    rng = Random(seed)
    villages = list(Village.select().order_by(Village.code))
    each = math.ceil(plots / len(villages))
    with db.atomic():
        operators = _households(rng, villages, each, seed)
        places = _hamlets(rng, len(villages))
        rows = [
            (village, operators[(number * each + seat) // PLOTS_EACH], seat + FIRST_SEAT * seed, boundary)
            for number, (village, place) in enumerate(zip(villages, places, strict=True))
            for seat, boundary in enumerate(_fields(rng, place, each))
        ][:plots]
        _write(rng, rows)
    db.execute_sql("ANALYZE")


def _households(rng: Random, villages: list[Village], each: int, seed: int) -> list[int]:
    """One household to five plots, seated in the villages in turn; their keys."""
    people = []
    for number in range(math.ceil(each * len(villages) / PLOTS_EACH)):
        village = villages[min(number * PLOTS_EACH // each, len(villages) - 1)]
        name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(GIVEN)
        people.append(
            {
                "code": f"L{seed:02d}{number:05d}", "kind": "household", "name": name, "initials": initials_of(name),
                "village": village.id, "township": village.township_id, "registered_at": utcnow(),
            }
        )  # fmt: skip
    for rows in chunked(people, 500):
        Party.insert_many(rows).execute()
    kept = Party.select(Party.id).where(Party.code.startswith(f"L{seed:02d}")).order_by(Party.code)
    return [row.id for row in kept]


def _hamlets(rng: Random, count: int) -> list[tuple[float, float]]:
    """As many places as there are villages, inside the county's outline, from west to east as the codes go."""
    path = Path(trace.land.__file__).parent / "data/hengnan-outline.geojson"
    county = shape(json.loads(path.read_text(encoding="utf-8"))["geometry"])
    prepare(county)
    west, south, east, north = county.bounds
    found: list[tuple[float, float]] = []
    while len(found) < count:
        place = rng.uniform(west, east), rng.uniform(south, north)
        apart = all(abs(place[0] - x) > APART or abs(place[1] - y) > APART for x, y in found)
        if apart and county.contains(Point(place)):
            found.append(place)
    return sorted(found)


def _fields(rng: Random, place: tuple[float, float], count: int) -> Iterator[Boundary]:
    """Crooked fields of eight corners row by row around a place."""
    across = math.ceil(math.sqrt(count))
    east, north = PITCH / (111_320 * math.cos(math.radians(place[1]))), PITCH / 110_800
    for seat in range(count):
        row, column = divmod(seat, across)
        x, y = place[0] + (column - across / 2) * east, place[1] + (row - across / 2) * north
        radii = [rng.uniform(0.3, 0.49) for _ in range(8)]
        ring = [
            [round(x + r * east * math.cos(n * math.pi / 4), 7), round(y + r * north * math.sin(n * math.pi / 4), 7)]
            for n, r in enumerate(radii)
        ]
        yield parse_polygon({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def _write(rng: Random, rows: list[tuple[Village, int, int, Boundary]]) -> None:
    now, taxon = utcnow(), Taxon.select().first().id
    for part in chunked(rows, 500):
        plots: list[dict[str, Any]] = []
        versions: list[dict[str, Any]] = []
        for village, operator, seat, boundary in part:
            west, south, east, north = boundary.bbox
            plots.append(
                {
                    "code": f"{village.code}-{seat:04d}", "village": village.id, "operator": operator, "taxon": taxon,
                    "state": rng.choice(STATES), "land_class": "forest", "management": "conventional", "area_m2": boundary.area_m2,
                    "tree_count": boundary.area_m2 // 9, "planted_on": date(2020, 3, 1), "registered_at": now,
                }
            )  # fmt: skip
            versions.append(
                {
                    "version": 1, "valid_from": date(2020, 3, 1), "geojson": boundary.geojson, "area_m2": boundary.area_m2,
                    "ring_id": boundary.ring_id, "west": west, "south": south, "east": east, "north": north, "source": "imported",
                    "recorded_at": now,
                }
            )  # fmt: skip
        Plot.insert_many(plots).execute()
        keys = dict(Plot.select(Plot.code, Plot.id).where(Plot.code.in_([plot["code"] for plot in plots])).tuples())
        PlotBoundary.insert_many(
            {**version, "plot": keys[plot["code"]]} for plot, version in zip(plots, versions, strict=True)
        ).execute()
