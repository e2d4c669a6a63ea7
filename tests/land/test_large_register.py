"""A register of the county's size costs what a small one costs: as many statements a page, answers a phone can load.

``TRACE_REGISTER_PLOTS=50000`` runs it at the size of the target; the suite takes a size at which every limit is already passed.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import openpyxl
import pytest

from tests.factories.large import large_register
from trace.land import map_queries
from trace.land.doors import plot_options
from trace.land.map_queries import Ground, View
from trace.land.models import Plot, PlotBoundary
from trace.registry.models import Party
from trace.web.shortlist import MOST

PLOTS = int(os.environ.get("TRACE_REGISTER_PLOTS", "1600"))
MOST_BYTES = 1_000_000
PAGES = {
    "/plots": 120_000,
    "/plots?state=bearing&q=青": 120_000,
    "/plots/new": 120_000,
    "/plots/gardens/new": 60_000,
    "/plots/map": 60_000,
    "/plots/map/features?bbox=112.1,26.5,113.2,27.0&zoom=10": 60_000,
    "/plots/map/features?bbox=112.4,26.6,112.6,26.8&zoom=13": MOST_BYTES,
    "/plots/picks.json?q=青": 6_000,
    "/plots/visits-due": 200_000,
    "/plots/blocks?township=430422001": MOST_BYTES,
    "/parties": 120_000,
    "/parties?status=large_grower": 120_000,
    "/parties/picks.json?q=青": 6_000,
}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement sent to the database within, as peewee logs them."""
    kept: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: kept.append(str(record.msg))  # type: ignore[method-assign]
    logger = logging.getLogger("peewee")
    level, logger.level = logger.level, logging.DEBUG
    logger.addHandler(handler)
    try:
        yield kept
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def cost(browser, address: str) -> tuple[int, int]:
    """Statements and bytes of an answer."""
    with statements() as sent:
        answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return len(sent), len(answer.data)


def test_pages_cost_no_more_in_a_large_register(home, sign_in):
    browser = sign_in("bureau")
    large_register(60)
    small = {address: cost(browser, address)[0] for address in PAGES}
    large_register(PLOTS, seed=8)
    for address, most in PAGES.items():
        sent, size = cost(browser, address)
        assert size <= most, (address, size)
        assert sent <= small[address] + 1, (address, "one page more, one question more, not one a plot")


def test_a_window_is_drawn_or_counted_but_never_heavy(home, sign_in):
    large_register(PLOTS)
    browser = sign_in("bureau")
    whole = browser.get("/plots/map/features?bbox=112.1,26.5,113.2,27.0&zoom=10").json
    assert whole["count"] == PLOTS
    assert not whole["features"]
    assert sum(one["count"] for one in whole["clusters"]) == PLOTS
    plot = PlotBoundary.select().first()
    for zoom in range(11, 19):
        reach = 0.5 / 2 ** (zoom - 10)
        box = plot.west - reach, plot.south - reach, plot.west + reach, plot.south + reach
        answer = browser.get(f"/plots/map/features?bbox={','.join(map(str, box))}&zoom={zoom}")
        assert len(answer.data) <= MOST_BYTES
        assert len(answer.json["features"]) == (answer.json["count"] if not answer.json["clusters"] else 0)
    assert answer.json["features"], "from near there are shapes"


def test_boundaries_walked_in_great_detail_are_simplified_at_any_zoom():
    ring = [[112.6 + 0.00001 * (n % 300), 26.7 + 0.000003 * abs(150 - n)] for n in range(300)]
    text = json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    few = [Ground("c", "", "planted", 600, "t", "v", "o", text)] * 20
    near = View((112.6, 26.7, 112.61, 26.71), 17)
    assert map_queries.is_exact(few, near)
    assert not map_queries.is_exact(few, View(near.box, 15))
    many = few * 75
    assert len(many) == map_queries.MOST_SHAPES
    assert not map_queries.is_exact(many, near)
    drawn = sum(len(json.dumps(map_queries.drawn(ground, near, exact=False))) for ground in many)
    assert drawn < MOST_BYTES / 2 < sum(len(ground.geojson) for ground in many)


def test_forms_offer_the_first_and_find_the_rest(home, sign_in):
    large_register(PLOTS)
    browser = sign_in("bureau")
    page = browser.get("/plots/new").text
    assert f"只列出前 {MOST} 个，其余请输入查找。" in page
    last = Party.select().where(Party.kind == "household").order_by(Party.name.desc()).first()
    assert f'value="{last.code}"' not in page
    found = browser.get(f"/parties/picks.json?q={last.code}").json["items"]
    assert [item["code"] for item in found] == [last.code]
    plot = Plot.select().order_by(Plot.code.desc()).first()
    assert [item["code"] for item in browser.get(f"/plots/picks.json?q={plot.code}").json["items"]] == [plot.code]
    assert sign_in("coop").get(f"/plots/picks.json?q={plot.code}").json["items"] == []


def test_what_was_chosen_stays_chosen_however_far_down_it_stands(home):
    large_register(PLOTS)
    bureau, coop = home.actor("bureau"), home.actor("coop")
    plot = Plot.select().order_by(Plot.code.desc()).first()
    assert plot.code not in {item[0] for item in plot_options(bureau).items}
    assert plot_options(bureau, plot.code).items[0][0] == plot.code
    assert len(plot_options(bureau, plot.code).items) == MOST + 1
    assert plot_options(coop, plot.code).items == [], "an address does not open what is not one's own"


@pytest.mark.parametrize("kind", ["geojson", "xlsx"])
def test_exports_hold_every_plot(kind, home, sign_in):
    large_register(PLOTS)
    body = sign_in("bureau").get(f"/plots/map/export.{kind}").get_data()
    if kind == "geojson":
        features = json.loads(body)["features"]
        assert len({one["properties"]["code"] for one in features}) == PLOTS
        assert features[0]["geometry"]["type"] == "Polygon"
    else:
        sheet = openpyxl.load_workbook(BytesIO(body), read_only=True).worksheets[0]
        assert sum(1 for _ in sheet.iter_rows(min_row=2, max_col=1)) == PLOTS
