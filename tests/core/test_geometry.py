"""Polygons as they are drawn: every mistake named, area, overlap, stable id."""

import json
import math
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from tests.core.rings import SQUARE, moved, polygon, stars, turned
from trace.core.errors import Invalid
from trace.core.geometry import distance_m, parse_polygon

examples = settings(deadline=None, max_examples=50)
OUTSIDE = "坐标不在衡南县范围内（可能经纬度填反或坐标系不对）。"


def refusal(source):
    """The message and the code a boundary is refused with."""
    with pytest.raises(Invalid) as caught:
        parse_polygon(source)
    assert caught.value.field == "geometry"
    return str(caught.value), caught.value.code


def test_a_square_has_its_geodesic_area():
    boundary = parse_polygon(polygon(SQUARE))
    width, height = distance_m((112.5, 26.7005), (112.501, 26.7005)), distance_m((112.5, 26.7), (112.5, 26.701))
    assert abs(boundary.area_m2 - width * height) < 2
    assert boundary.bbox == (112.5, 26.7, 112.501, 26.701)
    assert len(boundary.ring_id) == 16


def test_a_hole_is_not_area():
    hole = moved(SQUARE, 0.0002, 0.0002, 0.5)
    whole, inner = parse_polygon(polygon(SQUARE)), parse_polygon(polygon(hole))
    assert abs(parse_polygon(polygon(SQUARE, hole)).area_m2 - (whole.area_m2 - inner.area_m2)) <= 1


def test_the_stored_form_is_closed_counter_clockwise_and_stable():
    clockwise = [[x + 0.00000001234, y] for x, y in SQUARE[::-1]]
    boundary = parse_polygon(polygon(clockwise))
    ring = json.loads(boundary.geojson)["coordinates"][0]
    assert ring[0] == ring[-1]
    assert shape(json.loads(boundary.geojson)).exterior.is_ccw
    assert all(round(v, 7) == v for point in ring for v in point)
    assert parse_polygon(boundary.geojson) == boundary


@pytest.mark.parametrize(
    "source",
    [
        json.dumps(polygon(SQUARE)),
        json.dumps(polygon(SQUARE)).encode(),
        {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": polygon(SQUARE)}]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        polygon([[*point, 88.5] for point in SQUARE]),
        {**polygon(SQUARE), "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}},
        polygon([SQUARE[0], SQUARE[0], *SQUARE[1:]]),
    ],
)
def test_the_usual_ways_to_write_one_polygon(source):
    boundary, plain = parse_polygon(source), parse_polygon(polygon(SQUARE))
    assert (boundary.ring_id, boundary.area_m2) == (plain.ring_id, plain.area_m2)


def test_two_parts_keep_their_sum():
    far = moved(SQUARE, 0.01)
    both = parse_polygon({"type": "MultiPolygon", "coordinates": [[SQUARE], [far]]})
    assert abs(both.area_m2 - parse_polygon(polygon(SQUARE)).area_m2 - parse_polygon(polygon(far)).area_m2) <= 1
    assert parse_polygon(both.geojson) == both
    assert parse_polygon({"type": "MultiPolygon", "coordinates": [[far], [SQUARE]]}).ring_id == both.ring_id


NOT_A_POLYGON = "边界应当是面（Polygon），请在图上勾绘或粘贴 GeoJSON。"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("东边到小河", "不是有效的 JSON 内容，请检查是否复制完整。"),
        ("[NaN]", "不是有效的 JSON 内容，请检查是否复制完整。"),
        ('{"type":"GeometryCollection","geometries":[' * 1000, "内容嵌套过深，无法识别。"),
        (" " * 1_000_001, "内容过大，最多 1000 KB。"),
        ({"type": "Point", "coordinates": [112.5, 26.7]}, NOT_A_POLYGON),
        ({"type": "LineString", "coordinates": SQUARE}, NOT_A_POLYGON),
        ({"type": ["Polygon"]}, NOT_A_POLYGON),
        ({"type": "Feature", "geometry": None}, NOT_A_POLYGON),
        ("null", NOT_A_POLYGON),
        ("[]", NOT_A_POLYGON),
        ({"type": "FeatureCollection", "features": []}, "一次只能登记一块地，文件里应当只有一个图形。"),
        ({"type": "FeatureCollection", "features": [{}, {}]}, "一次只能登记一块地，文件里应当只有一个图形。"),
        ({"type": "Polygon"}, "边界没有坐标。"),
        ({"type": "Polygon", "coordinates": []}, "边界没有坐标。"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "边界没有坐标。"),
        ({"type": "Polygon", "coordinates": ["abc"]}, "边界没有坐标。"),
        ({"type": "Polygon", "coordinates": {"a": 1}}, "边界没有坐标。"),
        (polygon(SQUARE[:-1]), "边界线没有闭合，首尾两点应当相同。"),
        (polygon([]), "边界至少要有 3 个不同的点。"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), "边界至少要有 3 个不同的点。"),
        (polygon([SQUARE[0]] * 5), "边界至少要有 3 个不同的点。"),
        (
            {**polygon(SQUARE), "crs": {"properties": {"name": "EPSG:3857"}}},
            "坐标系应为 WGS-84 或 CGCS2000，请转换后再导入。",
        ),
        ({**polygon(SQUARE), "crs": 7}, "坐标系应为 WGS-84 或 CGCS2000，请转换后再导入。"),
        (polygon([[y, x] for x, y in SQUARE]), OUTSIDE),
        (polygon([[x + 5, y] for x, y in SQUARE]), OUTSIDE),
        (polygon([[x * 111_000, y * 111_000] for x, y in SQUARE]), OUTSIDE),
        (polygon([*SQUARE[:2], [180.0000001, 26.7], SQUARE[0]]), OUTSIDE),
        (polygon([*SQUARE[:2], [10**400, 26.7], SQUARE[0]]), OUTSIDE),
    ],
)
def test_each_mistake_has_its_words(source, message):
    assert refusal(source)[0] == message


