"""GCJ-02 against published coordinate pairs."""

import json

import pytest

from trace.core.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02
from trace.core.geometry import distance_m


@pytest.fixture
def pairs(conformance):
    """Pairs of a WGS-84 and a GCJ-02 point, longitude first."""
    rows = json.loads(conformance("wgs84-gcj02-vectors.json").read_text())["pairs"]
    return [((lon, lat), (shown_lon, shown_lat)) for lat, lon, shown_lat, shown_lon in rows]


def test_there_within_a_metre(pairs):
    for real, shown in pairs:
        assert distance_m(wgs84_to_gcj02(real), shown) < 1


def test_back_within_a_metre(pairs):
    for real, shown in pairs:
        assert distance_m(gcj02_to_wgs84(shown), real) < 1


def test_the_published_distance(pairs):
    # The publisher measures on a sphere, this project on the ellipsoid: they differ by less than a third of a per cent.
    assert distance_m(pairs[0][1], pairs[2][1]) == pytest.approx(1_078_164, rel=0.003)
