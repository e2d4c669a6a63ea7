"""The map: counts and shapes in a window, within scope and filters; exports; areas of a file; foreign tiles."""

from __future__ import annotations

import json
import re
from io import BytesIO
from itertools import combinations

import openpyxl
import pytest
from shapely.geometry import shape

from tests.conftest import csrf
from tests.factories import county as make
from tests.land import geosamples as sample
from trace.app import create_app
from trace.audit.models import AuditEntry
from trace.core.geometry import COUNTY_BOX
from trace.db import close_database
from trace.land import map_queries
from trace.land.map_queries import Cluster, View, parse_view
from trace.land.models import Plot
from trace.settings import load_settings

WINDOW = "bbox=112.55,26.65,112.75,26.85&zoom=13"


@pytest.fixture
def plots(home: make.County) -> list[Plot]:
    """Three plots of one cooperative side by side and a fourth, far off, of the other."""
    coop, coop2 = home.actor("coop"), home.actor("coop2")
    near = [make.plot(coop, home, geometry=make.square(112.6 + 0.01 * n, 26.7), name=f"坡{n}") for n in range(3)]
    return [*near, make.plot(coop2, home, geometry=make.square(112.9, 26.6))]


def codes(answer) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {feature["properties"]["code"] for feature in answer.json["features"]}


def test_a_window_shows_what_lies_in_it(plots, sign_in):
    answer = sign_in("bureau").get(f"/plots/map/features?{WINDOW}")
    assert codes(answer) == {plot.code for plot in plots[:3]}
    assert answer.json["count"] == 3
    assert answer.json["clusters"] == []
    plot = answer.json["features"][0]["properties"]
    assert (plot["state"], plot["tone"], plot["operator"]) == ("已栽待查", "todo", "青坡合作社")


def test_a_plot_that_only_reaches_into_the_window_is_shown(plots, sign_in):
    browser = sign_in("bureau")
    assert codes(browser.get("/plots/map/features?bbox=112.6015,26.7015,112.6018,26.7018&zoom=18")) == {plots[0].code}
    assert codes(browser.get("/plots/map/features?bbox=112.603,26.7,112.604,26.702&zoom=18")) == set()


def test_everyone_sees_the_own_plots_only(plots, sign_in):
    for username, own in (("coop", plots[:3]), ("coop2", plots[3:]), ("township", plots[:3]), ("grower", [])):
        browser = sign_in(username)
        for address in ("/plots/map/features", "/plots/map.geojson", "/plots/map/export.geojson"):
            answer = browser.get(address)
            found = json.loads(answer.get_data())["features"]
            assert {one["properties"]["code"] for one in found} == {plot.code for plot in own}, (username, address)


def test_filters_of_the_list_hold_for_the_map(plots, sign_in):
    browser = sign_in("bureau")
    assert codes(browser.get(f"/plots/map/features?township={make.AWAY}")) == {plots[3].code}
    assert codes(browser.get("/plots/map/features?q=白石")) == {plots[3].code}
    assert codes(browser.get("/plots/map/features?state=bearing")) == set()
    page = browser.get(f"/plots/map?township={make.AWAY}&state=planted").text
    assert f"/plots/map/features?township={make.AWAY}&amp;state=planted" in page
    assert f"/plots/map/export.xlsx?township={make.AWAY}&amp;state=planted" in page
    assert "共 1 块" in page


def test_many_plots_come_as_counts(plots, sign_in, monkeypatch):
    monkeypatch.setattr(map_queries, "MOST_SHAPES", 2)
    answer = sign_in("bureau").get("/plots/map/features?bbox=112.1,26.52,113.17,27&zoom=10").json
    assert answer["features"] == []
    assert sorted(one["count"] for one in answer["clusters"]) == [1, 3]
    three = max(answer["clusters"], key=lambda one: one["count"])
    assert three["at"] == pytest.approx([26.701, 112.611], abs=1e-4)
    assert three["box"] == pytest.approx([112.6, 26.7, 112.622, 26.702], abs=1e-4)
    assert answer["count"] == 4


