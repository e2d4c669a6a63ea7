"""Registering plots: every mistake named, nothing half-written, no ground registered twice."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta

import pytest

from tests.conftest import post
from tests.factories import county as make
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken, TraceError
from trace.core.geometry import parse_polygon
from trace.core.units import format_mu
from trace.db import db
from trace.land import queries, services
from trace.land.checks import check_one_present_boundary
from trace.land.models import Plot, PlotBoundary


@pytest.fixture
def coop(home):
    return home.actor("coop")


def ring(*points: tuple[float, float]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": [[list(point) for point in points]]})


BOW = ring((112.6, 26.7), (112.602, 26.702), (112.602, 26.7), (112.6, 26.702), (112.6, 26.7))


def nothing_was_registered() -> None:
    assert not Plot.select().exists()
    assert not PlotBoundary.select().exists()


def test_a_plot_gets_the_next_number_of_its_village(home, coop):
    first = make.plot(coop, home, name="东坡")
    second = make.plot(coop, home, geometry=make.square(112.7))
    assert [plot.code for plot in (first, second)] == [f"{home.village.code}-0001", f"{home.village.code}-0002"]
    assert (first.state, first.steward_id, first.name) == ("planted", home.coop.id, "东坡")
    assert first.taxon.key == "ehretia_dicksonii"
    row = queries.boundaries(first)[0]
    assert (row.version, row.valid_from, row.valid_to, row.area_m2) == (1, date(2018, 3, 12), None, first.area_m2)


def test_the_area_is_geodesic(home, coop):
    """0.002° square at 26.7° N: 198.96 m × 221.57 m on the ellipsoid."""
    assert make.plot(coop, home).area_m2 == pytest.approx(198.96 * 221.57, rel=1e-3)


def test_a_self_crossing_boundary_is_refused_with_its_place(home, coop):
    with pytest.raises(Invalid) as caught:
        make.plot(coop, home, geometry=BOW)
    assert str(caught.value) == (
        "边界线有交叉，请重新走一圈。交叉点在东经 112.601000、北纬 26.701000（第 1 段与第 3 段）。"
    )
    assert (caught.value.code, caught.value.field) == ("SELF_CROSSING", "geometry")
    nothing_was_registered()


BAD_SHAPES = {
    "outside": (make.square(113.5, 26.7), "坐标不在衡南县范围内（可能经纬度填反或坐标系不对）。"),
    "swapped": (make.square(26.7, 112.6), "坐标不在衡南县范围内（可能经纬度填反或坐标系不对）。"),
    "open": (ring((112.6, 26.7), (112.602, 26.7), (112.602, 26.702)), "边界线没有闭合，首尾两点应当相同。"),
    "two points": (ring((112.6, 26.7), (112.602, 26.7), (112.6, 26.7)), "边界至少要有 3 个不同的点。"),
    "line": (ring((112.6, 26.7), (112.602, 26.7), (112.604, 26.7), (112.6, 26.7)), "边界围成的面积为 0，请重新勾绘。"),
    "point": ('{"type":"Point","coordinates":[112.6,26.7]}', "边界应当是面（Polygon），请在图上勾绘或粘贴 GeoJSON。"),
}


def test_bad_shapes_are_refused(home, coop):
    for geometry, text in BAD_SHAPES.values():
        with pytest.raises(Invalid) as caught:
            make.plot(coop, home, geometry=geometry)
        assert (str(caught.value), caught.value.field) == (text, "geometry")
    nothing_was_registered()


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "{}", '{"type":"Polygon"}', '{"type":"Polygon","coordinates":[[["a","b"]]]}', "[" * 5000],
)
def test_nonsense_instead_of_a_boundary_is_refused(text):
    with pytest.raises(Invalid) as caught:
        parse_polygon(text)
    assert caught.value.field == "geometry"


def test_an_overlap_is_refused_with_its_square_metres(home, coop):
    first = make.plot(coop, home)
    with pytest.raises(RuleBroken) as caught:
        make.plot(coop, home, geometry=make.square(112.601, 26.7))
    half = round(first.area_m2 / 2)
    assert abs(caught.value.message.values["m2"] - half) <= 1
    shown = caught.value.message.values["m2"]
    assert str(caught.value) == (
        f"与已登记的 {first.code} 号地块重叠 {shown} 平方米（{format_mu(shown)} 亩），请先核实边界。"
    )
    assert (caught.value.code, caught.value.field, caught.value.status) == ("PLOT_OVERLAP", "geometry", 409)
    assert Plot.select().count() == 1


def test_a_plot_inside_another_overlaps_wholly(home, coop):
    make.plot(coop, home)
    inner = make.square(112.6005, 26.7005, 0.0005)
    boundary, found = services.check_boundary(inner)
    assert [item.area_m2 for item in found] == [boundary.area_m2]


def test_neighbours_may_share_an_edge(home, coop):
    make.plot(coop, home)
    assert make.plot(coop, home, geometry=make.square(112.602, 26.7)).code.endswith("-0002")


def test_the_overlap_with_a_stranger_is_refused_too(home, coop):
    """Ground belongs to one plot, whoever registered it; only its code is told."""
    foreign = make.plot(home.actor("coop2"), home)
    with pytest.raises(RuleBroken, match=f"与已登记的 {foreign.code} 号地块重叠"):
        make.plot(coop, home)


def test_two_clerks_never_register_the_same_ground(app, home, coop):
    """Two villages, two connections, one piece of ground, the same second."""
    actors, gate, results = [coop, home.actor("coop2")], threading.Barrier(2), []

    def register(actor) -> None:
        with db.connection_context():
            gate.wait()
            try:
                make.plot(actor, home)
                results.append("ok")
            except RuleBroken as error:
                results.append(error.code)

    clerks = [threading.Thread(target=register, args=(actor,)) for actor in actors]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join(60)
    assert sorted(results) == ["PLOT_OVERLAP", "ok"]
    assert Plot.select().count() == 1


def test_a_declared_area_far_off_is_refused_with_both_figures(home, coop):
    walked = ring((112.6, 26.7), (112.600498, 26.7), (112.600498, 26.7004977), (112.6, 26.7004977), (112.6, 26.7))
    with pytest.raises(Invalid) as caught:
        make.plot(coop, home, geometry=walked, declared_m2=4000)
    assert str(caught.value) == "勾绘面积 4.10 亩与合同面积 6.00 亩相差 31.7%，请核对。"
    assert (caught.value.errors[0].code, caught.value.errors[0].field) == ("PLOT_AREA_MISMATCH", "declared_mu")
    nothing_was_registered()


@pytest.mark.parametrize(
    ("declared", "fits"), [(44_105, True), (36_755, True), (36_754, False), (55_131, True), (55_132, False)]
)
def test_a_fifth_off_is_still_taken(home, coop, declared, fits):
    """The square measures 44 105 m²: 20 % of the declared area is the limit, either way."""
    try:
        measured = make.plot(coop, home, declared_m2=declared).area_m2
    except Invalid as error:
        assert error.errors[0].code == "PLOT_AREA_MISMATCH"
        measured = None
    assert (measured is not None) is fits


def test_on_small_plots_a_third_of_a_mu_does_not_matter(home, coop):
    assert make.plot(coop, home, geometry=make.square(side=0.0002), declared_m2=640).declared_m2 == 640


def test_mistakes_of_the_form_are_listed_together(sign_in, home):
    answer = post(
        sign_in("coop"), "/plots/new", land_class="moon", geometry="", planted_on="2026-02-30", tree_count="many", declared_mu="6,5"
    )  # fmt: skip
    assert answer.status_code == 422
    for text in (
        "请选择到村。", "请选择经营主体。", "请从列表中选择。", "请在图上勾绘边界，或粘贴 GeoJSON。",
        "日期不正确，请按 2026-03-12 的格式填写。", "株数只能填整数。", "请用小数点：6.5？",
    ):  # fmt: skip
        assert text in answer.text, text
    assert 'value="6,5"' in answer.text
    nothing_was_registered()


def test_the_form_registers_and_refuses(sign_in, home):
    browser = sign_in("coop")
    typed = {
        "village": home.village.code, "operator": home.coop.code, "land_class": "forest", "management": "conventional",
        "geometry": make.square(), "planted_on": "2018-03-12", "tree_count": "4000", "declared_mu": "66.1",
    }  # fmt: skip
    crossed = post(browser, "/plots/new", **{**typed, "geometry": BOW})
    assert (crossed.status_code, "边界线有交叉，请重新走一圈。" in crossed.text) == (422, True)
    far = post(browser, "/plots/new", **{**typed, "declared_mu": "100"})
    assert far.status_code == 422
    assert 'id="e-declared_mu"' in far.text, "the message stands at its field"
    nothing_was_registered()
    right = post(browser, "/plots/new", **typed)
    code = f"{home.village.code}-0001"
    assert (right.status_code, right.headers["Location"]) == (302, f"/plots/{code}")
    assert f"地块 {code} 已登记。" in browser.get(f"/plots/{code}").text
    again = post(browser, "/plots/new", **typed)
    assert (again.status_code, f"与已登记的 {code} 号地块重叠" in again.text) == (409, True)
    assert Plot.select().count() == 1


def test_the_interface_registers_and_refuses(client, token, home):
    body = {
        "village": home.village.code, "operator": home.coop.code, "land_class": "forest", "geometry": json.loads(make.square()),
        "planted_on": "2018-03-12",
    }  # fmt: skip
    headers = token("coop")
    wrong = client.post("/api/v1/plots", json={**body, "geometry": json.loads(BOW)}, headers=headers)
    assert (wrong.status_code, wrong.json["code"], wrong.json["errors"][0]["field"]) == (
        422,
        "SELF_CROSSING",
        "geometry",
    )
    assert wrong.json["detail"].startswith("边界线有交叉，请重新走一圈。")
    right = client.post("/api/v1/plots", json=body, headers=headers)
    assert (right.status_code, right.json["code"], right.json["state"]) == (201, f"{home.village.code}-0001", "planted")
    again = client.post("/api/v1/plots", json=body, headers=headers)
    assert (again.status_code, again.json["code"]) == (409, "PLOT_OVERLAP")


def test_a_dry_run_writes_nothing(client, token, home, coop):
    make.plot(coop, home)
    answer = client.post(
        "/api/v1/plots/check", json={"geometry": json.loads(make.square(112.601))}, headers=token("coop")
    )
    assert answer.status_code == 200
    assert [item["plot"] for item in answer.json["overlaps"]] == [f"{home.village.code}-0001"]
    assert answer.json["area_mu"] == str(round(answer.json["area_m2"] * 15 / 10_000, 2))
    assert Plot.select().count() == 1


def test_a_planting_of_tomorrow_is_refused(home, coop):
    with pytest.raises(Invalid, match="栽植日期不能晚于今天。"):
        make.plot(coop, home, planted_on=business_date() + timedelta(days=1))
    nothing_was_registered()


def test_without_a_planting_date_it_is_a_plan(home, coop):
    assert make.plot(coop, home, planted_on=None).state == "planned"


def test_who_may_register_where(home):
    with pytest.raises(NotFound):
        make.plot(home.actor("coop"), home, operator=home.coop2)
    with pytest.raises(NotFound):
        make.plot(home.actor("township2"), home)
    with pytest.raises(NotFound):
        make.plot(home.actor("township"), home, operator=home.coop, village=home.village2.code)
    with pytest.raises(Forbidden):
        make.plot(home.actor("plant"), home)
    with pytest.raises(Invalid, match="请选择到村。"):
        make.plot(home.actor("coop"), home, village="430422999999")
    nothing_was_registered()
    assert make.plot(home.actor("township"), home).steward_id == home.coop.id


def test_what_one_sees(home, coop):
    mine = make.plot(coop, home)
    theirs = make.plot(home.actor("coop2"), home, geometry=make.square(112.7))
    seen = {
        name: {plot.code for plot in queries.visible_plots(home.actor(name))}
        for name in ("coop", "coop2", "township", "township2", "bureau", "plant", "nursery", "grower", "admin")
    }
    assert seen == {
        "coop": {mine.code}, "township": {mine.code}, "coop2": {theirs.code}, "township2": {theirs.code},
        "bureau": {mine.code, theirs.code}, "plant": set(), "nursery": set(), "grower": set(), "admin": set(),
    }  # fmt: skip


def test_the_sums_above_the_list_are_those_of_the_list(home, coop):
    plots = [make.plot(coop, home, geometry=make.square(112.6 + n * 0.01)) for n in range(3)]
    assert queries.totals(queries.filtered_plots(home.actor("bureau"))) == (3, sum(plot.area_m2 for plot in plots))
    assert queries.totals(queries.filtered_plots(home.actor("bureau"), township=make.AWAY)) == (0, 0)


def test_a_refusal_at_any_step_leaves_no_number_behind(home, coop):
    """The next plot gets 0001 although five attempts failed."""
    for values in (
        {"geometry": BOW},
        {"declared_m2": 1},
        {"planted_on": date(2099, 1, 1)},
        {"taxon": "oak"},
        {"village": "x"},
    ):
        with pytest.raises(TraceError):
            make.plot(coop, home, **values)
    assert make.plot(coop, home).code.endswith("-0001")
    assert list(check_one_present_boundary()) == []
