"""Where the demo county's villages and plots lie: inside the county's outline, each township's villages together and about where the tile map of
the pages has it. Schematic all the same: where the real villages lie is not in the data.

Each village has a cell of its own that lies wholly inside the outline, and inside a cell plots keep their distance, so that none can overlap.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from random import Random

from shapely import prepare
from shapely.affinity import translate
from shapely.geometry import Polygon, box, shape

import trace.land
from trace.core.geometry import Boundary, parse_polygon

WEST, NORTH = 112.15, 26.95
TILE_LON, TILE_LAT = 0.9 / 7, 0.35 / 4
"""Seven columns and four rows of townships fill the county's box."""
TILES = {
    "三塘镇": (1, 0), "泉溪镇": (4, 0), "云集街道": (3, 1), "车江街道": (2, 1), "茅市镇": (1, 2), "硫市镇": (2, 2), "咸塘镇": (3, 2),
    "花桥镇": (5, 2), "宝盖镇": (6, 2), "近尾洲镇": (0, 3), "栗江镇": (1, 3), "松江镇": (2, 3),
}  # fmt: skip
REACH_EAST, REACH_NORTH = 950, 1500
"""Metres from a village's centre within which its plots lie."""
SHIFT_EAST, SHIFT_NORTH = 100, 150
"""A village stands so far off the middle of its cell; a cell is as wide as both together."""
GAP, GAP_CLOSE = 12, 3
"""Metres between plots; a path lies between those that stand close."""
M_PER_LAT = 110_800

OUTLINE = Path(trace.land.__file__).parent / "data/hengnan-outline.geojson"

Metres = tuple[float, float]
Degrees = tuple[float, float]


def east_metres(lat: float) -> float:
    """Metres of one degree of longitude."""
    return 111_320 * math.cos(math.radians(lat))


def village_places(townships: Sequence[str], each: int) -> dict[str, list[Degrees]]:
    """For every township the middles of so many cells, those nearest to its place in the tile map; townships choose in turn."""
    free = _cells()
    chosen: dict[str, list[Degrees]] = {name: [] for name in townships}
    for _ in range(each):
        for name in townships:
            column, row = TILES[name]
            middle = WEST + TILE_LON * (column + 0.5), NORTH - TILE_LAT * (row + 0.5)
            best = min(free, key=lambda cell: _apart(cell, middle))
            free.remove(best)
            chosen[name].append(best)
    return chosen


def _cells() -> list[Degrees]:
    """The middles of all cells of a grid over the county that lie wholly inside its outline."""
    county = shape(json.loads(OUTLINE.read_text(encoding="utf-8"))["geometry"])
    prepare(county)
    west, south, east, north = county.bounds
    height = (REACH_NORTH + SHIFT_NORTH) / M_PER_LAT
    found = []
    for row in range(int((north - south) / (2 * height))):
        lat = north - height * (2 * row + 1)
        width = (REACH_EAST + SHIFT_EAST) / east_metres(lat)
        for column in range(int((east - west) / (2 * width))):
            lon = west + width * (2 * column + 1)
            if county.contains(box(lon - width, lat - height, lon + width, lat + height)):
                found.append((lon, lat))
    return found


def _apart(one: Degrees, other: Degrees) -> float:
    return math.hypot((one[0] - other[0]) * east_metres(one[1]), (one[1] - other[1]) * M_PER_LAT)


class VillageGround:
    """The slopes around one village; plots are laid on free places only."""

    def __init__(self, rng: Random, cell: Degrees, close: bool = False) -> None:
        """``cell``: the middle of the village's cell; ``close``: plots stand side by side, as on a slope planted together."""
        self.rng, self.close = rng, close
        lon, lat = cell
        self.lat = lat + rng.uniform(-SHIFT_NORTH, SHIFT_NORTH) / M_PER_LAT
        self.lon = lon + rng.uniform(-SHIFT_EAST, SHIFT_EAST) / east_metres(lat)
        self.taken: list[tuple[float, float, float, Polygon]] = []

    def lay(self, area_m2: float) -> Boundary:
        """A plot of about this size on a free place, nearer to the village where there is room."""
        outline = _outline(self.rng, area_m2)
        x, y = self._free_place(outline)
        east = east_metres(self.lat)
        ring = [[round(self.lon + (x + dx) / east, 7), round(self.lat + (y + dy) / M_PER_LAT, 7)] for dx, dy in outline]
        return parse_polygon({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})

    def _free_place(self, outline: list[Metres]) -> Metres:
        spread, radius, field = (
            (60.0 if self.close else 250.0),
            max(math.hypot(*point) for point in outline),
            Polygon(outline),
        )
        while True:
            x, y = self.rng.gauss(0, spread), self.rng.gauss(0, spread * 1.4)
            spread = min(spread * (1.02 if self.close else 1.05), REACH_NORTH)
            inside = abs(x) + radius <= REACH_EAST and abs(y) + radius <= REACH_NORTH
            placed = translate(field, x, y)
            if inside and all(self._is_free(x, y, radius, placed, other) for other in self.taken):
                self.taken.append((x, y, radius, placed))
                return x, y

    def _is_free(
        self, x: float, y: float, radius: float, placed: Polygon, other: tuple[float, float, float, Polygon]
    ) -> bool:
        if math.hypot(x - other[0], y - other[1]) >= radius + other[2] + GAP:
            return True
        return self.close and placed.distance(other[3]) >= GAP_CLOSE


def _outline(rng: Random, area_m2: float) -> list[Metres]:
    """Five to nine corners around the origin, drawn out along the slope, enclosing the area."""
    corners, turn, stretch = rng.randint(5, 9), rng.uniform(0, math.tau), rng.uniform(1, 1.35)
    unit = []
    for k in range(corners):
        angle = math.tau * (k + rng.uniform(-0.25, 0.25)) / corners
        r = rng.uniform(0.75, 1.15)
        x, y = r * math.cos(angle) * stretch, r * math.sin(angle) / stretch
        unit.append((x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)))
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(unit, [*unit[1:], unit[0]], strict=True))
    size = math.sqrt(area_m2 * 2 / twice)
    return [(x * size, y * size) for x, y in unit]
