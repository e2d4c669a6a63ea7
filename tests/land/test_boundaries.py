"""Boundaries are dated: what happened under an old one still shows it. Visits decide the state of a plot."""

from __future__ import annotations

from datetime import date

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.db import db
from trace.land import queries, rules, services
from trace.land.checks import check_one_present_boundary
from trace.land.models import Plot, PlotBoundary, SurvivalVisit


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plot(home, coop):
    return make.plot(coop, home)


def redraw(actor, plot, geometry: str | None = None, reason: str = "退让水渠", on: date = date(2024, 5, 1)):
    return services.redraw_boundary(actor, plot.code, geometry or make.square(side=0.0018), reason, on)


def visit(
    actor, plot, kind: str = "year1", sampled: int = 100, alive: int = 90, on: date = date(2019, 4, 1), **more: object
):
    return services.record_visit(actor, plot.code, kind=kind, visited_on=on, sampled=sampled, alive=alive, **more)


def test_every_date_has_its_own_boundary(home, coop, plot):
    old, new = plot.area_m2, redraw(coop, plot).area_m2
    assert new < old
    found = {
        day: queries.boundary_on(plot, day)
        for day in (date(2018, 3, 11), date(2024, 4, 30), date(2024, 5, 1), business_date())
    }
    assert [row and (row.version, row.area_m2) for row in found.values()] == [None, (1, old), (2, new), (2, new)]
    assert Plot.get_by_id(plot.id).area_m2 == new
    assert [row.version for row in queries.boundaries(plot)] == [2, 1]
    assert list(check_one_present_boundary()) == []


def test_a_change_needs_a_reason_and_a_later_date(coop, plot):
    with pytest.raises(Invalid, match="请填写边界变更的原因。"):
        redraw(coop, plot, reason=" ")
    with pytest.raises(Invalid, match="生效日期须晚于现有边界的生效日期 2018-03-12。"):
        redraw(coop, plot, on=date(2018, 3, 12))
    assert PlotBoundary.select().count() == 1
    assert PlotBoundary.get().valid_to is None


def test_a_plot_does_not_overlap_its_own_past(coop, plot):
    assert redraw(coop, plot, make.square(side=0.0021)).version == 2


def test_a_plot_may_not_grow_over_its_neighbour(home, coop, plot):
    other = make.plot(coop, home, geometry=make.square(112.602, 26.7))
    with pytest.raises(RuleBroken, match=f"与已登记的 {other.code} 号地块重叠"):
        redraw(coop, plot, make.square(side=0.0021))
    assert Plot.get_by_id(plot.id).area_m2 == plot.area_m2
    assert PlotBoundary.select().where(PlotBoundary.valid_to.is_null()).count() == 2


def test_ground_given_up_is_free_again(home, coop, plot):
    redraw(coop, plot, make.square(side=0.001))
    assert make.plot(coop, home, geometry=make.square(112.6011, 26.7, 0.0005)).area_m2 > 0


def test_nobody_redraws_a_strangers_plot(home, plot):
    with pytest.raises(NotFound):
        redraw(home.actor("coop2"), plot)
    with pytest.raises(Forbidden):
        redraw(home.actor("verifier_forestry"), plot)


def test_the_form_keeps_the_old_boundary_readable(sign_in, plot):
    browser = sign_in("coop")
    address = f"/plots/{plot.code}/boundary"
    missing = post(browser, address, geometry=make.square(side=0.0018), reason="", valid_from="2024-05-01")
    assert (missing.status_code, "请填写边界变更的原因。" in missing.text) == (422, True)
    long = post(browser, address, geometry=make.square(side=0.0018), reason="长" * 201, valid_from="2024-05-01")
    assert (long.status_code, "长度不符合要求。" in long.text) == (422, True)
    kept = post(browser, address, geometry=make.square(side=0.0018), reason="退让水渠", valid_from="2024-05-01")
    assert kept.status_code == 302
    page = browser.get(f"/plots/{plot.code}").text
    assert "2018-03-12" in page
    assert "2024-05-01" in page
    assert "退让水渠" in page


def test_the_interface_lists_all_boundaries(client, token, plot):
    body = {"geometry": make.square(side=0.0018), "reason": "退让水渠", "valid_from": "2024-05-01"}
    assert client.post(f"/api/v1/plots/{plot.code}/boundaries", json=body, headers=token("coop")).status_code == 201
    items = client.get(f"/api/v1/plots/{plot.code}/boundaries", headers=token("coop")).json["items"]
    assert [(item["version"], item["valid_from"], item["valid_to"]) for item in items] == [
        (2, "2024-05-01", None), (1, "2018-03-12", "2024-05-01"),
    ]  # fmt: skip
    assert items[0]["geometry"]["type"] == "Polygon"


