"""Zipped Shapefiles as surveyors hand them over: polygons, attributes in UTF-8 or GB 18030, degrees or Gauss-Krüger metres."""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import shapefile
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from trace.core.archives import open_archive
from trace.core.errors import Invalid
from trace.land.geofiles.budget import MAX_PROPERTIES, Budget, Feature, area_of, texts

POLYGONS = (5, 15, 25)
"""Polygon, PolygonZ, PolygonM."""
MAX_PRJ = 8192
MAX_DBF = 32 * 1024 * 1024
HEADER = 100
SAME_DATUM = re.compile(
    r"WGS[_ ]?(19)?84|World Geodetic System 1984|China[_ ]2000|China[_ ]Geodetic[_ ]Coordinate[_ ]System[_ ]2000|CGCS[_ ]?2000",
    re.IGNORECASE,
)
"""Names of the datums that agree within centimetres."""
OUR_ELLIPSOIDS = ((6378137.0, 298.257223563), (6378137.0, 298.257222101))
"""WGS-84 and CGCS2000: a familiar name on another ellipsoid is a mistake."""
GB = re.compile(r"936|GB(K|2312|18030)", re.IGNORECASE)
UTF8 = re.compile(r"65001|UTF-?8", re.IGNORECASE)

Convert = Callable[[float, float], tuple[float, float]]


def read_shapefile(data: bytes, budget: Budget) -> Iterator[Feature]:
    """Areas of the one layer in the archive, with its attributes, in degrees."""
    with open_archive(data, budget.field) as archive:
        layer = _layer(archive, budget)
    convert = conversion(layer.get(".prj"), budget)
    _count(layer[".shp"], budget)
    yield from _features(layer, convert, budget)


def conversion(prj: bytes | None, budget: Budget) -> Convert | None:
    """How to get degrees from the coordinates of a layer described by a ``.prj``; None when they are degrees already."""
    if prj is None:
        raise budget.refusal("压缩包里缺少 .prj 文件，无法判断坐标系，请补上后再上传。", "PRJ_MISSING")
    try:
        system = CRS.from_wkt(prj[:MAX_PRJ].decode("utf-8-sig"))
        base = system.geodetic_crs
        if base is None or not _is_our_datum(base):
            raise _unknown_system(budget, system.name)
        if system.is_geographic:
            return None
        if "Transverse Mercator" not in getattr(system.coordinate_operation, "method_name", ""):
            raise _unknown_system(budget, system.name)
        # To degrees of the same datum: nothing is shifted, only the projection undone.
        return Transformer.from_crs(system, base, always_xy=True).transform
    except (CRSError, ProjError, ValueError, AttributeError) as error:
        raise _unknown_system(budget, "?") from error


def _is_our_datum(base: CRS) -> bool:
    datum, ellipsoid, meridian = base.datum, base.ellipsoid, base.prime_meridian
    if datum is None or ellipsoid is None or meridian is None or meridian.longitude != 0:
        return False
    known = any(
        abs(ellipsoid.semi_major_metre - axis) < 0.01 and abs(ellipsoid.inverse_flattening - flattening) < 1e-5
        for axis, flattening in OUR_ELLIPSOIDS
    )
    return known and bool(SAME_DATUM.search(datum.name) or SAME_DATUM.search(base.name))


def _unknown_system(budget: Budget, name: str) -> Invalid:
    return budget.refusal("坐标系 %(name)s 无法识别，请转为 CGCS2000 或 WGS-84 后再导出。", "WRONG_CRS", name=name[:60])


