"""Boundaries as a drawing that needs neither tiles nor scripts: shapes fitted into a frame, with a scale bar. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

WIDTH, HEIGHT, MARGIN = 640, 400, 24
METRES_PER_DEGREE = 110_800
"""Length of a degree of latitude here; a drawing needs no better."""
ROUND = (1, 2, 5)


@dataclass(frozen=True)
class Layer:
    """One polygon to draw: what it is (``own``, ``old``, ``other``, ``shared``) and its caption, if it has one."""

    kind: str
    geometry: BaseGeometry
    label: str = ""


@dataclass(frozen=True)
class Shape:
    """One polygon drawn: SVG path and where its caption stands."""

    kind: str
    path: str
    label: str
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """The drawing: its shapes, and a scale bar of ``bar_m`` metres ``bar_px`` long."""

    shapes: list[Shape]
    bar_m: int
    bar_px: float
    width: int = WIDTH
    height: int = HEIGHT


def draw(layers: Sequence[Layer], frame: Iterable[BaseGeometry] = ()) -> Picture:
    """Fit the ``frame`` (by default all layers) into the picture and draw every layer."""
    fitted = list(frame) or [layer.geometry for layer in layers]
    boxes = [geometry.bounds for geometry in fitted]
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * narrow, 1e-7), (HEIGHT - 2 * MARGIN) / max(north - south, 1e-7)
    )
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return WIDTH / 2 + (x - middle_x) * narrow * scale, HEIGHT / 2 - (y - middle_y) * scale

    shapes = []
    for layer in layers:
        spot = layer.geometry.representative_point()
        x, y = place(spot.x, spot.y)
        rings = [ring for part in _parts(layer.geometry) for ring in (part.exterior, *part.interiors)]
        path = " ".join(
            "M" + " L".join("{:.1f},{:.1f}".format(*place(*p[:2])) for p in ring.coords) + "Z" for ring in rings
        )
        shapes.append(Shape(layer.kind, path, layer.label, round(x, 1), round(y, 1)))
    per_metre = scale / METRES_PER_DEGREE
    bar = _round_length(WIDTH / 4 / per_metre)
    return Picture(shapes, bar, round(bar * per_metre, 1))


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in getattr(geometry, "geoms", [geometry]) if part.geom_type == "Polygon"]


def _round_length(most: float) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … metres that is not longer."""
    power = 10 ** math.floor(math.log10(max(most, 1)))
    return max((step * power for step in ROUND if step * power <= most), default=1)