@pytest.mark.parametrize(
    "bad", [[112.5], [112.5, "26.7"], [112.5, None], [True, 26.7], "12", 5, [math.nan, 26.7], [112.5, math.inf]]
)
def test_coordinates_are_pairs_of_finite_numbers(bad):
    assert refusal(polygon([*SQUARE[:3], bad, SQUARE[0]])) == ("坐标应当是数字对 [经度, 纬度]。", "BAD_COORDINATE")


def test_a_bow_tie_names_where_it_crosses():
    bow_tie = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]
    message, code = refusal(polygon(bow_tie))
    assert code == "SELF_CROSSING"
    assert message == ("边界线有交叉，请重新走一圈。交叉点在东经 112.500500、北纬 26.700500（第 1 段与第 3 段）。")


def test_a_ring_that_touches_itself_is_a_crossing():
    x, y = SQUARE[0]
    eight = [
        [x, y],
        [x + 0.001, y + 0.001],
        [x + 0.002, y],
        [x + 0.002, y + 0.002],
        [x + 0.001, y + 0.001],
        [x, y + 0.002],
    ]
    assert refusal(polygon([*eight, eight[0]]))[1] == "SELF_CROSSING"


def test_a_hole_must_lie_inside():
    message = ("边界里的空洞超出了外圈，请重新勾绘。", "BAD_SHAPE")
    assert refusal(polygon(SQUARE, moved(SQUARE, 0.01, 0, 0.5))) == message


def test_parts_must_not_cover_each_other():
    inner = moved(SQUARE, 0.0002, 0.0002, 0.5)
    assert refusal({"type": "MultiPolygon", "coordinates": [[SQUARE], [inner]]}) == (
        "几个图形互相重叠，请重新勾绘。",
        "BAD_SHAPE",
    )


@pytest.mark.parametrize(
    "ring",
    [
        [[112.5, 26.7], [112.6, 26.7], [112.55, 26.7]],
        [[112.5, 26.7], [112.6, 26.8], [112.55, 26.75], [112.53, 26.73]],
        [[112.5, 26.7], [112.500001, 26.7], [112.5, 26.700001]],
    ],
)
def test_a_line_encloses_nothing(ring):
    assert refusal(polygon([*ring, ring[0]])) == ("边界围成的面积为 0，请重新勾绘。", "AREA_ZERO")


def test_points_are_counted_before_anything_is_built():
    circle = [
        [112.5 + 0.01 * math.cos(n * math.tau / 10_001), 26.7 + 0.01 * math.sin(n * math.tau / 10_001)]
        for n in range(10_001)
    ]
    assert refusal(polygon(circle)) == ("边界点超过 10000 个，请先简化。", "TOO_MANY_POINTS")
    assert refusal({"type": "MultiPolygon", "coordinates": [[SQUARE]] * 2001})[1] == "TOO_MANY_POINTS"
    assert parse_polygon(polygon([*circle[:9_000], circle[0]])).area_m2 > 0


def test_a_scribble_is_refused_at_once():
    dice = random.Random(7)
    scribble = [[dice.uniform(112.4, 112.6), dice.uniform(26.6, 26.8)] for _ in range(500)]
    started = time.perf_counter()
    assert refusal(polygon([*scribble, scribble[0]]))[1] == "SELF_CROSSING"
    assert time.perf_counter() - started < 1


@given(stars(), st.integers(0, 20))
@examples
def test_the_same_ring_started_elsewhere_or_walked_backward_is_the_same_place(ring, by):
    boundary = parse_polygon(polygon(ring))
    for other in (turned(ring, by), ring[::-1], turned(ring[::-1], by)):
        again = parse_polygon(polygon(other))
        assert again.ring_id == boundary.ring_id
        assert again.area_m2 == pytest.approx(boundary.area_m2, abs=1)


@given(stars())
@examples
def test_the_id_survives_storing_and_writing_with_six_decimals(ring):
    boundary = parse_polygon(polygon(ring))
    assert parse_polygon(boundary.geojson) == boundary
    assert parse_polygon(polygon([[round(x, 6), round(y, 6)] for x, y in ring])).ring_id == boundary.ring_id


def test_another_place_has_another_id():
    assert parse_polygon(polygon(SQUARE)).ring_id != parse_polygon(polygon(moved(SQUARE, 0.000002))).ring_id
