"""The overlap check of a new plot among 50 000 against a bare STRtree over the same polygons, and against reading and checking them all."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from random import Random

import numpy as np
from shapely import STRtree, from_geojson
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from bench.harness import Ratio, Skipped, compare, engines, made, timed
from trace.core.geometry import GEOD, Boundary, overlaps_m2, parse_polygon
from trace.db import db
from trace.land.models import Plot, PlotBoundary
from trace.land.overlaps import overlaps
from trace.registry.models import Party, Taxon, Village

NAME = "overlap among 50 000 plots"
PLOTS = 50_000
ACROSS = 250
"""Plots side by side; the rest stands row by row."""
PROBES = 40
TRIES = 7
"""A probe takes microseconds, and other work on the machine takes milliseconds away: each side counts its best of so many."""
WEST, SOUTH, STEP = 112.30, 26.55, 0.0028
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def run(rounds: int) -> list[Ratio | Skipped]:
    """Both engines; a new plot lies across about four registered ones."""
    rng = Random(7)
    standing = [field(rng, number % ACROSS, number // ACROSS) for number in range(PLOTS)]
    probes = [
        parse_polygon(field(rng, rng.randrange(ACROSS) + 0.5, rng.randrange(PLOTS // ACROSS) + 0.5))
        for _ in range(PROBES)
    ]
    found: list[Ratio | Skipped] = []
    for engine, skipped in engines(NAME):
        found += [skipped] if skipped else measured(engine, probes, register(standing), rounds)
    return found


def measured(engine: str, probes: list[Boundary], polygons: list[BaseGeometry], rounds: int) -> list[Ratio]:
    """Against the tree alone, against the tree with the same square metres, against all polygons one by one."""
    tree, known = STRtree(polygons), np.array(polygons, dtype=object)
    gc.collect()
    gc.freeze()  # the fields of the benchmark are no part of what is timed
    for probe in probes:
        exact = [one_by_one(probe.geometry, polygons[at]) for at in tree.query(probe.geometry, predicate="intersects")]
        ours_found = [item.area_m2 for item in overlaps(probe)]
        assert ours_found == sorted((area for area in exact if area >= ours_found[-1]), reverse=True), (
            "the same overlaps, slivers apart"
        )

    def ours() -> float:
        return best(overlaps, probes)

    def tree_alone() -> float:
        return best(lambda probe: tree.query(probe.geometry, predicate="intersects"), probes)

    def tree_with_areas() -> float:
        def measure(probe: Boundary) -> list[int]:
            geometry = probe.geometry
            return overlaps_m2(geometry, known[tree.query(geometry, predicate="intersects")])

        return best(measure, probes)

    def all_of_them() -> float:
        began = time.process_time()
        rows = db.execute_sql("SELECT geojson FROM plot_boundary WHERE valid_to IS NULL").fetchall()
        overlaps_m2(probes[0].geometry, from_geojson([text for (text,) in rows]))
        # Of this process alone: it takes seconds, and what others take of them must not count for us.
        return (time.process_time() - began) * PROBES

    name = f"{NAME}, {engine}"
    everything = [all_of_them() / ours() for _ in range(min(rounds, 3))]
    return [
        compare(name, "bare STRtree query", theirs=tree_alone, ours=ours, at_most=3, rounds=rounds),
        compare(name, "STRtree and the same m²", theirs=tree_with_areas, ours=ours, at_most=3, rounds=rounds),
        made(name, "reading and checking all, times faster", "≥ 100", everything, lambda value: value >= 100),
    ]


def one_by_one(one: BaseGeometry, other: BaseGeometry) -> int:
    """The square metres of one pair as a program without any index would find them."""
    if not one.intersects(other):
        return 0
    common = one.intersection(other)
    parts = [part for part in getattr(common, "geoms", [common]) if part.geom_type == "Polygon"]
    return round(sum(abs(GEOD.geometry_area_perimeter(orient(part))[0]) for part in parts))


def best(work: Callable[[Boundary], object], probes: list[Boundary]) -> float:
    """Seconds for all probes, each in its best try."""
    return sum(min(timed(lambda: work(probe)) for _ in range(TRIES)) for probe in probes)  # noqa: B023


def field(rng: Random, column: float, row: float) -> dict[str, object]:
    """A crooked field of twelve corners about 200 m across."""
    x, y = WEST + column * STEP, SOUTH + row * STEP * 0.5
    radii = [STEP * (0.34 + 0.12 * rng.random()) for _ in range(12)]
    ring = [
        [round(x + r * math.cos(n * math.pi / 6), 6), round(y + r * 0.5 * math.sin(n * math.pi / 6), 6)]
        for n, r in enumerate(radii)
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def register(standing: list[dict[str, object]]) -> list[BaseGeometry]:
    """Every field as a registered plot, written in bulk; the polygons as they are kept."""
    village, taxon = Village.select().first(), Taxon.select().first()
    owner = Party.create(code="H000001", kind="household", name="某户", village=village, registered_at=NOW)
    boundaries = [parse_polygon(body) for body in standing]
    with db.atomic():
        plots = [
            (number, f"B{number:06d}", village.id, owner.id, taxon.id, "bearing", "forest", "conventional", shape.area_m2, NOW)
            for number, shape in enumerate(boundaries, 1)
        ]  # fmt: skip
        fields = [
            Plot.id, Plot.code, Plot.village, Plot.operator, Plot.taxon, Plot.state, Plot.land_class, Plot.management, Plot.area_m2, Plot.registered_at,
        ]  # fmt: skip
        for at in range(0, PLOTS, 1000):
            Plot.insert_many(plots[at : at + 1000], fields).execute()
            PlotBoundary.insert_many(
                [
                    {
                        "plot": at + n, "version": 1, "valid_from": date(2026, 1, 1), "geojson": shape.geojson, "area_m2": shape.area_m2,
                        "ring_id": shape.ring_id, "west": shape.bbox[0], "south": shape.bbox[1], "east": shape.bbox[2], "north": shape.bbox[3],
                        "source": "drawn", "recorded_at": NOW,
                    }
                    for n, shape in enumerate(boundaries[at : at + 1000], 1)
                ]
            ).execute()  # fmt: skip
    db.execute_sql("ANALYZE")
    return [shape.geometry for shape in boundaries]
