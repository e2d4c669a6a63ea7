"""The county as a drawing without scripts: its outline and a circle for each group of plots. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trace.core.geometry import COUNTY_BOX

WIDTH = 1000
_WEST, _SOUTH, _EAST, _NORTH = COUNTY_BOX
_SHORTER = math.cos(math.radians((_SOUTH + _NORTH) / 2))
"""A degree of longitude is shorter than one of latitude."""
_SCALE = WIDTH / ((_EAST - _WEST) * _SHORTER)
HEIGHT = round((_NORTH - _SOUTH) * _SCALE)

STANDING = ("survived", "established", "bearing")
GONE = ("failed", "lost", "converted", "cancelled")


@dataclass(frozen=True)
class Circle:
    """A group of plots in the units of the drawing."""

    x: float
    y: float
    radius: float
    count: int
    area_m2: int


@dataclass(frozen=True)
class Picture:
    """The drawing: its size, the outline as a path, and the circles, large ones first."""

    width: int
    height: int
    outline: str
    circles: list[Circle]


def tone(state: str) -> str:
    """How a state is drawn: ``ok`` full line, ``todo`` dashed, ``stop`` dotted; the word always stands beside it."""
    if state in STANDING:
        return "ok"
    return "stop" if state in GONE else "todo"


def overview(groups: Sequence[Any], outline: dict[str, Any]) -> Picture:
    """Outline and groups as one drawing; the area of a circle grows with the number of plots."""
    most = max((group.count for group in groups), default=1)
    circles = [
        Circle(
            *_place(group.longitude, group.latitude), 9 + 27 * math.sqrt(group.count / most), group.count, group.area_m2
        )
        for group in groups
    ]
    path = " ".join(_ring(ring[::4]) for ring in outline["coordinates"])
    return Picture(WIDTH, HEIGHT, path, sorted(circles, key=lambda circle: -circle.radius))


def _ring(points: Sequence[Sequence[float]]) -> str:
    return "M" + "L".join("{:.0f} {:.0f}".format(*_place(x, y)) for x, y in points) + "Z"


def _place(longitude: float, latitude: float) -> tuple[float, float]:
    return round((longitude - _WEST) * _SHORTER * _SCALE, 1), round((_NORTH - latitude) * _SCALE, 1)