def _layer(archive: zipfile.ZipFile, budget: Budget) -> dict[str, bytes]:
    """The files of the only layer by extension; folders and macOS leftovers are passed over."""
    paths = {name: PurePosixPath(name) for name in archive.namelist() if not name.endswith("/")}
    shapes = [path for path in paths.values() if path.suffix.lower() == ".shp" and not path.name.startswith("._")]
    if not shapes:
        raise budget.refusal("压缩包里没有 .shp 文件。", "SHP_MISSING")
    if len(shapes) > 1:
        raise budget.refusal("压缩包里有 %(n)s 个图层，请每个图层单独打包上传。", "SHP_SEVERAL", n=len(shapes))
    stem = _stem(shapes[0])
    return {path.suffix.lower(): archive.read(name) for name, path in paths.items() if _stem(path) == stem}


def _stem(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(path.name[: -len(path.suffix)]) if path.suffix else path


def _count(shp: bytes, budget: Budget) -> None:
    """Walk over the record headers and count features, rings and points before anything is unpacked."""
    offset, counted = HEADER, Budget(budget.field)
    if len(shp) < HEADER or shp[:4] != b"\x00\x00\x27\x0a":
        raise budget.damaged()
    while offset + 12 <= len(shp):
        (words,) = struct.unpack_from(">i", shp, offset + 4)
        (kind,) = struct.unpack_from("<i", shp, offset + 8)
        counted.begin_feature()
        if kind in POLYGONS:
            if words < 24 or offset + 52 > len(shp):
                raise budget.damaged()
            rings, points = struct.unpack_from("<2i", shp, offset + 44)
            if rings < 1 or points < 1 or 4 * rings + 16 * points + 44 > 2 * words:
                raise budget.damaged()
            for _ in range(min(rings, 1000)):
                counted.take_ring()
            counted.take(points)
        if words < 2:
            raise budget.damaged()
        offset += 8 + 2 * words


def _features(layer: dict[str, bytes], convert: Convert | None, budget: Budget) -> Iterator[Feature]:
    dbf = layer.get(".dbf")
    if dbf is not None and len(dbf) > MAX_DBF:
        raise budget.refusal("属性表过大，请只保留需要的列。", "DBF_TOO_LARGE")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = shapefile.Reader(
                shp=BytesIO(layer[".shp"]),
                dbf=BytesIO(dbf) if dbf else None,
                encoding=_encoding(layer.get(".cpg"), dbf),
                encodingErrors="replace",
            )
            if dbf and len(reader.fields) > MAX_PROPERTIES + 1:
                raise budget.refusal("属性表过大，请只保留需要的列。", "DBF_TOO_LARGE")
            yield from _areas(reader, bool(dbf), convert, budget)
    except Invalid:
        raise
    except Exception as error:  # pyshp raises whatever a damaged table leads it to
        raise budget.damaged() from error


def _areas(reader: Any, described: bool, convert: Convert | None, budget: Budget) -> Iterator[Feature]:
    records = reader.iterRecords() if described else None
    for found in reader.iterShapes():
        budget.begin_feature()
        properties = next(records, None) if records is not None else None
        if found.shapeType not in POLYGONS:
            continue
        outline = found.__geo_interface__
        polygons = [outline["coordinates"]] if outline["type"] == "Polygon" else outline["coordinates"]
        rings = [[_ring(ring, convert, budget) for ring in polygon] for polygon in polygons]
        yield Feature(texts(properties.as_dict() if properties is not None else None), area_of(rings))


def _ring(points: Any, convert: Convert | None, budget: Budget) -> list[list[float]]:
    budget.take_ring()
    budget.take(len(points))
    if convert is None:
        return [budget.point(point[0], point[1]) for point in points]
    # Rounded to a tenth of a millimetre, the noise of the projection.
    return [budget.point(*(round(value, 9) for value in convert(point[0], point[1]))) for point in points]


def _encoding(cpg: bytes | None, dbf: bytes | None) -> str:
    """What the ``.cpg`` says; without a word about it UTF-8 when the whole table is, else GB 18030 as Chinese software writes."""
    said = (cpg or b"")[:40].decode("ascii", "ignore")
    if GB.search(said):
        return "gb18030"
    if UTF8.search(said):
        return "utf-8"
    try:
        (dbf or b"").decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
