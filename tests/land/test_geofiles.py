"""Boundaries from map software: what is read, in which words it is refused, and that nothing is repaired."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path

import pytest
import shapefile
from pyproj import CRS, Transformer

from tests.land import geosamples as sample
from tests.land.geosamples import HOLE, RING, XIAN80, geojson, kml, shp, zone
from trace.core.archives import open_archive
from trace.core.errors import Invalid
from trace.core.geometry import parse_polygon
from trace.land.geofiles import READERS, read_features
from trace.land.geofiles.budget import Budget
from trace.land.geofiles.shapefiles import conversion

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = Path(os.environ.get("CONFORMANCE_DIR", ROOT.parent / "shared" / "conformance"))


def refused(filename: str, data: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read_features(filename, data)
    return caught.value


def deep(collections: int) -> bytes:
    inner: str = '{"type":"Point","coordinates":[112.6,26.7]}'
    return ('{"type":"GeometryCollection","geometries":[' * collections + inner + "]}" * collections).encode()


@pytest.mark.parametrize("filename", ["a.geojson", "a.kml", "a.kmz", "a.zip"])
def test_an_area_with_a_hole_comes_through_every_format(filename: str):
    (feature,) = read_features(filename, sample.SAMPLES[filename])
    wanted = parse_polygon({"type": "Polygon", "coordinates": [RING, HOLE]})
    assert parse_polygon(feature.geometry).ring_id == wanted.ring_id
    assert parse_polygon(feature.geometry).area_m2 == wanted.area_m2


def test_a_track_is_closed_into_a_ring():
    (feature,) = read_features("走.GPX", sample.gpx())
    assert feature.geometry == {"type": "Polygon", "coordinates": [RING]}
    assert feature.properties == {"name": "走一圈"}


def test_attributes_come_as_texts():
    assert read_features("a.json", geojson())[0].properties == {"小地名": "后山坡", "亩": "66.4"}
    assert read_features("a.kml", kml())[0].properties == {"name": "后山坡", "承包人": "演示户"}
    assert read_features("a.zip", shp())[0].properties == {"小班号": "后山坡㐂", "面积": "66.4"}


@pytest.mark.parametrize(
    ("encoding", "cpg"), [("gb18030", "GBK"), ("gb18030", None), ("utf-8", "65001"), ("utf-8", None)]
)
def test_shapefile_attributes_in_chinese_encodings(encoding: str, cpg: str | None):
    (feature,) = read_features("a.zip", shp(cpg=cpg, encoding=encoding))
    assert feature.properties["小班号"] == "后山坡㐂"


@pytest.mark.parametrize("encoding", ["gb2312", "GBK", "gb18030"])
def test_kml_in_a_chinese_encoding(encoding: str):
    text = kml(head=f'<?xml version="1.0" encoding="{encoding}"?>').decode()
    assert read_features("a.kml", text.encode("gb18030"))[0].properties["name"] == "后山坡"


@pytest.mark.parametrize(
    ("code", "meridian", "easting"),
    [("EPSG:4545", 108, 500000), ("EPSG:4546", 111, 500000), ("EPSG:4526", 114, 38500000)],
)
def test_gauss_krueger_zones_are_brought_back_to_degrees(code: str, meridian: int, easting: float):
    forward = Transformer.from_crs(CRS("EPSG:4490"), CRS(code), always_xy=True).transform
    metres = [list(forward(x, y)) for x, y in RING]
    if meridian == 108:
        easting, metres = 36500000, [[x + 36000000, y] for x, y in metres]
    (feature,) = read_features("a.zip", shp(zone(sample.CGCS2000, meridian, easting), ring=metres, holes=[]))
    assert parse_polygon(feature.geometry).ring_id == parse_polygon({"type": "Polygon", "coordinates": [RING]}).ring_id


@pytest.mark.parametrize("code", [4326, 4490, 4547, 32649])
def test_official_descriptions_of_our_systems_are_known(code: int):
    prj = CRS.from_epsg(code).to_wkt("WKT1_ESRI").encode()
    assert (conversion(prj, Budget()) is None) == (code in (4326, 4490))


@pytest.mark.parametrize(
    "prj",
    [XIAN80, zone(XIAN80, 114, 38500000), CRS.from_epsg(3857).to_wkt("WKT1_ESRI"), "GEOGCS[", "", "+init=epsg:4326"],
    ids=["xian80", "xian80 zone", "web mercator", "cut", "empty", "not wkt"],
)
def test_other_systems_are_refused(prj: str):
    assert refused("a.zip", shp(prj)).code == "WRONG_CRS"


def test_a_familiar_name_on_another_ellipsoid_is_refused():
    assert refused("a.zip", shp(sample.CGCS2000.replace("298.257222101", "298.3"))).code == "WRONG_CRS"


def test_without_prj_nobody_guesses():
    assert str(refused("a.zip", shp(None))) == "压缩包里缺少 .prj 文件，无法判断坐标系，请补上后再上传。"


@pytest.mark.parametrize(
    ("filename", "data", "code"),
    [
        ("a.geojson", b"", "FILE_EMPTY"),
        ("a.geojson", b" " * (10 * 1024 * 1024 + 1), "FILE_TOO_LARGE"),
        ("a.dwg", b"AC1027", "FILE_UNKNOWN"),
        ("geojson", geojson(), "FILE_UNKNOWN"),
        ("a.kml", sample.kmz(), "FILE_DISGUISED"),
        ("a.zip", geojson(), "FILE_DISGUISED"),
        ("a.kml", sample.gpx(), "NOT_KML"),
        ("a.gpx", kml(), "NOT_GPX"),
        ("a.kml", geojson(), "NOT_XML"),
        ("a.json", b"[1]", "NOT_GEOJSON"),
        ("a.json", b'{"type":"FeatureCollection","features":[]}', "NO_AREAS"),
        ("a.json", geojson({"type": "Point", "coordinates": [112.6, 26.7]}), "NO_AREAS"),
        ("a.json", deep(10), "GEOMETRY_COLLECTION"),
        ("a.json", deep(1000), "TOO_DEEP"),
        ("a.json", geojson(crs={"type": "name", "properties": {"name": "EPSG:3857"}}), "WRONG_CRS"),
        ("a.json", geojson(crs=5), "WRONG_CRS"),
        ("a.kmz", sample.archive({"a.kml": kml(), "b.kml": kml()}), "NOT_KML"),
        ("a.zip", sample.archive({"a.txt": b""}), "SHP_MISSING"),
        ("a.zip", sample.archive({"a.shp": b"", "b.shp": b""}), "SHP_SEVERAL"),
        ("a.zip", sample.archive({"a.shp": b"", "a.prj": sample.WGS84}), "FILE_BROKEN"),
    ],
)  # fmt: skip
def test_refusals_say_why(filename: str, data: bytes, code: str):
    assert refused(filename, data).code == code


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e309", "180.0000001", "-180.1", '"112"', "null", "1" * 400, "[112]"]
)
def test_impossible_longitudes(value: str):
    data = geojson().decode().replace("112.602", value, 1).encode()
    assert refused("a.json", data).code in ("BAD_COORDINATE", "NOT_JSON", "NOT_GEOJSON")


@pytest.mark.parametrize("value", ["NaN", "inf", "1e309", "180.0000001", "1_1", "１１２", "", "0x1", "1" * 400])
def test_impossible_longitudes_in_xml(value: str):
    assert refused("a.kml", kml().replace(b"112.602", value.encode(), 1)).code == "BAD_COORDINATE"
    assert refused("a.gpx", sample.gpx().replace(b"112.602", value.encode(), 1)).code == "BAD_COORDINATE"


def test_a_negative_zero_is_zero():
    ring = [[-0.0, 0.0], [1, 0], [1, 1], [-0.0, 0.0]]
    (feature,) = read_features("a.json", geojson({"type": "Polygon", "coordinates": [ring]}))
    assert str(feature.geometry["coordinates"][0][0][0]) == "0.0"


XXE = {
    "external": '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "laughs": '<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">]>',
    "dtd": '<!DOCTYPE kml SYSTEM "http://127.0.0.1:9/x.dtd">',
    "parameter": '<!DOCTYPE kml [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>',
    "internal": "<!DOCTYPE kml [<!ELEMENT kml ANY>]>",
}


@pytest.mark.parametrize("kind", XXE)
def test_no_entities_and_no_dtd(kind: str):
    data = kml(head=f'<?xml version="1.0"?>{XXE[kind]}').replace("后山坡".encode(), b"&x;")
    assert refused("a.kml", data).code == "XML_ENTITIES"
    assert refused("a.kmz", sample.archive({"doc.kml": data})).code == "XML_ENTITIES"


def test_caps_of_features_points_and_rings():
    many = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": None, "geometry": None}] * 5001}
    assert refused("a.json", json.dumps(many).encode()).code == "TOO_MANY_FEATURES"
    long = [[112.6 + n / 1e6, 26.7] for n in range(10_001)]
    assert refused("a.json", geojson({"type": "Polygon", "coordinates": [long]})).code == "TOO_MANY_POINTS"
    assert refused("a.json", geojson({"type": "Polygon", "coordinates": [RING] * 201})).code == "TOO_MANY_RINGS"
    assert refused("a.json", b'{"a":' + b"[1,2]," * 1_000_000).code == "TOO_MANY_POINTS"
    text = sample.coordinates([[112.6, 26.7]] * 10_001)
    assert refused("a.kml", kml().replace(sample.coordinates(RING).encode(), text.encode())).code == "TOO_MANY_POINTS"


def test_a_shapefile_is_counted_before_it_is_unpacked():
    files = sample.layer(ring=[[112.6 + n / 1e6, 26.7 + n % 2] for n in range(10_001)] + [[112.6, 26.7]], holes=[])
    assert refused("a.zip", sample.archive({**files, "plots.prj": sample.WGS84})).code == "TOO_MANY_POINTS"


def test_a_hole_outside_is_told_and_not_repaired():
    far = [[x + 0.1, y] for x, y in HOLE]
    (feature,) = read_features("a.json", geojson({"type": "Polygon", "coordinates": [RING, far]}))
    assert feature.geometry["coordinates"] == [RING, far]
    with pytest.raises(Invalid, match="空洞超出了外圈"):
        parse_polygon(feature.geometry)


def test_several_parts_and_closed_lines():
    ring = f"<LinearRing><coordinates>{sample.coordinates(RING)}</coordinates></LinearRing>"
    polygon = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    line = f"<LineString><coordinates>{sample.coordinates(RING)}</coordinates></LineString>"
    marks = f"<Placemark><MultiGeometry>{polygon}{polygon}</MultiGeometry></Placemark><Placemark>{line}</Placemark>"
    both = read_features(
        "a.kml", kml(marks + "<Placemark><Point><coordinates>112,26</coordinates></Point></Placemark>")
    )
    assert [feature.geometry["type"] for feature in both] == ["MultiPolygon", "Polygon"]


def test_polygons_with_heights_are_read_flat():
    files = {name: BytesIO() for name in ("shp", "shx", "dbf")}
    with shapefile.Writer(**files, shapeType=shapefile.POLYGONZ) as out:
        out.field("n", "N")
        out.polyz([[[x, y, 90] for x, y in RING[::-1]]])
        out.record(1)
    members = {f"镇/林.{name}": content.getvalue() for name, content in files.items()}
    (feature,) = read_features(
        "a.zip", sample.archive({"__MACOSX/镇/._林.shp": b"x", **members, "镇/林.PRJ": sample.WGS84})
    )
    assert all(len(point) == 2 for point in feature.geometry["coordinates"][0])


def test_every_reader_has_a_sample():
    assert {f".{name.partition('.')[2]}" for name in sample.SAMPLES} == set(READERS) - {".json"}


GOOD_ARCHIVES = sorted((CONFORMANCE / "zip-accept").glob("*.zip"))


@pytest.mark.skipif(not GOOD_ARCHIVES, reason="conformance data is absent: ../shared/conformance/zip-accept")
def test_good_archives_of_others_open():
    assert GOOD_ARCHIVES
    for path in GOOD_ARCHIVES:
        with open_archive(path.read_bytes()) as archive:
            archive.namelist()