def test_counts_agree_with_a_count_by_hand(plots, home):
    actor = home.actor("bureau")
    for zoom in (8, 12, 16):
        found = map_queries.clusters(actor, {}, View(COUNTY_BOX, zoom))
        assert sum(one.count for one in found) == 4
        assert sum(one.area_m2 for one in found) == sum(plot.area_m2 for plot in plots)


def test_circles_do_not_cover_one_another():
    """Two cells whose plots stand along their common border become one group; far ones stay apart; nothing is lost."""
    view = View(COUNTY_BOX, 10)
    close = [
        Cluster(112.5 + x * view.pixel, 26.7, 10 + n, 1000, (112.4, 26.6, 112.6, 26.8))
        for n, x in enumerate((0, 20, 200))
    ]
    found = map_queries.apart(close, view)
    assert sorted(one.count for one in found) == [12, 21]
    assert sum(one.area_m2 for one in found) == 3000
    spread = [
        Cluster(112.1 + (n % 60) * 0.017, 26.5 + n // 60 * 0.02, n % 7 + 1, 1, (112, 26, 113, 27)) for n in range(1200)
    ]
    groups = map_queries.apart(spread, view)
    assert sum(one.count for one in groups) == sum(one.count for one in spread)
    nearest = min(a.distance(b) for a, b in combinations(groups, 2))
    assert nearest > map_queries.APART_PIXELS * view.pixel / 2, "joining moves a group's middle, by less than half"


def test_shapes_lose_detail_only_from_afar(plots, home):
    ground = next(map_queries.grounds(home.actor("coop"), {}))
    assert map_queries.drawn(ground, View(zoom=17), map_queries.is_exact([ground], View(zoom=17))) == json.loads(
        ground.geojson
    )
    rough = shape(map_queries.drawn(ground, View(zoom=9), exact=False))
    assert not rough.is_empty
    assert rough.symmetric_difference(shape(json.loads(ground.geojson))).area < 1e-5


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "a,b,c,d", "nan,nan,nan,nan", "113,26,112,27", "112,26,113,inf", "-181,0,1,1", "1,2,3,4,5"]
)
def test_nonsense_counts_as_the_whole_county(bbox: str):
    assert parse_view(bbox, "12") == View()
    assert parse_view("112,26,113,27", "x") == parse_view("112,26,113,27", "99") == View()


def test_the_page_works_without_scripts(plots, sign_in):
    page = sign_in("bureau").get("/plots/map").text
    assert page.count('<g class="map-group">') == 2
    assert "示意，不作边界依据" in page
    assert f"/plots?township={make.HOME}" in page


def test_the_outline_is_for_people_who_signed_in(client, plots, sign_in):
    assert client.get("/plots/map/outline").status_code == 302
    assert client.get("/static/data/hengnan-outline.geojson").status_code == 404
    assert "不作边界依据" in sign_in("coop").get("/plots/map/outline").json["properties"]["note"]


def test_export_as_geojson(plots, sign_in):
    answer = sign_in("coop").get("/plots/map/export.geojson")
    assert re.search(r"filename=plots-\d{4}-\d\d-\d\d\.geojson", answer.headers["Content-Disposition"])
    features = json.loads(answer.get_data())["features"]
    assert [one["properties"]["code"] for one in features] == [plot.code for plot in plots[:3]]
    first = features[0]["properties"]
    assert set(first) == {"code", "township", "village", "name", "operator", "state", "area_m2", "area_mu"}
    assert first["area_m2"] == plots[0].area_m2


