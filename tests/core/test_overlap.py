"""How two polygons lie to each other, and how a declared area compares with a walked one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape
from shapely.geometry.polygon import orient

from tests.core.rings import SQUARE, moved, polygon, stars
from trace.core import geometry
from trace.core.geometry import check_declared_area, distance_m, gap_m, overlap_m2, overlaps_m2, parse_polygon

examples = settings(deadline=None, max_examples=50)


@given(stars(), stars())
@examples
def test_overlap_is_symmetric_and_never_more_than_either(one, other):
    first, second = parse_polygon(polygon(one)), parse_polygon(polygon(other))
    near = parse_polygon(polygon([[x + one[0][0] - other[0][0], y + one[0][1] - other[0][1]] for x, y in other]))
    for a, b in ((first, second), (first, near)):
        common = overlap_m2(a, b)
        assert common == overlap_m2(b, a)
        assert 0 <= common <= min(a.area_m2, b.area_m2) + 1


@given(stars())
@examples
def test_a_plot_overlaps_itself_in_full(ring):
    boundary = parse_polygon(polygon(ring))
    assert overlap_m2(boundary, boundary) == boundary.area_m2


def measured_plainly(one, other):
    """The same measure without shortcuts: pair by pair, through the geodesic library's own walk over a polygon."""
    first, second = sorted((one.geometry, other.geometry), key=lambda shape: shape.wkb)
    common = first.intersection(second)
    parts = [part for part in getattr(common, "geoms", [common]) if part.geom_type == "Polygon"]
    return round(sum(abs(geometry.GEOD.geometry_area_perimeter(orient(part))[0]) for part in parts))


@given(
    stars(), st.lists(st.tuples(stars(), st.floats(-0.004, 0.004), st.floats(-0.004, 0.004), st.booleans()), max_size=8)
)
@examples
def test_many_at_once_measure_what_each_alone_does(ring, others):
    """Stars, some with a hole and a second part, so that the common ground has holes and parts too."""
    one, (x0, y0) = parse_polygon(polygon(ring)), ring[0]
    shapes = []
    for other, east, north, pierced in others:
        star = moved(other, x0 - other[0][0] + east, y0 - other[0][1] + north)
        body = polygon(star)
        if pierced:
            middle = [sum(point[n] for point in star[:-1]) / (len(star) - 1) for n in (0, 1)]
            hole = moved(SQUARE, middle[0] - SQUARE[0][0], middle[1] - SQUARE[0][1], 0.05)
            far = moved(SQUARE, x0 - SQUARE[0][0] + 0.0065, y0 - SQUARE[0][1] + 0.0065)
            if shape(polygon(star)).contains(shape(polygon(hole))) and not shape(body).intersects(shape(polygon(far))):
                body = {"type": "MultiPolygon", "coordinates": [[star, hole], [far]]}
        shapes.append(parse_polygon(body))
    together = overlaps_m2(one.geometry, [item.geometry for item in shapes])
    assert together == [measured_plainly(one, item) for item in shapes] == [overlap_m2(one, item) for item in shapes]


def test_common_ground_with_a_hole_and_in_two_parts():
    comb = {"type": "MultiPolygon", "coordinates": [
        [moved(SQUARE, 0, 0, 3), moved(SQUARE, 0.0005, 0.0005, 0.5)],
        [moved(SQUARE, 0.005, 0, 2)],
    ]}  # fmt: skip
    both, bar = parse_polygon(comb), parse_polygon(polygon(moved(SQUARE, -0.001, -0.001, 8)))
    assert abs(overlap_m2(both, bar) - both.area_m2) <= 1
    assert overlap_m2(both, bar) == measured_plainly(both, bar)
    assert overlaps_m2(bar.geometry, []) == []


def test_overlap_of_neighbours_halves_and_contained_plots():
    square = parse_polygon(polygon(SQUARE))
    assert overlap_m2(square, parse_polygon(polygon(moved(SQUARE, 0.001)))) == 0
    assert overlap_m2(square, parse_polygon(polygon(moved(SQUARE, 0.1)))) == 0
    half = overlap_m2(square, parse_polygon(polygon(moved(SQUARE, 0.0005))))
    assert abs(half - square.area_m2 / 2) <= 1
    inner = parse_polygon(polygon(moved(SQUARE, 0.0002, 0.0002, 0.5)))
    assert overlap_m2(square, inner) == inner.area_m2
    assert overlap_m2(square.geometry, inner.geometry) == inner.area_m2


def test_the_gap_between_plots_is_measured_on_the_ground():
    square = parse_polygon(polygon(SQUARE))
    east, north = parse_polygon(polygon(moved(SQUARE, 0.002))), parse_polygon(polygon(moved(SQUARE, 0, 0.002)))
    assert gap_m(square, east) == pytest.approx(distance_m((112.501, 26.701), (112.502, 26.701)), abs=0.02)
    assert gap_m(square, north) == pytest.approx(distance_m((112.5, 26.701), (112.5, 26.702)), abs=0.02)
    assert gap_m(square, parse_polygon(polygon(moved(SQUARE, 0.001)))) == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize(
    ("declared", "measured", "level"),
    [
        (4000, 4000, "ok"),
        (4000, 3800, "ok"),
        (4000, 3799, "warning"),
        (40_000, 42_000, "ok"),
        (40_000, 42_001, "warning"),
        (40_000, 48_000, "warning"),
        (40_000, 48_001, "error"),
        (667, 467, "ok"),
        (667, 466, "error"),
    ],
)
def test_declared_and_walked_area(declared, measured, level):
    check = check_declared_area(declared, measured)
    assert check.level == level
    assert (check.message is None) == (level == "ok")


def test_the_words_of_the_brief_for_a_wrong_area():
    check = check_declared_area(4000, 2733)
    assert (check.level, str(check.message)) == ("error", "勾绘面积 4.10 亩与合同面积 6.00 亩相差 31.7%，请核对。")
    with pytest.raises(ValueError, match="positive"):
        check_declared_area(0, 5)


def test_the_county_outline_lies_in_the_box():
    west, south, east, north = geometry.COUNTY_BOX
    assert west < 112.12 < 113.15 < east
    assert south < 26.54 < 26.98 < north
