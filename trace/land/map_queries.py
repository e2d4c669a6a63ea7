"""The register as a map sees it: counts on a grid from afar, shapes from near, sums by township. Never public."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn
from shapely import transform
from shapely.geometry import mapping, shape

from trace.core.actor import Actor
from trace.core.geometry import COUNTY_BOX
from trace.db import boxes
from trace.db.boxes import Box
from trace.land import queries
from trace.land.models import Plot, PlotBoundary
from trace.registry.models import Party, Township, Village

MOST_SHAPES = 1_500
"""More than these a phone draws no longer at ease: they come as counts."""
FULL_ZOOM = 16
"""From here on a pixel is less than three metres, and shapes come as they are."""
MOST_EXACT = 500_000
"""Bytes of boundaries: walked ones have hundreds of corners, and more than this comes simplified at any zoom."""
DECIMALS = 6
"""Of degrees in a simplified shape: a tenth of a metre."""
CLUSTER_PIXELS = 80
WIDE = 0.1
"""A window over more of the county than this meets so many plots that an index costs more than it saves."""
MOST_CELLS = 40
"""Along the longer side of a window."""
APART_PIXELS = 56
"""A circle is 30 to 60 pixels wide: nearer than this, one hides the figure of another."""


@dataclass(frozen=True)
class View:
    """A window on the map: west, south, east, north in degrees, and Leaflet's zoom."""

    box: Box = COUNTY_BOX
    zoom: int = 10

    @property
    def pixel(self) -> float:
        """Degrees of longitude to a pixel."""
        return 360 / 256 / 2**self.zoom

    @property
    def cell(self) -> float:
        """The side of a grid cell in degrees."""
        west, south, east, north = self.box
        return max(CLUSTER_PIXELS * self.pixel, max(east - west, north - south) / MOST_CELLS)


@dataclass(frozen=True)
class Cluster:
    """The plots of one grid cell: where they lie on average, how many, their area, the box around them."""

    longitude: float
    latitude: float
    count: int
    area_m2: int
    box: Box

    def distance(self, other: Cluster) -> float:
        """How far another group stands, in degrees of longitude as a map has them."""
        shorter = math.cos(math.radians(self.latitude))
        return math.hypot(self.longitude - other.longitude, (self.latitude - other.latitude) / shorter)

    def joined(self, other: Cluster) -> Cluster:
        """Both as one group."""
        count = self.count + other.count
        share = other.count / count
        (w, s, e, n), (w2, s2, e2, n2) = self.box, other.box
        return Cluster(
            self.longitude + (other.longitude - self.longitude) * share, self.latitude + (other.latitude - self.latitude) * share,
            count, self.area_m2 + other.area_m2, (min(w, w2), min(s, s2), max(e, e2), max(n, n2)),
        )  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """A plot as the map draws and an export lists it."""

    code: str
    name: str
    state: str
    area_m2: int
    township: str
    village: str
    operator: str
    geojson: str


def parse_view(bbox: str, zoom: str) -> View:
    """``bbox=west,south,east,north`` and ``zoom`` of an address; nonsense counts as the whole county."""
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
        level = int(zoom)
    except ValueError:
        return View()
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90 and 0 <= level <= 24):
        return View()
    return View((west, south, east, north), level)


def clusters(actor: Actor, filters: dict[str, str], view: View) -> list[Cluster]:
    """Counts and areas on a grid of the visible plots that touch the window, each plot in the cell of its south-west corner."""
    west, south, *_ = view.box
    column = fn.FLOOR((PlotBoundary.west - west) / view.cell)
    row = fn.FLOOR((PlotBoundary.south - south) / view.cell)
    found = (
        _present(actor, filters, view.box)
        .select(
            fn.AVG((PlotBoundary.west + PlotBoundary.east) / 2),
            fn.AVG((PlotBoundary.south + PlotBoundary.north) / 2),
            fn.COUNT(PlotBoundary.id),
            fn.SUM(PlotBoundary.area_m2),
            fn.MIN(PlotBoundary.west),
            fn.MIN(PlotBoundary.south),
            fn.MAX(PlotBoundary.east),
            fn.MAX(PlotBoundary.north),
        )
        .group_by(column, row)
        .tuples()
    )
    return apart([Cluster(x, y, count, int(area), tuple(box)) for x, y, count, area, *box in found], view)


