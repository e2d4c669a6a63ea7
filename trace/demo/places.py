"""Where the demo county's villages and plots lie: schematic, because real village boundaries are not known here.

Townships stand as in the tile map of the pages, each village has a cell of its own, and inside a cell plots keep their distance, so that
none can overlap.
"""

from __future__ import annotations

import math
from random import Random

from trace.core.geometry import Boundary, parse_polygon

WEST, NORTH = 112.15, 26.95
TILE_LON, TILE_LAT = 0.9 / 7, 0.35 / 4
"""Seven columns and four rows of townships fill the county's box."""
TILES = {
    "三塘镇": (1, 0), "泉溪镇": (4, 0), "云集街道": (3, 1), "车江街道": (2, 1), "茅市镇": (1, 2), "硫市镇": (2, 2), "咸塘镇": (3, 2),
    "花桥镇": (5, 2), "宝盖镇": (6, 2), "近尾洲镇": (0, 3), "栗江镇": (1, 3), "松江镇": (2, 3),
}  # fmt: skip
VILLAGE_COLUMNS, VILLAGE_ROWS = 5, 2
REACH_EAST, REACH_NORTH = 950, 1500
"""Metres from a village's centre within which its plots lie: with the shift below less than half a cell."""
SHIFT_EAST, SHIFT_NORTH = 200, 500
GAP = 12
M_PER_LAT = 110_800

Metres = tuple[float, float]


def east_metres(lat: float) -> float:
    """Metres of one degree of longitude."""
    return 111_320 * math.cos(math.radians(lat))


class VillageGround:
    """The slopes around one village; plots are laid on free places only."""

    def __init__(self, rng: Random, township: str, number: int) -> None:
        """``number``: which of the township's villages, from 0."""
        self.rng = rng
        column, row = TILES[township]
        inside_row, inside_column = divmod(number, VILLAGE_COLUMNS)
        lat = NORTH - TILE_LAT * (row + (inside_row + 0.5) / VILLAGE_ROWS)
        lon = WEST + TILE_LON * (column + (inside_column + 0.5) / VILLAGE_COLUMNS)
        self.lat = lat + rng.uniform(-SHIFT_NORTH, SHIFT_NORTH) / M_PER_LAT
        self.lon = lon + rng.uniform(-SHIFT_EAST, SHIFT_EAST) / east_metres(lat)
        self.taken: list[tuple[float, float, float]] = []

    def lay(self, area_m2: float) -> Boundary:
        """A plot of about this size on a free place, nearer to the village where there is room."""
        outline = _outline(self.rng, area_m2)
        x, y = self._free_place(max(math.hypot(*point) for point in outline))
        east = east_metres(self.lat)
        ring = [[round(self.lon + (x + dx) / east, 7), round(self.lat + (y + dy) / M_PER_LAT, 7)] for dx, dy in outline]
        return parse_polygon({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})

    def _free_place(self, radius: float) -> Metres:
        spread = 250.0
        while True:
            x, y = self.rng.gauss(0, spread), self.rng.gauss(0, spread * 1.4)
            spread = min(spread * 1.05, REACH_NORTH)
            inside = abs(x) + radius <= REACH_EAST and abs(y) + radius <= REACH_NORTH
            if inside and all(math.hypot(x - a, y - b) >= radius + r + GAP for a, b, r in self.taken):
                self.taken.append((x, y, radius))
                return x, y


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
