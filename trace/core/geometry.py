"""Plot polygons: parse with every mistake named in Chinese, geodesic area, overlap, a stable id. WGS-84 throughout.

Thresholds: domain brief §2.7. Never repairs what was drawn: a repaired polygon is one nobody walked.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import shapely
from pyproj import Geod
from shapely import affinity
from shapely.geometry import LineString, MultiPoint, Point, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient
from shapely.ops import nearest_points
from shapely.validation import explain_validity

from trace.core.canonical import strict_loads
from trace.core.errors import FieldError, Invalid
from trace.core.gcj02 import gcj02_to_wgs84
from trace.core.text import N_, Message
from trace.core.units import M2_PER_MU, format_mu, format_pct

GEOD = Geod(ellps="WGS84")
COUNTY_BOX = (112.10, 26.52, 113.17, 27.00)
"""West, south, east, north: a soft box around the county, with a margin."""
MAX_VERTICES = 10_000
STORED_DECIMALS = 7
ID_DECIMALS = 6
MAX_BYTES = 1_000_000
FLAT_DEGREES = 1e-11
"""Square degrees, about 0.1 m² here: a ring whose points spread less lies on one line."""
SAME_DATUM = re.compile(r"CRS84$|EPSG:+(4326|4490)$")
"""Names of WGS-84 and of CGCS2000, which differ by centimetres."""

INVALID_SHAPES = {
    "Hole lies outside shell": N_("边界里的空洞超出了外圈，请重新勾绘。"),
    "Nested holes": N_("边界里的空洞互相重叠，请重新勾绘。"),
    "Nested shells": N_("几个图形互相重叠，请重新勾绘。"),
    "Duplicate Rings": N_("同一条边界线重复了，请重新勾绘。"),
    "Interior is disconnected": N_("边界里的空洞把地块隔断了，请分成几块登记。"),
}

Coordinate = tuple[float, float]
Ring = list[Coordinate]


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


@dataclass(frozen=True)
class AreaCheck:
    """How a declared area compares with the polygon: ``ok``, ``warning`` or ``error``, and the words for it."""

    level: str
    message: Message | None = None


def parse_polygon(source: str | bytes | dict[str, Any], field: str = "geometry", *, crs: str = "wgs84") -> Boundary:
    """GeoJSON (geometry, Feature or a collection of one) → :class:`Boundary`, or :class:`Invalid` with all its mistakes.

    ``crs``: ``wgs84``, ``cgcs2000`` (the same within centimetres) or ``gcj02``, which is converted.
    """
    data = strict_loads(source, MAX_BYTES, field) if isinstance(source, (str, bytes)) else source
    raw = _polygons(data, field)
    _check_count(raw, field)
    exact = [[_ring(ring, field) for ring in polygon] for polygon in raw]
    if crs == "gcj02":
        exact = [[[gcj02_to_wgs84(point) for point in ring] for ring in polygon] for polygon in exact]
    polygons = [[[(_stored(x), _stored(y)) for x, y in ring] for ring in polygon] for polygon in exact]
    single = len(polygons) == 1
    kind = "Polygon" if single else "MultiPolygon"
    geometry = shape({"type": kind, "coordinates": polygons[0] if single else polygons})
    _raise_all(lambda: _check_box(exact, field), lambda: _check_valid(geometry, polygons, field))
    parts = [orient(part) for part in getattr(geometry, "geoms", [geometry])]
    area = round(sum(_areas(parts)))
    if area == 0:
        raise _zero_area(field)
    rings = [mapping(part)["coordinates"] for part in parts]
    body = {"type": kind, "coordinates": rings[0] if single else rings}
    return Boundary(json.dumps(body, separators=(",", ":")), area, geometry.bounds, ring_id(polygons))


def overlap_m2(one: Boundary | BaseGeometry, other: Boundary | BaseGeometry) -> int:
    """Geodesic area both polygons cover, in whole square metres; a shared edge is none; the order does not matter."""
    return overlaps_m2(_shape_of(one), [_shape_of(other)])[0]


def overlaps_m2(one: BaseGeometry, others: Sequence[BaseGeometry]) -> list[int]:
    """:func:`overlap_m2` of one polygon with each of many: those it does not meet are sorted out together first."""
    found, many = [0] * len(others), np.asarray(others, dtype=object)
    shapely.prepare(one)
    meeting = shapely.intersects(one, many).nonzero()[0]
    if not meeting.size:
        return found
    met, own_key = many[meeting], shapely.to_wkb(one)
    # In a fixed order, because the last bits of an intersection depend on which polygon comes first.
    ahead = [own_key <= key for key in shapely.to_wkb(met)]
    common = shapely.intersection(np.where(ahead, one, met), np.where(ahead, met, one))
    for at, area in zip(meeting.tolist(), _areas(common), strict=True):
        found[at] = round(area)
    return found


def distance_m(one: Coordinate, other: Coordinate) -> float:
    """Geodesic distance of two points given as (longitude, latitude), in metres."""
    return float(GEOD.inv(*one, *other)[2])


def gap_m(one: Boundary | BaseGeometry, other: Boundary | BaseGeometry) -> float:
    """Geodesic width of the gap between two polygons, in metres; 0 where they touch or overlap."""
    first, second = _shape_of(one), _shape_of(other)
    # A degree of longitude is shorter than one of latitude: nearest points are looked for with both equally long.
    narrow = math.cos(math.radians(first.centroid.y))
    near, far = nearest_points(*(affinity.scale(shape_, xfact=narrow, origin=(0, 0)) for shape_ in (first, second)))
    return distance_m((near.x / narrow, near.y), (far.x / narrow, far.y))


def check_declared_area(declared_m2: int, measured_m2: int) -> AreaCheck:
    """Within max(5 %, 0.3 亩) of the declared area fine, else a warning, over 20 % an error (domain brief §2.7)."""
    if declared_m2 <= 0:
        raise ValueError("a declared area is positive")
    gap = abs(declared_m2 - measured_m2)
    if gap <= M2_PER_MU * 3 / 10 or gap * 20 <= declared_m2:
        return AreaCheck("ok")
    message = Message(
        "勾绘面积 %(measured)s 亩与合同面积 %(declared)s 亩相差 %(gap)s，请核对。",
        {
            "measured": format_mu(measured_m2),
            "declared": format_mu(declared_m2),
            "gap": format_pct(Fraction(gap, declared_m2), 1),
        },
    )
    return AreaCheck("error" if gap * 5 > declared_m2 else "warning", message)


def ring_id(polygons: list[list[Ring]]) -> str:
    """16 hex digits that stay the same when a ring starts elsewhere, runs backward or is written with six decimals."""
    rings = sorted(_canonical_ring(ring) for polygon in polygons for ring in polygon)
    return hashlib.sha256("|".join(rings).encode()).hexdigest()[:16]


def _shape_of(source: Boundary | BaseGeometry) -> BaseGeometry:
    return source.geometry if isinstance(source, Boundary) else source


def _polygons(data: Any, field: str) -> list[Any]:
    _check_datum(data, field)
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


def _check_datum(data: Any, field: str) -> None:
    crs = data.get("crs") if isinstance(data, dict) else None
    if crs is not None and not SAME_DATUM.search(
        str(crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else crs)
    ):
        raise Invalid("坐标系应为 WGS-84 或 CGCS2000，请转换后再导入。", field=field, code="WRONG_CRS")


def _check_count(polygons: list[Any], field: str) -> None:
    rings = [ring for polygon in polygons for ring in polygon]
    if not all(isinstance(ring, list) for ring in rings):
        raise Invalid("边界没有坐标。", field=field, code="NO_COORDINATES")
    if sum(map(len, rings)) > MAX_VERTICES:
        raise Invalid("边界点超过 %(most)s 个，请先简化。", field=field, code="TOO_MANY_POINTS", most=MAX_VERTICES)


def _ring(points: list[Any], field: str) -> Ring:
    ring = [_point(point, field) for point in points]
    if len(set(ring)) < 3:
        raise Invalid("边界至少要有 3 个不同的点。", field=field, code="TOO_FEW_POINTS")
    if ring[0] != ring[-1]:
        raise Invalid("边界线没有闭合，首尾两点应当相同。", field=field, code="NOT_CLOSED")
    return ring


def _point(point: Any, field: str) -> Coordinate:
    if isinstance(point, (list, tuple)) and len(point) >= 2 and all(type(v) in (int, float) for v in point[:2]):
        # Compared before anything is converted: a giant integer cannot become a float.
        if all(-1000 < v < 1000 for v in point[:2]):
            return float(point[0]), float(point[1])
        if all(v == v and abs(v) != math.inf for v in point[:2]):
            raise _outside(field)
    raise Invalid("坐标应当是数字对 [经度, 纬度]。", field=field, code="BAD_COORDINATE")


def _stored(value: float) -> float:
    """Seven decimals that still round to the same six: else writing a ring down could change its id."""
    seven = round(value, STORED_DECIMALS)
    if f"{seven:.{ID_DECIMALS}f}" == f"{value:.{ID_DECIMALS}f}":
        return seven
    return round(seven - math.copysign(10**-STORED_DECIMALS, seven - value), STORED_DECIMALS)


def _check_box(polygons: list[list[Ring]], field: str) -> None:
    points = [point for polygon in polygons for ring in polygon for point in ring]
    if _inside_box(points):
        return
    outside = _outside(field)
    if _inside_box((y, x) for x, y in points):
        advice = Message("每个点应先写经度（约 112）、后写纬度（约 26），请把两个数对调。")
        outside.errors.append(FieldError(field, "LON_LAT_SWAPPED", advice))
    raise outside


def _inside_box(points: Iterable[Coordinate]) -> bool:
    west, south, east, north = COUNTY_BOX
    return all(west <= x <= east and south <= y <= north for x, y in points)


def _outside(field: str) -> Invalid:
    return Invalid("坐标不在衡南县范围内（可能经纬度填反或坐标系不对）。", field=field, code="OUTSIDE_COUNTY")


def _zero_area(field: str) -> Invalid:
    return Invalid("边界围成的面积为 0，请重新勾绘。", field=field, code="AREA_ZERO")


def _raise_all(*checks: Callable[[], None]) -> None:
    """Run every check and raise all that is wrong as one :class:`Invalid`, which speaks the words of the first."""
    found: list[Invalid] = []
    for check in checks:
        try:
            check()
        except Invalid as error:
            found.append(error)
    if found:
        found[0].errors += [item for error in found[1:] for item in error.errors]
        raise found[0]


def _check_flat(polygons: list[list[Ring]], field: str) -> None:
    """Points on one line enclose nothing; said before the crossing that such a ring also has."""
    if any(MultiPoint(ring).convex_hull.area < FLAT_DEGREES for polygon in polygons for ring in polygon):
        raise _zero_area(field)


def _check_valid(geometry: BaseGeometry, polygons: list[list[Ring]], field: str) -> None:
    _check_flat(polygons, field)
    if geometry.is_valid:
        return
    reason, _, place = explain_validity(geometry).partition("[")
    if reason.lower().endswith("self-intersection"):
        x, y = (float(number) for number in place.rstrip("]").split())
        first, second = _crossing_sides(Point(x, y), polygons)
        raise Invalid(
            "边界线有交叉，请重新走一圈。交叉点在东经 %(lon).6f、北纬 %(lat).6f（第 %(first)s 段与第 %(second)s 段）。",
            field=field, code="SELF_CROSSING", lon=x, lat=y, first=first, second=second,
        )  # fmt: skip
    raise Invalid(INVALID_SHAPES.get(reason, N_("边界图形不成立，请重新勾绘。")), field=field, code="BAD_SHAPE")


def _crossing_sides(point: Point, polygons: list[list[Ring]]) -> tuple[int, int]:
    """The numbers of the two sides nearest to a crossing, counted from 1 along the ring they belong to."""
    sides = [
        (LineString(ends).distance(point), number)
        for polygon in polygons
        for ring in polygon
        for number, ends in enumerate(zip(ring, ring[1:], strict=False), 1)
    ]
    first, second = sorted(number for _, number in sorted(sides)[:2])
    return first, second


def _areas(geometries: Sequence[BaseGeometry]) -> list[float]:
    """Geodesic areas in m², of each geometry the sum over its polygons, outer rings less holes."""
    plain = shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON
    if plain.all() and not shapely.get_num_interior_rings(geometries).any():
        return _ring_areas(geometries)
    sums = [0.0] * len(geometries)
    parts, owners = shapely.get_parts(geometries, return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, at = shapely.get_rings(parts[polygons], return_index=True)
    outer = np.diff(at, prepend=-1) > 0  # of every polygon the outer ring comes first
    for owner, area, sign in zip(owners[polygons][at], _ring_areas(rings), np.where(outer, 1, -1), strict=True):
        sums[owner] += sign * area
    return sums


def _ring_areas(rings: Sequence[BaseGeometry]) -> list[float]:
    """Geodesic area in m² inside each ring or polygon without holes, whichever way it runs."""
    points, at = shapely.get_coordinates(rings, return_index=True)
    x, y = points.T
    ends = np.bincount(at, minlength=len(rings)).cumsum().tolist()
    return [
        abs(float(GEOD.polygon_area_perimeter(x[begin:end], y[begin:end])[0]))
        for begin, end in zip([0, *ends], ends, strict=False)
    ]


def _canonical_ring(ring: Ring) -> str:
    """The ring's points to six decimals, repeats dropped, from the smallest on, in the smaller direction."""
    written = [f"{x:.{ID_DECIMALS}f},{y:.{ID_DECIMALS}f}" for x, y in ring[:-1]]
    points = [point for n, point in enumerate(written) if point != written[n - 1]] or written[:1]
    turns = []
    for line in (points, points[::-1]):
        smallest = min(line)
        turns += [line[n:] + line[:n] for n, point in enumerate(line) if point == smallest]
    return ";".join(min(turns))