def apart(found: Sequence[Cluster], view: View) -> list[Cluster]:
    """Groups of neighbouring cells that would cover one another's figures, as one; large ones take in small ones."""
    kept: dict[tuple[int, int], list[Cluster]] = {}
    reach = APART_PIXELS * view.pixel
    for cluster in sorted(found, key=lambda one: -one.count):
        column, row = int(cluster.longitude // view.cell), int(cluster.latitude // view.cell)
        around = [kept.get((column + x, row + y), []) for x in (-1, 0, 1) for y in (-1, 0, 1)]
        near = min((one for cell in around for one in cell), key=cluster.distance, default=None)
        if near is None or near.distance(cluster) >= reach:
            kept.setdefault((column, row), []).append(cluster)
            continue
        cell = next(cell for cell in around if near in cell)
        cell[cell.index(near)] = near.joined(cluster)
    return [cluster for cell in kept.values() for cluster in cell]


def grounds(actor: Actor, filters: dict[str, str], box: Box | None = None) -> Iterator[Ground]:
    """The visible plots with their present boundaries by code, all or those whose box touches a window, one after another."""
    query = (
        queries.filtered_plots(actor, **filters)
        .select(
            Plot.code,
            Plot.name,
            Plot.state,
            Plot.area_m2,
            Township.name,
            Village.name,
            Party.name,
            PlotBoundary.geojson,
        )
        .join_from(Plot, PlotBoundary, on=((PlotBoundary.plot == Plot.id) & PlotBoundary.valid_to.is_null()))
        .order_by(Plot.code)
        .tuples()
    )
    if box is not None:
        query = query.where(_touching(box))
    return (Ground(*row) for row in query.iterator())


def by_township(actor: Actor, filters: dict[str, str]) -> list[tuple[str, str, int, int]]:
    """Code and name of the townships with visible plots, how many plots, and their area in m²."""
    counted = (
        queries.filtered_plots(actor, **filters)
        .select(Township.code, Township.name, fn.COUNT(Plot.id), fn.SUM(Plot.area_m2))
        .group_by(Township.code, Township.name)
        .order_by(Township.code)
        .tuples()
    )
    return [(code, name, count, int(area)) for code, name, count, area in counted]


def is_exact(found: Sequence[Ground], view: View) -> bool:
    """May the shapes of a window come corner for corner (neighbours are drawn along them), or simplified to what its pixels can show?"""
    return view.zoom >= FULL_ZOOM and sum(len(ground.geojson) for ground in found) <= MOST_EXACT


def drawn(ground: Ground, view: View, exact: bool) -> dict[str, Any]:
    """The polygon of a plot as detailed as the zoom can show; whether it is simplified or not, it is only looked at."""
    geometry = json.loads(ground.geojson)
    if exact:
        return geometry
    simple = shape(geometry).simplify(view.pixel)
    return geometry if simple.is_empty else mapping(transform(simple, lambda points: points.round(DECIMALS)))


def _present(actor: Actor, filters: dict[str, str], box: Box) -> Any:
    visible = queries.filtered_plots(actor, **filters).select(Plot.id)
    return PlotBoundary.select().where(_touching(box), PlotBoundary.plot.in_(visible))


def _touching(box: Box) -> Any:
    west, south, east, north = (f(a, b) for f, a, b in zip((max, max, min, min), box, COUNTY_BOX, strict=True))
    whole = (COUNTY_BOX[2] - COUNTY_BOX[0]) * (COUNTY_BOX[3] - COUNTY_BOX[1])
    wide = (east - west) * (north - south) > WIDE * whole
    return (boxes.touching_unindexed if wide else boxes.touching)(PlotBoundary, box)
