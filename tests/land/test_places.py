"""Is it where it is said to be: datum, township, blocks. And what does not depend on how a ring is written."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box, shape

from tests.core.rings import polygon, stars, turned
from tests.factories import county as make
from trace.core.errors import Forbidden, Invalid
from trace.core.gcj02 import wgs84_to_gcj02
from trace.core.geometry import gap_m, overlap_m2, parse_polygon
from trace.land import assess, datum, outlines, queries, services
from trace.land.assess import Source
from trace.land.blocks import Piece, contiguous_blocks
from trace.land.dossier import TownshipOutline
from trace.registry.models import SiteSetting

few = settings(max_examples=40)


@pytest.fixture
def coop(home):
    return home.actor("coop")


def as_gcj02(geometry: str) -> str:
    ring = json.loads(geometry)["coordinates"][0]
    return json.dumps({"type": "Polygon", "coordinates": [[list(wgs84_to_gcj02(tuple(point))) for point in ring]]})


def judged(home, geometry: str, **more):
    return assess.assess(Source(geometry, **more), township=home.village.township, on=date(2026, 1, 1))


def cautions(found) -> set[str]:
    return {item.code for item in found.cautions}


def test_declared_gcj02_is_converted(home, coop):
    plain = make.plot(coop, home)
    shifted = make.square(112.61, 26.7)
    other = make.plot(coop, home, geometry=as_gcj02(shifted), source_crs="gcj02")
    row = queries.boundaries(other)[0]
    assert row.source_crs == "gcj02"
    assert row.ring_id == parse_polygon(shifted).ring_id
    assert queries.boundaries(plain)[0].source_crs == "wgs84"


@few
@given(stars())
def test_converted_coordinates_lie_within_centimetres(ring):
    real = parse_polygon(polygon(ring))
    back = parse_polygon(polygon([list(wgs84_to_gcj02(tuple(point))) for point in ring]), crs="gcj02")
    assert overlap_m2(real, back) >= real.area_m2 * 0.999 - 2


def test_undeclared_gcj02_is_suspected_by_the_old_boundary(home, coop):
    plot = make.plot(coop, home)
    found = assess.assess(Source(as_gcj02(make.square())), plot=plot)
    assert cautions(found) == {"GCJ02_SUSPECTED"}
    assert cautions(assess.assess(Source(as_gcj02(make.square()), crs="gcj02"), plot=plot)) == set()
    assert cautions(assess.assess(Source(make.square(side=0.0018)), plot=plot)) == set()


def test_undeclared_gcj02_is_suspected_by_the_neighbours(home, coop):
    make.plot(coop, home)
    beside = make.square(112.602, 26.7)
    assert cautions(judged(home, as_gcj02(beside))) == {"GCJ02_SUSPECTED"}
    assert cautions(judged(home, beside)) == set()
    assert cautions(judged(home, make.square(112.65, 26.75))) == set()


@few
@given(stars(), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))
def test_right_boundaries_are_not_suspected(ring, east, north):
    """Wherever a neighbour lies: a boundary that touches it as given is never said to be shifted."""
    own = shape(polygon(ring))
    beside = box(own.bounds[2], own.bounds[1], own.bounds[2] + 0.002, own.bounds[3])
    other = box(*(value + shift for value, shift in zip(own.bounds, (east, north, east, north), strict=True)))
    assert not datum.suspects_gcj02(own, [own, beside, other])


def test_swapped_coordinates_are_named(home, coop):
    with pytest.raises(Invalid) as caught:
        make.plot(coop, home, geometry=make.square(26.7, 112.6))
    assert [item.code for item in caught.value.errors] == ["OUTSIDE_COUNTY", "LON_LAT_SWAPPED"]


def test_mistakes_of_shape_and_place_are_listed_together():
    bow = {
        "type": "Polygon",
        "coordinates": [[[113.5, 26.7], [113.502, 26.702], [113.502, 26.7], [113.5, 26.702], [113.5, 26.7]]],
    }
    with pytest.raises(Invalid) as caught:
        parse_polygon(bow)
    assert [item.code for item in caught.value.errors] == ["OUTSIDE_COUNTY", "SELF_CROSSING"]


def test_geometry_and_fields_are_listed_together(client, token, home):
    body = {"village": home.village.code, "operator": home.coop.code, "land_class": "moon", "declared_mu": "10",
            "planted_on": "2099-01-01", "geometry": json.loads(make.square())}  # fmt: skip
    answer = client.post("/api/v1/plots", json=body, headers=token("coop"))
    assert answer.status_code == 422
    found = {(item["field"], item["code"]) for item in answer.json["errors"]}
    assert found == {("land_class", "INVALID"), ("declared_mu", "PLOT_AREA_MISMATCH"), ("planted_on", "DATE_FUTURE")}


def test_a_walk_says_how_exact_it_was(home, coop):
    plot = make.plot(coop, home, source="walked", accuracy_m=15)
    assert queries.boundaries(plot)[0].is_evidence
    services.redraw_boundary(
        coop, plot.code, make.square(side=0.0018), "重新绕测", date(2024, 5, 1), source="walked", accuracy_m=16
    )
    newest = queries.boundaries(plot)[0]
    assert (newest.source, newest.accuracy_m, newest.is_evidence) == ("walked", 16, False)
    assert [item["code"] for item in newest.cautions] == ["ACCURACY_LOW"]


def test_far_from_the_township_is_a_warning(home, coop):
    for n in range(3):
        assert judged(home, make.square(112.75, 26.9)).township_check == "none"
        make.plot(coop, home, geometry=make.square(112.6 + n * 0.01))
    far = judged(home, make.square(112.75, 26.7))
    assert (far.township_check, cautions(far)) == ("neighbours", {"TOWNSHIP_FAR"})
    assert "13.9 公里" in str(far.cautions[0].message), "0.140° of longitude, the plots' middle to the square's"
    assert cautions(judged(home, make.square(112.70, 26.7))) == set()
    SiteSetting.create(key="land.township_far_m", value=5000)
    assert cautions(judged(home, make.square(112.70, 26.7))) == {"TOWNSHIP_FAR"}
    kept = make.plot(coop, home, geometry=make.square(112.75, 26.7))
    assert queries.boundaries(kept)[0].cautions[0]["code"] == "TOWNSHIP_FAR"


def outline(code: str, geometry: str) -> dict[str, object]:
    return {"type": "Feature", "properties": {"code": code}, "geometry": json.loads(geometry)}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def test_with_an_outline_the_check_is_strict(home, coop):
    bureau = home.actor("bureau")
    source = collection(outline(make.HOME, make.square(112.59, 26.69, 0.05)))
    outlines.import_outlines(bureau, source, origin="县自然资源局 2025 年成果", valid_from=date(2025, 1, 1))
    inside = judged(home, make.square())
    assert (inside.township_check, inside.errors) == ("outline", [])
    (error,) = judged(home, make.square(112.639, 26.7)).errors
    assert (error.code, str(error.message)) == (
        "OUTSIDE_TOWNSHIP",
        "地块有 50.0% 在松江镇界线以外，请核对所在村或边界。",
    )
    with pytest.raises(Invalid, match="界线以外"):
        make.plot(coop, home, geometry=make.square(112.7), planted_on=date(2025, 3, 1))
    assert make.plot(coop, home, geometry=make.square(112.7)).area_m2, "planted before the outline was in force"


def test_outlines_come_whole_or_not_at_all(home, coop):
    bureau, good = home.actor("bureau"), outline(make.HOME, make.square(112.59, 26.69, 0.05))
    with pytest.raises(Invalid) as caught:
        outlines.import_outlines(
            bureau, collection(good, outline("430422999", make.square()), outline(make.AWAY, make.square(10))),
            origin="县局", valid_from=date(2025, 1, 1),
        )  # fmt: skip
    assert [str(item.message)[:8] for item in caught.value.errors] == ["第 2 个图形：", "第 3 个图形："]
    for source, origin in (("{}", "县局"), (collection(good, good), "县局"), (collection(good), " ")):
        with pytest.raises(Invalid):
            outlines.import_outlines(bureau, source, origin=origin, valid_from=date(2025, 1, 1))
    with pytest.raises(Forbidden):
        outlines.import_outlines(coop, collection(good), origin="自己画的", valid_from=date(2025, 1, 1))
    assert not TownshipOutline.select().exists()


def piece(code: str, west: float, south: float = 26.7) -> Piece:
    return Piece(code, 100, box(west, south, west + 0.001, south + 0.001))


def test_blocks_join_through_others():
    """Gaps of 0.0002° of longitude are 19.9 m here."""
    row = [piece("a", 112.6), piece("b", 112.6012), piece("c", 112.6024), piece("far", 112.7)]
    assert [(b.codes, b.area_m2) for b in contiguous_blocks(row, 20)] == [(("a", "b", "c"), 300), (("far",), 100)]
    assert [b.codes for b in contiguous_blocks(row, 19.8)] == [("a",), ("b",), ("c",), ("far",)]
    assert contiguous_blocks([], 20) == []


@few
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12, unique=True),
    st.integers(1, 400),
)
def test_blocks_are_a_partition_by_the_gap(places, gap):
    pieces = [piece(str(n), 112.6 + x * 0.0017, 26.7 + y * 0.0015) for n, (x, y) in enumerate(places)]
    blocks = contiguous_blocks(pieces, gap)
    assert sorted(code for block in blocks for code in block.codes) == sorted(piece.code for piece in pieces)
    home = {code: n for n, block in enumerate(blocks) for code in block.codes}
    for one in pieces:
        for other in pieces:
            near = gap_m(one.geometry, other.geometry)
            if near < gap - 0.05:
                assert home[one.code] == home[other.code]
            elif home[one.code] == home[other.code] and one is not other:
                assert len(blocks[home[one.code]].codes) > 2 or near <= gap + 0.05


def test_the_page_of_blocks(sign_in, home, coop):
    near = [make.plot(coop, home, geometry=make.square(112.6 + n * 0.0021)) for n in range(2)]
    alone = make.plot(home.actor("coop2"), home, geometry=make.square(112.8))
    page = sign_in("bureau").get(f"/plots/blocks?township={make.HOME}&gap=20").text
    assert "归为 1 片" in page and all(plot.code[-9:] in page for plot in near)
    own = sign_in("coop").get("/plots/blocks?gap=1").text
    assert "归为 2 片" in own and alone.code not in own
    assert "请选择乡镇" in sign_in("bureau").get("/plots/blocks").text


@few
@given(stars(), st.integers(0, 11), st.booleans())
def test_the_way_a_ring_is_written_changes_nothing(ring, by, backwards):
    """Started elsewhere, run backwards, written with six decimals or seven: same id; the area moves by rounding only."""
    other = turned(ring, by)[:: -1 if backwards else 1]
    one, two = parse_polygon(polygon(ring)), parse_polygon(polygon(other))
    assert (one.ring_id, one.area_m2) == (two.ring_id, two.area_m2)
    rounded = parse_polygon(polygon([[round(x, 6), round(y, 6)] for x, y in other]))
    assert rounded.ring_id == one.ring_id
    assert parse_polygon(one.geojson).ring_id == one.ring_id


@few
@given(stars(), stars())
def test_sharing_ground_is_mutual(one, other):
    first, second = parse_polygon(polygon(one)), parse_polygon(polygon(other))
    assert overlap_m2(first, second) == overlap_m2(second, first) <= min(first.area_m2, second.area_m2) + 1
    assert abs(overlap_m2(first, parse_polygon(polygon(turned(one, 1)[::-1]))) - first.area_m2) <= 1
