"""Plot polygons: parse with every mistake named in Chinese, geodesic area, overlap, a stable id. WGS-84 throughout.

Thresholds: domain brief §2.7. Never repairs what was drawn: a repaired polygon is one nobody walked.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyproj import Geod
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient
from shapely.validation import explain_validity

from trace.core.canonical import strict_loads
from trace.core.errors import Invalid

GEOD = Geod(ellps="WGS84")
COUNTY_BOX = (112.10, 26.52, 113.17, 27.00)
"""West, south, east, north: a soft box around the county, with a margin."""
MAX_VERTICES = 10_000
STORED_DECIMALS = 7
ID_DECIMALS = 6
MAX_BYTES = 1_000_000

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Boundary:
    """A valid polygon: GeoJSON text, whole square metres, bounding box, stable id of its rings."""

    geojson: str
    area_m2: int
    bbox: tuple[float, float, float, float]
    ring_id: str

    @property
    def geometry(self) -> BaseGeometry:
        """The shape itself."""
        return shape(json.loads(self.geojson))


def parse_boundary(source: str | bytes | dict[str, Any], field: str = "geometry") -> Boundary:
    """GeoJSON (a geometry, a Feature or a collection of one) → :class:`Boundary`, or :class:`Invalid` naming what is wrong where."""
    data = strict_loads(source, MAX_BYTES, field) if isinstance(source, (str, bytes)) else source
    polygons = [[_ring(ring, field) for ring in polygon] for polygon in _polygons(data, field)]
    if sum(len(ring) for polygon in polygons for ring in polygon) > MAX_VERTICES:
        raise Invalid("边界点超过 %(most)s 个，请先简化。", field=field, code="TOO_MANY_POINTS", most=MAX_VERTICES)
    _check_box(polygons, field)
    kind = "Polygon" if len(polygons) == 1 else "MultiPolygon"
    geometry = shape({"type": kind, "coordinates": polygons[0] if len(polygons) == 1 else polygons})
    _check_valid(geometry, field)
    parts = [orient(part) for part in getattr(geometry, "geoms", [geometry])]
    area = round(sum(_area(part) for part in parts))
    if area <= 0:
        raise Invalid("边界围成的面积为 0，请重新勾绘。", field=field, code="AREA_ZERO")
    body = mapping(parts[0]) if len(parts) == 1 else {"type": "MultiPolygon", "coordinates": [mapping(p)["coordinates"] for p in parts]}
    return Boundary(json.dumps(body, separators=(",", ":")), area, geometry.bounds, ring_id(polygons))


def overlap_m2(one: BaseGeometry, other: BaseGeometry) -> int:
    """Geodesic area both polygons cover, in whole square metres; a shared edge is none."""
    if not one.intersects(other):
        return 0
    common = one.intersection(other)
    return round(sum(_area(orient(part)) for part in getattr(common, "geoms", [common]) if part.geom_type == "Polygon"))


def ring_id(polygons: list[list[Ring]]) -> str:
    """16 hex digits that stay the same when a ring starts elsewhere, runs backward or is written with more decimals."""
    rings = sorted(_canonical_ring(ring) for polygon in polygons for ring in polygon)
    return hashlib.sha256("|".join(rings).encode()).hexdigest()[:16]


def _polygons(data: Any, field: str) -> list[Any]:
    if isinstance(data, dict) and data.get("type") == "FeatureCollection":
        features = data.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise Invalid("一次只能登记一块地，文件里应当只有一个图形。", field=field, code="NOT_ONE_FEATURE")
        data = features[0]
    if isinstance(data, dict) and data.get("type") == "Feature":
        data = data.get("geometry")
    if not isinstance(data, dict) or data.get("type") not in ("Polygon", "MultiPolygon"):
        raise Invalid("边界应当是面（Polygon），请在图上勾绘或粘贴 GeoJSON。", field=field, code="NOT_A_POLYGON")
    coordinates = data.get("coordinates")
    polygons = coordinates if data["type"] == "MultiPolygon" else [coordinates]
    if not isinstance(polygons, list) or not polygons or not all(isinstance(p, list) and p for p in polygons):
        raise Invalid("边界没有坐标。", field=field, code="NO_COORDINATES")
    return polygons


def _ring(points: Any, field: str) -> Ring:
    if not isinstance(points, list) or len(points) > MAX_VERTICES:
        raise Invalid("边界点超过 %(most)s 个，请先简化。", field=field, code="TOO_MANY_POINTS", most=MAX_VERTICES)
    ring = [_point(point, field) for point in points]
    if ring and ring[0] != ring[-1]:
        raise Invalid("边界线没有闭合，首尾两点应当相同。", field=field, code="NOT_CLOSED")
    if len(set(ring)) < 3:
        raise Invalid("边界至少要有 3 个不同的点。", field=field, code="TOO_FEW_POINTS")
    return ring


def _point(point: Any, field: str) -> tuple[float, float]:
    numbers = isinstance(point, (list, tuple)) and len(point) >= 2
    if not numbers or not all(isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in point[:2]):
        raise Invalid("坐标应当是数字对 [经度, 纬度]。", field=field, code="BAD_COORDINATE")
    return round(float(point[0]), STORED_DECIMALS), round(float(point[1]), STORED_DECIMALS)


def _points(polygons: list[list[Ring]]) -> Iterator[tuple[float, float]]:
    for polygon in polygons:
        for ring in polygon:
            yield from ring


def _check_box(polygons: list[list[Ring]], field: str) -> None:
    west, south, east, north = COUNTY_BOX
    if not all(west <= x <= east and south <= y <= north for x, y in _points(polygons)):
        raise Invalid("坐标不在衡南县范围内（可能经纬度填反或坐标系不对）。", field=field, code="OUTSIDE_COUNTY")


def _check_valid(geometry: BaseGeometry, field: str) -> None:
    if geometry.is_valid:
        return
    reason = explain_validity(geometry)
    found = re.search(r"\[([-\d.]+) ([-\d.]+)\]", reason)
    if "Self-intersection" in reason and found:
        raise Invalid(
            "边界线有交叉，请重新走一圈。交叉点在东经 %(lon).6f、北纬 %(lat).6f。",
            field=field,
            code="SELF_CROSSING",
            lon=float(found[1]),
            lat=float(found[2]),
        )
    raise Invalid("边界图形不成立（内孔越界或部分重叠），请重新勾绘。", field=field, code="BAD_SHAPE")


def _area(polygon: BaseGeometry) -> float:
    return abs(GEOD.geometry_area_perimeter(polygon)[0])


def _canonical_ring(ring: Ring) -> str:
    points = [(round(x * 10**ID_DECIMALS), round(y * 10**ID_DECIMALS)) for x, y in ring[:-1]]
    start = points.index(min(points))
    forward = points[start:] + points[:start]
    backward = [forward[0], *reversed(forward[1:])]
    return ";".join(f"{x},{y}" for x, y in min(forward, backward))
