"""Maps in a real browser: draw a plot by tapping, walk one with the phone, read one from a file, look at the register."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.land import geosamples as sample
from tests.scenarios.conftest import Site

FREE = (26.6, 112.9)
"""Latitude and longitude of ground that no demo plot covers."""

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def test_boundaries_are_drawn_walked_and_read(site: Site, tmp_path):
    drawn = draw_by_tapping(site)
    neighbour_is_seen(site, drawn)
    walk_around(site)
    a_crossing_walk_is_refused(site)
    read_from_file(site, tmp_path)
    look_at_the_register(site, drawn)
    assert site.problems == []


def form(site: Site, width: int = 390) -> Page:
    page = site.enter("coop", width=width)
    page.context.grant_permissions(["geolocation"], origin=site.address)
    page.goto(f"{site.address}/plots/new")
    page.wait_for_selector("[data-map=draw][data-ready]")
    return page


def look(page: Page, latitude: float, longitude: float, zoom: int = 17) -> None:
    page.evaluate("([y, x, z]) => PlotDrawing.map.setView([y, x], z, {animate: false})", [latitude, longitude, zoom])
    page.locator("[data-map=draw]").scroll_into_view_if_needed()
    page.wait_for_timeout(400)


def tap(page: Page, *places: tuple[float, float]) -> None:
    """Tap the map at shares of its width and height."""
    box = page.locator("[data-map=draw]").bounding_box()
    assert box
    for x, y in places:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(120)


def ring(page: Page) -> list[list[float]]:
    return json.loads(page.input_value("#f-geometry"))["coordinates"][0]


def save(page: Page) -> str:
    page.select_option("#f-village", index=1)
    page.select_option("#f-operator", index=1)
    page.click("main form button.primary")
    page.wait_for_url(re.compile(r"/plots/\d{12}-\d{4}$"))
    return page.url.rpartition("/")[2]


def draw_by_tapping(site: Site) -> str:
    page = form(site)
    look(page, *FREE)
    tap(page, (0.3, 0.3), (0.7, 0.3), (0.7, 0.7))
    assert len(ring(page)) == 4
    tap(page, (0.3, 0.7), (0.2, 0.5))
    page.get_by_role("button", name="退一点").click()
    assert len(ring(page)) == 5
    page.get_by_role("button", name="闭合").click()
    tap(page, (0.9, 0.9))
    assert len(ring(page)) == 5, "a closed boundary takes no more taps"
    expect(page.locator("[data-draw=area]")).to_contain_text(re.compile(r"约 \d+\.\d\d 亩"))
    about = float(re.search(r"[\d.]+", page.inner_text("[data-draw=area]"))[0])
    expect(page.locator("[data-draw=said]")).to_contain_text("没有重叠")
    decided = float(re.search(r"[\d.]+", page.inner_text("[data-draw=said]"))[0])
    assert abs(about - decided) <= 0.02 + decided / 1000, "the browser's area is near the one that counts"
    page.locator(".map-handle.middle").first.click()
    assert len(ring(page)) == 6, "a tap on a half-way handle inserts a corner"
    page.get_by_role("button", name="删除选中点").click()
    assert len(ring(page)) == 5
    return save(page)


def neighbour_is_seen(site: Site, code: str) -> None:
    page = form(site)
    look(page, *FREE)
    tap(page, (0.31, 0.31), (0.71, 0.29), (0.5, 0.1))
    shared = page.evaluate("() => PlotDrawing.map.getZoom()")
    assert shared == 17
    page.get_by_role("button", name="闭合").click()
    expect(page.locator("[data-draw=said]")).to_contain_text("没有重叠")
    tap(page, (0.5, 0.5))
    page.get_by_role("button", name="重画").click()
    tap(page, (0.4, 0.4), (0.9, 0.4), (0.9, 0.9))
    expect(page.locator("[data-draw=said]")).to_contain_text(f"与 {code} 号地块重叠")


def stand(page: Page, latitude: float, longitude: float, accuracy: float = 6) -> None:
    page.context.set_geolocation({"latitude": latitude, "longitude": longitude, "accuracy": accuracy})


def walk(page: Page, *places: tuple[float, float], accuracy: float = 6) -> None:
    """Go from place to place; the phone is given the time to notice each."""
    for place in places:
        before = page.get_attribute(".map-walk", "data-fixes")
        stand(page, *place, accuracy=accuracy)
        expect(page.locator(".map-walk")).not_to_have_attribute("data-fixes", before or "")


def walk_around(site: Site) -> None:
    page = form(site)
    y, x = 26.61, 112.93
    stand(page, y, x)
    page.get_by_role("button", name="绕地走测").click()
    page.get_by_role("button", name="开始走测").click()
    expect(page.locator(".map-walk [role=status]")).to_contain_text("定位误差 6 米")
    walk(page, *((y, x + 0.0004 * step) for step in range(1, 4)))
    walk(page, (y + 0.0009, x + 0.0025), accuracy=85)
    expect(page.locator(".map-walk")).to_contain_text("定位误差 85 米，建议到空旷处重新定位。")
    page.reload()
    expect(page.locator(".map-walk")).to_contain_text("上次走测没有走完")
    page.get_by_role("button", name="继续").click()
    corners = ((0.0005, 0.0013), (0.001, 0.0012), (0.001, 0.0001), (0.0003, 0.0))
    walk(page, *((y + north, x + east) for north, east in corners))
    page.get_by_role("button", name="暂停").click()
    page.get_by_role("button", name="走完一圈").click()
    made = page.locator("[data-map=draw]")
    expect(made).to_have_attribute("data-made", "walked")
    expect(made).to_have_attribute("data-accuracy", "6")
    walked = ring(page)
    assert all(abs(lon - 112.9306) < 0.001 and abs(lat - 26.6105) < 0.001 for lon, lat in walked), "the bad fix is out"
    assert len(walked) < 9, "points on one line are dropped"
    assert page.evaluate("() => Object.keys(localStorage).filter(key => key.startsWith('walk:')).length") == 0
    save(page)


def a_crossing_walk_is_refused(site: Site) -> None:
    page = form(site)
    y, x = 26.62, 112.95
    stand(page, y, x)
    page.get_by_role("button", name="绕地走测").click()
    page.get_by_role("button", name="开始走测").click()
    expect(page.locator(".map-walk")).to_have_attribute("data-fixes", "1")
    walk(page, (y + 0.001, x + 0.001), (y + 0.001, x), (y, x + 0.001))
    page.get_by_role("button", name="走完一圈").click()
    expect(page.locator(".map-walk")).to_contain_text("边界线有交叉，请重新走一圈。")
    assert page.input_value("#f-geometry") == ""


def read_from_file(site: Site, tmp_path) -> None:
    page = form(site, width=1366)
    moved = [[round(px + 0.35, 6), round(py - 0.08, 6)] for px, py in sample.RING]
    path = tmp_path / "林地.kmz"
    document = sample.kml().replace(sample.coordinates(sample.RING).encode(), sample.coordinates(moved).encode())
    path.write_bytes(sample.archive({"doc.kml": re.sub(rb"<innerBoundaryIs>.*</innerBoundaryIs>", b"", document)}))
    page.set_input_files("[data-map-file]", path)
    expect(page.locator("[data-map=draw]")).to_have_attribute("data-made", "imported")
    assert ring(page) == moved
    save(page)


def look_at_the_register(site: Site, code: str) -> None:
    page = site.enter("bureau")
    page.goto(f"{site.address}/plots/map#17/{FREE[0]}/{FREE[1]}")
    page.wait_for_selector("[data-map=view][data-ready]")
    link = page.locator("[data-map-list] a", has_text=code)
    expect(link).to_be_visible()
    page.locator("[data-map=view]").click()
    page.locator(".leaflet-popup a", has_text="打开地块").click()
    page.wait_for_url(f"**/plots/{code}")
