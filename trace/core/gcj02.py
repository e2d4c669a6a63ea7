"""GCJ-02, the shifted coordinates of Chinese map services, to and from WGS-84. Points are (longitude, latitude).

The shift is the published approximation on the Krasovsky ellipsoid; the way back repeats it until the point stays.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

SEMI_MAJOR = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north: outside of it both systems are the same."""
ROUNDS = 10

Coordinate = tuple[float, float]


def wgs84_to_gcj02(point: Coordinate) -> Coordinate:
    """A WGS-84 point as map services in China show it."""
    lon, lat = point
    west, south, east, north = CHINA_BOX
    if not (west <= lon <= east and south <= lat <= north):
        return point
    along, up = _shift(lon - 105.0, lat - 35.0)
    phi = radians(lat)
    magic = 1 - ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian = SEMI_MAJOR * (1 - ECCENTRICITY_SQUARED) / (magic * sqrt(magic))
    parallel = SEMI_MAJOR / sqrt(magic) * cos(phi)
    return lon + along * 180 / (parallel * pi), lat + up * 180 / (meridian * pi)


def gcj02_to_wgs84(point: Coordinate) -> Coordinate:
    """The WGS-84 point behind a point taken from a map service."""
    lon, lat = point
    for _ in range(ROUNDS):
        shown = wgs84_to_gcj02((lon, lat))
        lon, lat = lon + point[0] - shown[0], lat + point[1] - shown[1]
    return lon, lat


def _shift(x: float, y: float) -> Coordinate:
    """Metres to the east and to the north."""
    ripple = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    along = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    along += (
        (ripple + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    )
    up = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    up += (ripple + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    return along, up
