"""Map-service coordinates and back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02
from trace.core.geometry import distance_m

county_points = st.tuples(st.floats(112.10, 113.17), st.floats(26.52, 27.00))


@given(county_points)
@settings(deadline=None, max_examples=80)
def test_there_and_back_is_within_a_millimetre(point):
    assert distance_m(point, gcj02_to_wgs84(wgs84_to_gcj02(point))) < 0.001


@given(county_points)
@settings(deadline=None, max_examples=40)
def test_the_shift_in_the_county_is_some_hundred_metres(point):
    assert 300 < distance_m(point, wgs84_to_gcj02(point)) < 700


def test_outside_china_nothing_moves():
    assert wgs84_to_gcj02((2.35, 48.86)) == (2.35, 48.86)
    assert gcj02_to_wgs84((2.35, 48.86)) == (2.35, 48.86)
