"""Was a boundary taken from a map service and not declared as GCJ-02? Pure: it only compares shapes.

The shift here is some 500 m. A boundary that fits nothing as given, but fits known ground once shifted back, was most likely drawn on
such a map. It is a hint for the eye, never a correction.
"""

from __future__ import annotations

from collections.abc import Iterable

from shapely import transform
from shapely.geometry.base import BaseGeometry

from trace.core.gcj02 import gcj02_to_wgs84

SAME_SHAPE = 0.9
"""So much of both polygons in common, and they are one piece of ground."""
SAME_LINE = 0.15
"""So much of the outline along neighbours', and it was drawn beside them."""
LINE_DEGREES = 3e-5
"""About three metres: as near as two people draw the same path."""


def shifted_back(geometry: BaseGeometry) -> BaseGeometry:
    """The polygon as it lies if its coordinates were GCJ-02."""
    return transform(geometry, lambda points: [gcj02_to_wgs84((x, y)) for x, y in points])


def suspects_gcj02(given: BaseGeometry, known: Iterable[BaseGeometry]) -> bool:
    """Does the polygon fit known ground clearly better when shifted back? ``known``: neighbours of both places, or its old boundary."""
    ground = list(known)
    back = shifted_back(given)
    if any(_likeness(back, other) >= SAME_SHAPE > 2 * _likeness(given, other) for other in ground):
        return True
    return _along(back, ground) >= SAME_LINE > 3 * _along(given, ground)


def _likeness(one: BaseGeometry, other: BaseGeometry) -> float:
    """Shared area over joint area."""
    common = one.intersection(other).area
    return common / (one.area + other.area - common)


def _along(one: BaseGeometry, ground: list[BaseGeometry]) -> float:
    """The share of the outline that runs along somebody else's."""
    line = one.boundary
    return (
        max((line.intersection(other.boundary.buffer(LINE_DEGREES)).length for other in ground), default=0)
        / line.length
    )
