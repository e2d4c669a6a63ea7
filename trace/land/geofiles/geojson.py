"""GeoJSON (RFC 7946): a geometry, a Feature or a FeatureCollection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trace.core.canonical import strict_loads
from trace.core.geometry import SAME_DATUM
from trace.land.geofiles.budget import MAX_BYTES, MAX_POINTS_OF_FILE, Budget, Feature, Ring, area_of, is_closed, texts

MAX_BRACKETS = MAX_POINTS_OF_FILE + 100_000
MAX_COMMAS = 1_500_000


def read_geojson(data: bytes, budget: Budget) -> Iterator[Feature]:
    """Areas of a GeoJSON text; points and open lines are passed over, collections of geometries refused."""
    # Every point has its bracket: counted in the raw text, before it becomes a hundred times as much memory.
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS or data.count(b",") > MAX_COMMAS:
        raise budget.too_many_points()
    root = strict_loads(data, MAX_BYTES, budget.field)
    if not isinstance(root, dict):
        raise _not_geojson(budget)
    _check_datum(root.get("crs"), budget)
    if root.get("type") == "FeatureCollection":
        members = root.get("features")
        if not isinstance(members, list):
            raise _not_geojson(budget)
    else:
        members = [root if root.get("type") == "Feature" else {"type": "Feature", "geometry": root}]
    for member in members:
        budget.begin_feature()
        if not isinstance(member, dict):
            raise _not_geojson(budget)
        geometry = _geometry(member.get("geometry"), budget)
        if geometry is not None:
            yield Feature(texts(member.get("properties")), geometry)


def _geometry(geometry: Any, budget: Budget) -> dict[str, Any] | None:
    if geometry is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        raise budget.refusal(
            "第 %(n)s 个图形是图形集合，请拆成单独的面再上传。", "GEOMETRY_COLLECTION", n=budget.features
        )
    if kind == "Polygon":
        return area_of([_polygon(coordinates, budget)])
    if kind == "MultiPolygon":
        return area_of([_polygon(polygon, budget) for polygon in _items(coordinates, budget)])
    if kind == "LineString":
        line = _ring(coordinates, budget)
        return area_of([[line]]) if is_closed(line) else None
    if kind in ("Point", "MultiPoint", "MultiLineString"):
        return None
    raise _not_geojson(budget)


def _polygon(rings: Any, budget: Budget) -> list[Ring]:
    return [_ring(ring, budget) for ring in _items(rings, budget)]


def _ring(points: Any, budget: Budget) -> Ring:
    budget.take_ring()
    points = _items(points, budget)
    budget.take(len(points))
    ring = []
    for point in points:
        if not isinstance(point, list) or len(point) < 2 or isinstance(point[0], str) or isinstance(point[1], str):
            raise _not_geojson(budget)
        ring.append(budget.point(point[0], point[1]))
    return ring


def _items(value: Any, budget: Budget) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _not_geojson(budget)
    return value


def _check_datum(crs: Any, budget: Budget) -> None:
    """Older GeoJSON names its reference system; ours are WGS-84 and CGCS2000 in degrees."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name", "") if isinstance(properties, dict) else crs
    if not SAME_DATUM.search(str(name)):
        raise budget.refusal("坐标系应为 WGS-84 或 CGCS2000，请转换后再导入。", "WRONG_CRS")


def _not_geojson(budget: Budget) -> Exception:
    return budget.refusal("不是有效的 GeoJSON，请重新导出后再上传。", "NOT_GEOJSON")
