"""Rings in the county to try polygons with."""

import math

from hypothesis import strategies as st

SQUARE = [[112.5, 26.7], [112.501, 26.7], [112.501, 26.701], [112.5, 26.701], [112.5, 26.7]]


def polygon(*rings):
    """A GeoJSON polygon."""
    return {"type": "Polygon", "coordinates": [list(ring) for ring in rings]}


def moved(ring, east=0.0, north=0.0, size=1.0):
    """The ring shifted and scaled about its first point."""
    x0, y0 = ring[0]
    return [[x0 + east + (x - x0) * size, y0 + north + (y - y0) * size] for x, y in ring]


@st.composite
def stars(draw):
    """A random star-shaped ring in the county, closed, with coordinates of up to nine decimals."""
    x, y = draw(st.floats(112.3, 112.9)), draw(st.floats(26.6, 26.9))
    radii = draw(st.lists(st.floats(0.0005, 0.003), min_size=3, max_size=12))
    turn = 2 * math.pi / len(radii)
    ring = [[round(x + r * math.cos(n * turn), 9), round(y + r * math.sin(n * turn), 9)] for n, r in enumerate(radii)]
    return [*ring, ring[0]]


def turned(ring, by):
    """The same ring started at another point."""
    points = ring[:-1]
    by %= len(points)
    points = points[by:] + points[:by]
    return [*points, points[0]]
