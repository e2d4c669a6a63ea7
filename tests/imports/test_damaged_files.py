"""A thousand damaged tables and a thousand damaged maps: a clear error or a result, never anything else; memory and disk stay as they were."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
import shapefile

from tests.imports.conftest import text, workbook
from trace.core.errors import Invalid
from trace.imports.check import read_rows
from trace.imports.kinds import Column
from trace.imports.sheets import read_table
from trace.land.geofiles import Feature, read_features

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [Column("name", ("姓名",), required=True), Column("village", ("村",)), Column("area", ("面积",))]
ROWS = [("姓名", "村", "面积"), *((f"户{n}", "凉市村", f"{n}.5") for n in range(40))]
RING = [[112.6, 26.6], [112.602, 26.6], [112.602, 26.602], [112.6, 26.6]]
KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>后山</name><ExtendedData>'
    '<Data name="村"><value>凉市村</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>'
    + " ".join(f"{x},{y},0" for x, y in RING)
    + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
)
GPX = (
    '<?xml version="1.0"?><gpx><trk><name>走一圈</name><trkseg>'
    + "".join(f'<trkpt lon="{x}" lat="{y}"/>' for x, y in RING)
    + "</trkseg></trk></gpx>"
)
CGCS2000 = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def packed(**members: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


def shapes(prj: str = CGCS2000, ring: list[list[float]] | None = None) -> bytes:
    parts = {name: BytesIO() for name in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, encoding="gb18030") as writer:
        writer.field("村", "C", 40)
        writer.poly([[tuple(point) for point in (ring or RING)[::-1]]])
        writer.record("凉市村")
    return packed(**{f"plots__{name}": stream.getvalue() for name, stream in parts.items()}, plots__prj=prj.encode())


GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"村": "凉市村"}, "geometry": {"type": "Polygon", "coordinates": [RING]}}
        ],
    }
).encode()
TABLES = {
    "a.xlsx": workbook(*ROWS),
    "b.csv": text(*ROWS),
    "c.csv": text(*ROWS, encoding="gb18030"),
    "d.csv": text(*ROWS, encoding="utf-16"),
}
MAPS = {
    "a.geojson": GEOJSON,
    "b.kml": KML.encode(),
    "c.kmz": packed(doc__kml=KML.encode()),
    "d.gpx": GPX.encode(),
    "e.zip": shapes(),
}
NASTY = (
    b"\x00",
    b"<!DOCTYPE x>",
    b"<!ENTITY a 'b'>&a;",
    b"NaN",
    b"1e309",
    b'"',
    b"=cmd|'/c calc'!A1",
    b"../../x",
    b"\xff" * 8,
    b"9" * 40,
    b"[" * 50,
)


def damaged(data: bytes, seed: int) -> bytes:
    """One of: bytes turned, cut off, a piece doubled, a piece lost, something nasty in the middle."""
    rng = Random(seed)
    body, way = bytearray(data), rng.randrange(5)
    at = rng.randrange(len(body))
    if way == 0:
        for _ in range(rng.randrange(1, 12)):
            body[rng.randrange(len(body))] = rng.randrange(256)
    elif way == 1:
        del body[at:]
    elif way == 2:
        body[at:at] = body[at : at + rng.randrange(400)]
    elif way == 3:
        del body[at : at + rng.randrange(1, 200)]
    else:
        body[at:at] = rng.choice(NASTY)
    return bytes(body)


def test_the_undamaged_ones_are_read():
    for data in TABLES.values():
        assert len(read_rows(read_table(data), COLUMNS).rows) == 40
    for name, data in MAPS.items():
        (feature,) = read_features(name, data)
        assert feature.geometry["coordinates"][0][0] == pytest.approx([112.6, 26.6]), name
        assert name == "d.gpx" or "凉市村" in feature.properties.values(), name


@pytest.mark.parametrize("name", [name for name in TABLES if name != "a.xlsx"])
def test_damaged_text_tables(name):
    for seed in range(250):
        try:
            found = read_rows(read_table(damaged(TABLES[name], seed)), COLUMNS)
        except Invalid as error:
            assert str(error.errors[0].message)
        else:
            assert all(isinstance(value, str) for row in found.rows for value in row.values.values())


def test_damaged_workbooks():
    """Most die at the container's door; the rest in a child process. Inner parts are damaged too, in honest containers."""
    for seed in range(200):
        refuse_or_read(damaged(TABLES["a.xlsx"], seed))
    with zipfile.ZipFile(BytesIO(TABLES["a.xlsx"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(members)
    for seed in range(50):
        victim = names[seed % len(names)]
        refuse_or_read(packed(**{**members, victim: damaged(members[victim], seed)}))


def refuse_or_read(data: bytes) -> None:
    try:
        read_rows(read_table(data), COLUMNS)
    except Invalid as error:
        assert str(error.errors[0].message)


@pytest.mark.parametrize("name", MAPS)
def test_damaged_maps(name):
    for seed in range(200):
        try:
            found = read_features(name, damaged(MAPS[name], seed))
        except Invalid as error:
            assert str(error.errors[0].message)
        else:
            assert all(isinstance(item, Feature) for item in found)


def sheet_with(cell: str) -> bytes:
    with zipfile.ZipFile(BytesIO(TABLES["a.xlsx"])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    place = "xl/worksheets/sheet1.xml"
    members[place] = members[place].replace(b"</sheetData>", cell.encode() + b"</sheetData>")
    return packed(**members)


HOSTILE = {
    "far cell": sheet_with('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "far cell in disguise": sheet_with('<row r="1048576"><c r="&#88;FD1048576"><v>1</v></c></row>'),
    "far cell between apostrophes": sheet_with("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
    "bomb": packed(xl__workbook=b"", **{"xl/workbook.xml": b"\0" * (70 << 20)}),
    "entities": packed(**{"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "path": packed(**{"xl/workbook.xml": b"<a/>", "../../etc/cron.d/x": b"x"}),
    "a million columns": ("姓名," * 1_000_000).encode(),
    "a million rows": b"a,b\n" * 1_000_000,
    "one endless cell": b"a" * 9_000_000,
}
HOSTILE_MAPS = {
    "a million points.geojson": json.dumps({"type": "Polygon", "coordinates": [[[112.6, 26.6]] * 600_000]}).encode(),
    "nested.geojson": b'{"type":"GeometryCollection","geometries":[' * 20_000,
    "deep.geojson": b"[" * 200_000,
    "nan.geojson": GEOJSON.replace(b"112.602", b"NaN"),
    "infinite.geojson": GEOJSON.replace(b"112.602", b"1e309"),
    "beyond.geojson": GEOJSON.replace(b"112.602", b"180.0000001"),
    "laughs.kml": b'<!DOCTYPE k [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><kml>&b;</kml>',
    "outside.kml": b'<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml><name>&a;</name></kml>',
    "bomb.kmz": packed(doc__kml=b"\0" * (70 << 20)),
    "lonely.shp": b"\x00\x00\x27\x0a",
    "nothing.zip": packed(readme__txt=b"x"),
    "unknown crs.zip": shapes('GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'),
    "no crs.zip": shapes(""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables_are_refused(name):
    with pytest.raises(Invalid):
        read_rows(read_table(HOSTILE[name]), COLUMNS)


@pytest.mark.parametrize("name", HOSTILE_MAPS)
def test_hostile_maps_are_refused(name):
    with pytest.raises(Invalid):
        read_features(name, HOSTILE_MAPS[name])


def test_a_projected_shapefile_comes_out_in_degrees():
    projected = (
        'PROJCS["CGCS2000_3_Degree_GK_CM_111E",'
        + CGCS2000
        + ',PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],'
        'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    ring = [[659_000.0, 2_943_000.0], [659_200.0, 2_943_000.0], [659_200.0, 2_943_200.0], [659_000.0, 2_943_000.0]]
    (feature,) = read_features("gk.zip", shapes(projected, ring))
    lon, lat = feature.geometry["coordinates"][0][0]
    assert 112.5 < lon < 112.7 and 26.5 < lat < 26.7


def test_memory_stays_bounded():
    """The worst of them in one process that may not take more than 600 MB of address space beyond its start."""
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.imports import test_damaged_files as t\n"
        "from trace.core.errors import Invalid\n"
        "worst = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for read, files in ((lambda n, d: t.read_table(d), t.HOSTILE), (t.read_features, t.HOSTILE_MAPS)):\n"
        "    for name, data in files.items():\n"
        "        try: read(name, data)\n"
        "        except Invalid: pass\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - worst) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 600


def test_nothing_is_written_outside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for data in HOSTILE.values():
        refuse_or_read(data)
    for name, data in HOSTILE_MAPS.items():
        with pytest.raises(Invalid):
            read_features(name, data)
    assert list(tmp_path.rglob("*")) == []
