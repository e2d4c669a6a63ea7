"""Map files as features: GeoJSON, KML, KMZ, zipped Shapefile, GPX. Coordinates come out as WGS-84 (CGCS2000 counts as the same here).

Nothing is repaired: a ring that crosses itself is reported where it is registered. Limits follow security brief A13–A15.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any
from xml.etree.ElementTree import Element

import shapefile
from defusedxml import DefusedXmlException, ElementTree
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.geometry import mapping, shape

from trace.core.archives import looks_like_archive, open_archive
from trace.core.errors import Invalid

MAX_BYTES = 10 * 1024 * 1024
MAX_FEATURES = 5_000
MAX_POINTS = 10_000
MAX_ALL_POINTS = 200_000
MAX_TEXT = 200
SUFFIXES = (".geojson", ".json", ".kml", ".kmz", ".gpx", ".zip", ".shp")
Geometry = dict[str, Any]


@dataclass(frozen=True)
class Feature:
    """One shape with what the file says about it."""

    properties: dict[str, str]
    geometry: Geometry


class Counter:
    """Counts points while a file is read, so that a million of them never stand in memory as shapes."""

    def __init__(self) -> None:
        """Nothing counted yet."""
        self.all = 0

    def add(self, points: int) -> None:
        """One more ring."""
        self.all += points
        if points > MAX_POINTS or self.all > MAX_ALL_POINTS:
            raise Invalid("图形的点太多，请简化后再上传。", field="file", code="MAP_POINTS")


def is_map_file(file_name: str, data: bytes) -> bool:
    """Is it one of the formats read here, by its name and its beginning?"""
    suffix = PurePath(file_name).suffix.lower()
    return suffix in SUFFIXES and not _is_workbook(data)


def read_features(file_name: str, data: bytes) -> list[Feature]:
    """The polygons of a map file. Raises :class:`Invalid` with what is wrong and what to do."""
    if len(data) > MAX_BYTES:
        raise Invalid("文件超过 10 MB，请分成几份再上传。", field="file", code="FILE_LARGE")
    suffix = PurePath(file_name).suffix.lower()
    counter = Counter()
    try:
        if looks_like_archive(data):
            found = _archive(data, counter)
        elif suffix == ".shp":
            raise Invalid(
                "Shapefile 请把 .shp、.shx、.dbf、.prj 一起压缩成 .zip 再上传。", field="file", code="SHAPE_ALONE"
            )
        elif data.lstrip()[:1] == b"<" or data.startswith(b"\xef\xbb\xbf<"):
            found = _xml(data, counter)
        else:
            found = _geojson(data, counter)
    except (RecursionError, MemoryError, UnicodeDecodeError, OverflowError) as error:
        raise _broken() from error
    if not found:
        raise Invalid("文件里没有面状图形（多边形）。", field="file", code="MAP_EMPTY")
    return found


def _broken() -> Invalid:
    return Invalid("文件已损坏或格式不对，请重新导出后再上传。", field="file", code="FILE_BROKEN")


def _is_workbook(data: bytes) -> bool:
    return looks_like_archive(data) and b"xl/workbook" in data


def _archive(data: bytes, counter: Counter) -> list[Feature]:
    with open_archive(data) as archive:
        names = archive.namelist()
        kml = [name for name in names if name.lower().endswith(".kml")]
        shapes = [name for name in names if name.lower().endswith(".shp")]
        if kml:
            return _xml(archive.read(kml[0]), counter)
        if len(shapes) == 1:
            return _shapefile(archive, shapes[0], counter)
    raise Invalid(
        "压缩包里应有一个 .kml，或一套 Shapefile（.shp、.shx、.dbf、.prj）。", field="file", code="ARCHIVE_CONTENT"
    )


def _geojson(data: bytes, counter: Counter) -> list[Feature]:
    def refuse(name: str) -> Any:
        raise Invalid("坐标里有不是数字的内容（%(name)s）。", field="file", code="MAP_NUMBER", name=name)

    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=refuse)
    except ValueError as error:
        raise _broken() from error
    if not isinstance(found, dict):
        raise _broken()
    features = found.get("features") if found.get("type") == "FeatureCollection" else [found]
    if not isinstance(features, list):
        raise _broken()
    _limit(len(features))
    return [made for item in features if isinstance(item, dict) for made in _feature(item, counter)]


def _feature(item: dict[str, Any], counter: Counter) -> list[Feature]:
    geometry = item.get("geometry") if item.get("type") == "Feature" else item
    properties = item.get("properties") if item.get("type") == "Feature" else {}
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return []
    rings = geometry.get("coordinates")
    polygons = [rings] if geometry["type"] == "Polygon" else rings
    if not isinstance(polygons, list):
        raise _broken()
    clean = [_rings(polygon, counter) for polygon in polygons]
    shaped = (
        {"type": "Polygon", "coordinates": clean[0]}
        if len(clean) == 1
        else {"type": "MultiPolygon", "coordinates": clean}
    )
    return [Feature(_texts(properties), shaped)] if clean and clean[0] else []


def _rings(polygon: Any, counter: Counter) -> list[list[list[float]]]:
    if not isinstance(polygon, list):
        raise _broken()
    return [_ring(ring, counter) for ring in polygon]


def _ring(ring: Any, counter: Counter) -> list[list[float]]:
    if not isinstance(ring, list):
        raise _broken()
    counter.add(len(ring))
    return [_point(point) for point in ring]


def _point(point: Any) -> list[float]:
    try:
        lon, lat = float(point[0]), float(point[1])
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise _broken() from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid(
            "坐标 %(lon)s, %(lat)s 不是经纬度，请检查坐标系。",
            field="file",
            code="MAP_RANGE",
            lon=f"{lon:.6g}",
            lat=f"{lat:.6g}",
        )
    return [lon, lat]


def _xml(data: bytes, counter: Counter) -> list[Feature]:
    try:
        root = ElementTree.fromstring(data, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _broken() from error
    kind = _bare(root)
    if kind == "gpx":
        return _gpx(root, counter)
    if kind == "kml":
        return _kml(root, counter)
    raise Invalid("只认 KML 和 GPX，请重新导出后再上传。", field="file", code="MAP_KIND")


def _kml(root: Element, counter: Counter) -> list[Feature]:
    found = []
    for mark in _all(root, "Placemark"):
        properties = {"name": _text(mark, "name")} | {
            (item.get("name") or ""): (_text(item, "value") or (item.text or "").strip())
            for item in [*_all(mark, "Data"), *_all(mark, "SimpleData")]
        }
        for polygon in _all(mark, "Polygon"):
            rings = [
                _kml_ring(ring, counter)
                for name in ("outerBoundaryIs", "innerBoundaryIs")
                for ring in _all(polygon, name)
            ]
            if rings and rings[0]:
                found.append(Feature(_texts(properties), {"type": "Polygon", "coordinates": rings}))
                _limit(len(found))
    return found


def _kml_ring(boundary: Element, counter: Counter) -> list[list[float]]:
    tuples = _text(boundary, "coordinates").split()
    counter.add(len(tuples))
    return [_point(part.split(",")) for part in tuples]


def _gpx(root: Element, counter: Counter) -> list[Feature]:
    """Each track or route walked round a plot, closed if the walker stopped short."""
    found = []
    for line in [*_all(root, "trkseg"), *_all(root, "rte")]:
        points = [*_all(line, "trkpt"), *_all(line, "rtept")]
        counter.add(len(points))
        ring = [_point([point.get("lon"), point.get("lat")]) for point in points]
        if len(ring) < 3:
            continue
        if ring[0] != ring[-1]:
            ring.append(ring[0])
        found.append(Feature({"name": _text(root, "name")}, {"type": "Polygon", "coordinates": [ring]}))
        _limit(len(found))
    return found


def _shapefile(archive: zipfile.ZipFile, name: str, counter: Counter) -> list[Feature]:
    stem = name[:-4].lower()
    parts = {item.lower(): item for item in archive.namelist()}
    missing = [suffix for suffix in (".shx", ".dbf", ".prj") if stem + suffix not in parts]
    if missing:
        raise Invalid("压缩包里缺少 %(files)s。", field="file", code="SHAPE_PARTS", files="、".join(missing))
    turn = _to_wgs84(archive.read(parts[stem + ".prj"]))
    encoding = _dbf_encoding(archive.read(parts[stem + ".cpg"]) if stem + ".cpg" in parts else b"")
    streams = {suffix: BytesIO(archive.read(parts[f"{stem}.{suffix}"])) for suffix in ("shp", "shx", "dbf")}
    try:
        reader = shapefile.Reader(**streams, encoding=encoding, encodingErrors="replace")
        _limit(len(reader))
        return [made for item in reader.iterShapeRecords() for made in _shape(item, turn, counter)]
    except Invalid:
        raise
    except Exception as error:
        raise _broken() from error


def _shape(item: Any, turn: Any, counter: Counter) -> list[Feature]:
    if item.shape.shapeType not in (shapefile.POLYGON, shapefile.POLYGONZ, shapefile.POLYGONM):
        return []
    counter.add(len(item.shape.points))
    item.shape.points = [turn(point[0], point[1]) for point in item.shape.points]
    geometry = json.loads(json.dumps(mapping(shape(item.shape.__geo_interface__))))
    return _feature({"type": "Feature", "geometry": geometry, "properties": item.record.as_dict()}, counter)


def _to_wgs84(prj: bytes) -> Any:
    """Turns a point of the file's reference system; geographic WGS-84 and CGCS2000 stay as they are."""
    try:
        crs = CRS.from_wkt(prj.decode("utf-8", "replace"))
        known = crs.geodetic_crs.name if crs.geodetic_crs else ""
    except (ProjError, ValueError) as error:
        raise Invalid("看不懂 .prj 里的坐标系，请导出为 CGCS2000 或 WGS-84。", field="file", code="MAP_CRS") from error
    plain = known.upper().replace(" ", "").replace("_", "")
    if not any(
        name in plain for name in ("WGS84", "WGS1984", "CGCS2000", "CHINAGEODETICCOORDINATESYSTEM2000", "CHINA2000")
    ):
        raise Invalid(
            "坐标系是 %(name)s，请转换为 CGCS2000 或 WGS-84 后再上传。", field="file", code="MAP_CRS", name=known[:60]
        )
    if crs.is_geographic:
        return lambda x, y: (x, y)
    transformer = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    return lambda x, y: transformer.transform(x, y)


def _dbf_encoding(cpg: bytes) -> str:
    named = cpg.decode("ascii", "replace").strip().upper().replace("-", "")
    return "utf-8" if named == "UTF8" else "gb18030"


def _texts(properties: Any) -> dict[str, str]:
    if not isinstance(properties, dict):
        return {}
    return {
        str(key)[:MAX_TEXT]: "" if value is None else str(value)[:MAX_TEXT]
        for key, value in list(properties.items())[:100]
        if not isinstance(value, (dict, list))
    }


def _limit(count: int) -> None:
    if count > MAX_FEATURES:
        raise Invalid(
            "文件里的图形超过 %(most)s 个，请分成几份再上传。", field="file", code="MAP_FEATURES", most=MAX_FEATURES
        )


def _bare(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: Element, name: str) -> list[Element]:
    return [item for item in element.iter() if _bare(item) == name]


def _text(element: Element, name: str) -> str:
    found = _all(element, name)
    return (found[0].text or "").strip() if found else ""