def test_a_plot_without_a_present_boundary_is_found(plot):
    PlotBoundary.update(valid_to=date(2025, 1, 1)).execute()
    assert list(check_one_present_boundary()) == [f"plot {plot.code}: 0 boundaries in force"]


def test_an_area_that_differs_from_its_boundary_is_found(plot):
    Plot.update(area_m2=plot.area_m2 + 1).execute()
    assert list(check_one_present_boundary()) == [f"plot {plot.code}: area differs from its boundary"]


@pytest.mark.parametrize(
    ("kind", "sampled", "alive", "state"),
    [
        ("year1", 100, 85, "survived"), ("year1", 10_000, 8_499, "replant_needed"), ("year1", 100, 41, "replant_needed"),
        ("year1", 100, 40, "failed"), ("year3", 100, 80, "established"), ("year3", 1000, 799, "replant_needed"), ("year3", 1, 0, "replant_needed"),
    ],
)  # fmt: skip
def test_the_share_alive_decides(kind, sampled, alive, state):
    assert rules.state_after_visit(kind, sampled, alive) == state


def test_a_visit_moves_the_plot(home, plot):
    kept = visit(home.actor("verifier_forestry"), plot)
    assert (kept.verified_m2, kept.verifier_name) == (plot.area_m2, "演示林业验收")
    assert Plot.get_by_id(plot.id).state == "survived"
    visit(home.actor("bureau"), plot, "year3", 100, 70, date(2021, 4, 1), verified_m2=100)
    assert Plot.get_by_id(plot.id).state == "replant_needed"
    assert [row.kind for row in queries.visits(plot)] == ["year3", "year1"]


IMPOSSIBLE_VISITS = (
    ({"alive": 101}, "成活株数应在 0 与抽查株数之间。", "alive"),
    ({"sampled": 0, "alive": 0}, "成活株数应在 0 与抽查株数之间。", "alive"),
    ({"alive": -1}, "成活株数应在 0 与抽查株数之间。", "alive"),
    ({"on": date(2018, 3, 11)}, "查验日期应在栽植日期与今天之间。", "visited_on"),
    ({"on": date(2099, 1, 1)}, "查验日期应在栽植日期与今天之间。", "visited_on"),
)


def test_impossible_visits_are_refused(home, plot):
    for values, text, field in IMPOSSIBLE_VISITS:
        with pytest.raises(Invalid) as caught:
            visit(home.actor("bureau"), plot, **values)
        assert (str(caught.value), caught.value.field) == (text, field)
    assert not SurvivalVisit.select().exists()
    assert Plot.get_by_id(plot.id).state == "planted"


def test_no_more_is_verified_than_was_drawn(home, plot):
    with pytest.raises(Invalid, match="核实面积不能大于勾绘面积") as caught:
        visit(home.actor("bureau"), plot, verified_m2=plot.area_m2 + 1)
    assert caught.value.field == "verified_mu"


def test_what_is_not_planted_cannot_survive(home, coop):
    plan = make.plot(coop, home, geometry=make.square(112.7), planted_on=None)
    with pytest.raises(RuleBroken, match=f"地块 {plan.code} 还没有栽植，不能查成活率。"):
        visit(home.actor("bureau"), plan)


def test_one_visit_of_a_kind_a_day(home, plot):
    visit(home.actor("bureau"), plot)
    with pytest.raises(RuleBroken, match="该地块 2019-04-01 已有一次同类查验。"):
        visit(home.actor("verifier_forestry"), plot)
    assert SurvivalVisit.select().count() == 1


def test_growers_do_not_verify_themselves(home, plot):
    for username in ("coop", "township"):
        with pytest.raises(Forbidden):
            visit(home.actor(username), plot)


def test_the_form_of_a_visit(sign_in, plot):
    browser = sign_in("verifier_forestry")
    address = f"/plots/{plot.code}/visit"
    endless = post(browser, address, kind="year1", visited_on="2019-04-01", sampled="9" * 12, alive="1")
    assert (endless.status_code, "数值超出范围。" in endless.text) == (422, True)
    large = post(browser, address, kind="year1", visited_on="2019-04-01", sampled="100", alive="90", verified_mu="1000")
    assert large.status_code == 422
    assert 'id="e-verified_mu"' in large.text, "the message stands at its field"
    kept = post(browser, address, kind="year1", visited_on="2019-04-01", sampled="100", alive="90", verified_mu="60")
    assert kept.status_code == 302
    assert SurvivalVisit.get().verified_m2 == 40_000


def test_impossible_rows_are_refused_by_the_database(plot):
    for statement in (
        "UPDATE plot SET area_m2 = 0",
        "UPDATE plot SET state = 'sold'",
        "UPDATE plot_boundary SET west = east + 1",
        "UPDATE plot_boundary SET source = 'guessed'",
    ):
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(statement)


def test_trees_are_counted_in_calendar_years():
    assert rules.tree_age(date(2022, 12, 31), date(2024, 1, 1)) == 2
