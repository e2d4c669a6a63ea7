"""Files with one plot each, as map software writes them, and the means to spoil them."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import shapefile

RING = [[112.6, 26.7], [112.602, 26.7], [112.602, 26.702], [112.6, 26.702], [112.6, 26.7]]
HOLE = [[112.6005, 26.7005], [112.601, 26.7005], [112.601, 26.701], [112.6005, 26.701], [112.6005, 26.7005]]

CGCS2000 = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)
XIAN80 = (
    'GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)


def zone(base: str, meridian: int, easting: float) -> str:
    """A Gauss-Krüger system on a datum, as Esri software writes it."""
    parameters = {
        "False_Easting": easting, "False_Northing": 0.0, "Central_Meridian": meridian, "Scale_Factor": 1.0, "Latitude_Of_Origin": 0.0,
    }  # fmt: skip
    listed = ",".join(f'PARAMETER["{name}",{value}]' for name, value in parameters.items())
    return f'PROJCS["zone",{base},PROJECTION["Gauss_Kruger"],{listed},UNIT["Meter",1.0]]'


def geojson(geometry: object = None, properties: object = None, **more: object) -> bytes:
    """A FeatureCollection of one."""
    shape = geometry or {"type": "Polygon", "coordinates": [RING, HOLE]}
    feature = {"type": "Feature", "properties": properties or {"小地名": "后山坡", "亩": 66.4}, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", "features": [feature], **more}, ensure_ascii=False).encode()


def coordinates(ring: list[list[float]]) -> str:
    """A ring as KML writes it."""
    return " ".join(f"{x},{y},0" for x, y in ring)


def kml(inner: str = "", head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    """A KML document with one Placemark."""
    body = inner or (
        "<Placemark><name>后山坡</name><ExtendedData><Data name='承包人'><value>演示户</value></Data></ExtendedData><Polygon>"
        f"<outerBoundaryIs><LinearRing><coordinates>{coordinates(RING)}</coordinates></LinearRing></outerBoundaryIs>"
        f"<innerBoundaryIs><LinearRing><coordinates>{coordinates(HOLE)}</coordinates></LinearRing></innerBoundaryIs>"
        "</Polygon></Placemark>"
    )
    return (
        f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{body}</Folder></Document></kml>'.encode()
    )


def gpx() -> bytes:
    """A track around the plot, not closed, in two segments."""
    points = [f'<trkpt lat="{y}" lon="{x}"><ele>90</ele></trkpt>' for x, y in RING[:-1]]
    segments = f"<trkseg>{''.join(points[:2])}</trkseg><trkseg>{''.join(points[2:])}</trkseg>"
    head = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    return f"{head}<trk><name>走一圈</name>{segments}</trk></gpx>".encode()


def zipped(**members: bytes | str) -> bytes:
    """An archive; the names are ``name__ext``."""
    return archive({name.replace("__", "."): content for name, content in members.items()})


def archive(members: dict[str, bytes | str]) -> bytes:
    """An archive with these members."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


def kmz() -> bytes:
    """A KMZ with a picture beside the document."""
    return archive({"doc.kml": kml(), "files/icon.png": b"\x89PNG"})


def layer(
    ring: list[list[float]] | None = None, *, holes: list[list[list[float]]] | None = None, encoding: str = "utf-8"
) -> dict[str, bytes]:
    """The files of a layer with one polygon, without ``.prj`` and ``.cpg``."""
    files = {name: BytesIO() for name in ("shp", "shx", "dbf")}
    with shapefile.Writer(**files, shapeType=shapefile.POLYGON, encoding=encoding) as out:
        out.field("小班号", "C", size=40)
        out.field("面积", "N", size=12, decimal=2)
        out.poly([(ring or RING)[::-1], *(holes if holes is not None else [HOLE])])
        out.record("后山坡㐂", 66.4)
    return {f"plots.{name}": content.getvalue() for name, content in files.items()}


def shp(prj: str | None = CGCS2000, cpg: str | None = "UTF-8", **options: object) -> bytes:
    """A zipped Shapefile."""
    members: dict[str, bytes | str] = dict(layer(**options))  # type: ignore[arg-type]
    if prj is not None:
        members["plots.prj"] = prj
    if cpg is not None:
        members["plots.cpg"] = cpg
    return archive(members)


SAMPLES = {
    "a.geojson": geojson(),
    "a.kml": kml(),
    "a.kmz": kmz(),
    "a.gpx": gpx(),
    "a.zip": shp(),
}