def test_export_as_xlsx_holds_no_formula(home, plots, sign_in):
    Plot.update(name='=HYPERLINK("http://127.0.0.1","x")').where(Plot.id == plots[0].id).execute()
    home.coop.name = "@SUM(1+1)"
    home.coop.save()
    answer = sign_in("coop").get("/plots/map/export.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.get_data())).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[0].value for row in rows] == [plot.code for plot in plots[:3]]
    assert rows[0][3].value.startswith("=HYPERLINK")
    assert {cell.data_type for row in rows for cell in row} == {"s", "n"}
    assert all(row[3].quotePrefix for row in rows)


def test_exports_leave_a_trail(plots, sign_in):
    sign_in("coop").get("/plots/map/export.xlsx?q=坡").get_data()
    entry = AuditEntry.select().where(AuditEntry.action == "plot.export").get()
    assert (entry.subject, entry.detail["count"], entry.detail["filters"]) == ("xlsx", 3, {"text": "坡"})


def test_unknown_exports_are_not_there(plots, sign_in):
    assert sign_in("coop").get("/plots/map/export.csv").status_code == 404


def send(browser, name: str, data: bytes, **headers: str):
    token = csrf(browser, "/plots/map/file")
    values = {"csrf_token": token, "file": (BytesIO(data), name)}
    return browser.post("/plots/map/file", data=values, headers=headers)


@pytest.mark.parametrize("name", sample.SAMPLES)
def test_areas_of_a_file_are_listed(plots, sign_in, name: str):
    page = send(sign_in("coop"), name, sample.SAMPLES[name]).text
    assert "文件里有 1 个图形" in page
    assert 'name="geometry"' in page


def test_the_map_gets_the_areas_as_json(plots, sign_in):
    far = [[x + 1, y] for x, y in sample.RING]
    features = [
        {"type": "Feature", "properties": {"地块名称": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in (("后山坡", sample.RING), ("外县", far))
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    good, bad = send(sign_in("coop"), "a.json", data, Accept="application/json").json["areas"]
    assert (good["name"], good["problem"]) == ("后山坡", "")
    assert shape(json.loads(good["geometry"])).equals(shape(features[0]["geometry"]))
    assert "坐标不在衡南县范围内" in bad["problem"]
    assert "geometry" not in bad


def test_a_bad_file_says_why_in_both_ways(plots, sign_in):
    browser = sign_in("coop")
    assert "不是有效的 XML" in send(browser, "a.kml", b"x").text
    answer = send(browser, "a.kml", b"x", Accept="application/json")
    assert (answer.status_code, "不是有效的 XML" in answer.json["error"]) == (422, True)
    nothing = browser.post("/plots/map/file", data={"csrf_token": csrf(browser, "/plots/map/file")})
    assert "请选择文件。" in nothing.text


def test_a_chosen_area_comes_back_in_the_form(plots, sign_in):
    browser = sign_in("coop")
    geometry = json.dumps({"type": "Polygon", "coordinates": [sample.RING]})
    values = {"csrf_token": csrf(browser, "/plots/new"), "geometry": geometry, "source": "imported"}
    page = browser.post("/plots/new", data=values).text
    assert "112.602" in page
    assert "请选择到村。" in page


def test_a_boundary_being_drawn_is_checked(plots, sign_in):
    browser = sign_in("coop")
    token = csrf(browser, "/plots/new")

    def check(geometry: str, **more: str):
        return browser.post("/plots/map/check", data={"csrf_token": token, "geometry": geometry, **more}).json

    assert check(make.square(112.65, 26.7))["overlaps"] == []
    over = check(make.square(112.601, 26.7))
    assert re.fullmatch(rf"与 {plots[0].code} 号地块重叠 \d+ 平方米。", over["overlaps"][0])
    assert check(make.square(112.601, 26.7), plot=plots[0].code)["overlaps"] == []
    assert "JSON" in check("{")["problem"]


def policy(folder, **settings: str) -> str:
    database = f"sqlite:///{folder}/x.db"
    app = create_app(
        load_settings(testing=True, instance=folder, database_url=database, secret_key="x" * 32, **settings)
    )
    found = app.test_client().get("/healthz").headers["Content-Security-Policy"]
    close_database()
    return found


def test_tiles_only_from_the_host_that_was_set(tmp_path):
    plain, tiled = policy(tmp_path), policy(tmp_path, map_tiles="https://tiles.example.org/{z}/{x}/{y}.png")
    assert "img-src 'self' data: blob:;" in plain
    assert tiled == plain.replace("img-src 'self'", "img-src 'self' https://tiles.example.org")
    assert policy(tmp_path, map_tiles="http://tiles.example.org/{z}/{x}/{y}.png") == plain
