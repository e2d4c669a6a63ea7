"""The life of a plot: legal steps only, every change a dated row, the past keeps its states."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from peewee import IntegrityError, OperationalError

from tests.conftest import post
from tests.factories import county as make
from trace.core.clock import business_date
from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.db import db
from trace.invariants import all_findings
from trace.land import history, life, queries, rules, services, states, visits
from trace.land.models import Plot
from trace.targets import queries as targets


@pytest.fixture
def coop(home):
    return home.actor("coop")


@pytest.fixture
def plot(home, coop):
    return make.plot(coop, home)


def visit(home, plot, kind: str, on: date, alive: int):
    return services.record_visit(
        home.actor("verifier_forestry"), plot.code, kind=kind, visited_on=on, sampled=100, alive=alive
    )


def change(actor, plot, to: str, on: date, reason: str = ""):
    return life.change_state(actor, plot.code, to=to, on_day=on, reason=reason)


def test_the_straight_way(home, coop):
    plot = make.plot(coop, home, planted_on=None)
    today = business_date()
    assert history.state_on(plot, today) == "planned"
    assert history.state_on(plot, today - timedelta(days=1)) is None
    change(coop, plot, "prepared", today, "挖穴完成")
    change(coop, plot, "planted", today)
    assert (Plot.get_by_id(plot.id).planted_on, Plot.get_by_id(plot.id).state) == (today, "planted")
    assert [row.to_state for row in history.state_changes(plot)] == ["planted", "prepared", "planned"]


def test_a_whole_life_stays_readable_by_day(home, coop, plot):
    visit(home, plot, "year1", date(2019, 5, 20), 60)
    change(coop, plot, "planted", date(2020, 3, 1))
    visit(home, plot, "year1", date(2020, 11, 1), 90)
    visit(home, plot, "year3", date(2023, 5, 1), 85)
    change(coop, plot, "bearing", date(2024, 7, 1), "首次挂果")
    change(home.actor("bureau"), plot, "lost", date(2026, 1, 10), "修路占用，县自然资源局批复")
    days = {
        "2018-03-11": None, "2018-03-12": "planted", "2019-05-19": "planted", "2019-05-20": "replant_needed",
        "2020-03-01": "planted", "2020-11-01": "survived", "2023-05-01": "established", "2024-07-01": "bearing",
        "2026-01-09": "bearing", "2026-01-10": "lost",
    }  # fmt: skip
    assert {day: history.state_on(plot, date.fromisoformat(day)) for day in days} == days
    kept = Plot.get_by_id(plot.id)
    assert (kept.planted_on, kept.replanted_on) == (date(2018, 3, 12), date(2020, 3, 1)), "filling gaps leaves the age"
    assert list(all_findings("land")) == []


def test_planting_again_after_failure_starts_the_age_anew(home, coop, plot):
    visit(home, plot, "year1", date(2019, 5, 20), 40)
    assert Plot.get_by_id(plot.id).state == "failed"
    change(coop, plot, "planted", date(2020, 3, 1))
    kept = Plot.get_by_id(plot.id)
    assert (kept.state, kept.planted_on, kept.replanted_on) == ("planted", date(2020, 3, 1), None)
    assert history.state_on(plot, date(2019, 12, 31)) == "failed", "what failed stays failed in its time"


@pytest.mark.parametrize("state", list(rules.PLOT_STATES))
def test_illegal_steps_are_refused_with_what_is_allowed(state):
    allowed = [step.to for step in states.steps_by_hand(state)]
    for to in {*rules.PLOT_STATES, "sold"} - set(allowed):
        with pytest.raises(RuleBroken) as caught:
            states.require_step(state, to)
        assert (caught.value.status, caught.value.allowed, caught.value.code) == (409, allowed, "STATE_STEP")


def test_given_up_is_final():
    assert [state for state in rules.PLOT_STATES if not states.TRANSITIONS[state]] == ["converted", "lost", "cancelled"]
    assert set(states.TRANSITIONS) == set(rules.PLOT_STATES)
    for state in rules.GONE_STATES:
        with pytest.raises(RuleBroken):
            states.require_visitable(state)


def test_who_may_and_on_what(home, coop, plot):
    with pytest.raises(Forbidden):
        change(coop, plot, "lost", business_date(), "被水冲毁")
    with pytest.raises(RuleBroken) as caught:
        change(coop, plot, "bearing", business_date(), "挂果")
    assert caught.value.allowed == ["converted", "lost"]
    with pytest.raises(Invalid) as wrong:
        change(home.actor("bureau"), plot, "lost", date(2017, 1, 1))
    assert [item.code for item in wrong.value.errors] == ["DATE_ORDER", "REASON_MISSING"]
    assert Plot.get_by_id(plot.id).state == "planted"


def test_trees_that_bear_do_not_fall_back_by_surviving():
    assert states.after_visit("bearing", "established") == "bearing"
    assert states.after_visit("established", "survived") == "established"
    assert states.after_visit("survived", "established") == "established"
    assert states.after_visit("bearing", "replant_needed") == "replant_needed"


def test_a_visit_entered_late_is_history_only(home, plot):
    visit(home, plot, "year3", date(2021, 5, 1), 90)
    visit(home, plot, "year1", date(2019, 5, 1), 60)
    assert Plot.get_by_id(plot.id).state == "established"
    assert history.state_on(plot, date(2020, 1, 1)) == "replant_needed"


def test_history_can_not_be_rewritten(plot):
    for statement in (
        "UPDATE plot_state_change SET to_state = 'bearing'",
        "DELETE FROM plot_state_change",
        "UPDATE management_change SET mode = 'organic'",
    ):
        with pytest.raises((IntegrityError, OperationalError)), db.atomic():
            db.execute_sql(statement)


def test_past_progress_shows_past_states(home, coop, plot):
    def line(period: str):
        return next(item for item in targets.progress(period).lines if item.code == make.HOME)

    visit(home, plot, "year1", date(2025, 11, 1), 95)
    change(home.actor("bureau"), plot, "lost", date(2026, 2, 1), "修路占用")
    before, after = line("2025Q4"), line("2026Q1")
    assert (before.plots, before.registered_m2, before.verified_m2) == (1, plot.area_m2, plot.area_m2)
    assert (after.plots, after.registered_m2, after.verified_m2) == (0, 0, 0)
    assert line("2025Q3").awaiting_m2 == plot.area_m2
    assert line("2017Q4").plots == 0
    assert [row.code for row in targets.rows_behind("verified", make.HOME, date(2025, 12, 31))] == [plot.code]


def test_a_plot_whose_state_has_no_history_is_found(plot):
    Plot.update(state="bearing").execute()
    assert list(all_findings("land")) == [f"plot {plot.code}: state bearing, but its history ends in planted"]


def test_the_management_mode_is_dated(home, coop, plot):
    life.change_management(coop, plot.code, mode="organic_conversion", on_day=date(2022, 3, 1), evidence="转换计划")
    with pytest.raises(Invalid) as early:
        life.change_management(coop, plot.code, mode="organic", on_day=date(2025, 2, 28))
    assert str(early.value) == "有机转换自 2022-03-01 起须满 36 个月，最早 2025-03-01 可登记为有机。"
    life.change_management(coop, plot.code, mode="organic", on_day=date(2025, 3, 1), evidence="证书")
    modes = {day: history.management_on(plot, day) for day in (date(2018, 3, 12), date(2023, 1, 1), date(2025, 3, 1))}
    assert list(modes.values()) == ["conventional", "organic_conversion", "organic"]
    assert history.management_on(plot, date(2018, 3, 11)) is None
    for values, code in (
        ({"mode": "organic", "on_day": date(2025, 6, 1)}, "NO_CHANGE"),
        ({"mode": "conventional", "on_day": date(2025, 3, 1)}, "DATE_ORDER"),
    ):
        with pytest.raises(Invalid) as caught:
            life.change_management(coop, plot.code, **values)
        assert caught.value.errors[0].code == code


def test_organic_needs_a_conversion(coop, plot):
    with pytest.raises(Invalid, match="请先登记有机转换的开始日期。"):
        life.change_management(coop, plot.code, mode="organic", on_day=date(2024, 1, 1))
    assert rules.organic_from(date(2023, 5, 31)) == date(2026, 5, 31)
    assert rules.organic_from(date(2024, 2, 29)) == date(2027, 2, 28)


def test_the_pages_of_states(sign_in, client, token, home, plot):
    browser = sign_in("bureau")
    address = f"/plots/{plot.code}/state"
    refused = post(browser, address, to="bearing", on_day="2026-01-01", reason="挂果")
    assert (refused.status_code, "不能改为“挂果”" in refused.text) == (409, True)
    kept = post(browser, address, to="lost", on_day="2026-01-01", reason="修路占用")
    assert kept.status_code == 302
    page = browser.get(f"/plots/{plot.code}?on=2025-12-31").text
    assert "修路占用" in page and "状态“已栽待查”" in page
    answer = client.post(
        f"/api/v1/plots/{plot.code}/states", headers=token("bureau"), json={"to": "planted", "on_day": "2026-02-01"}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "STATE_STEP")
    items = client.get(f"/api/v1/plots/{plot.code}/states", headers=token("coop")).json["items"]
    assert [(item["from"], item["to"], item["counts"]) for item in items] == [
        ("planted", "lost", True),
        (None, "planted", True),
    ]


def test_what_is_due_is_what_waits(home, coop):
    """One plot of each age: only those whose season is over are listed, and only late ones are overdue."""
    today = date(2026, 7, 1)
    planted = {day: make.plot(coop, home, geometry=make.square(112.6 + n * 0.01), planted_on=day) for n, day in enumerate(
        (date(2026, 3, 1), date(2025, 9, 1), date(2025, 8, 31), date(2024, 3, 1))
    )}  # fmt: skip
    bureau = home.actor("bureau")
    late = [plot.planted_on for plot in visits.due_visits(bureau, today, overdue=True)]
    assert late == [date(2024, 3, 1), date(2025, 8, 31)]
    assert len(list(visits.due_visits(bureau, date(2026, 6, 30), overdue=True))) == 1, "the last day is not late"
    october = [plot.planted_on for plot in visits.due_visits(bureau, date(2026, 10, 1))]
    assert october == sorted(planted)
    assert [plot.planted_on for plot in visits.due_visits(bureau, date(2026, 9, 30))] == sorted(planted)[:2]
    for day, plot in planted.items():
        due = visits.due_of(plot)
        assert due.overdue(today) == (day in late)
    assert list(visits.due_visits(home.actor("coop2"), today)) == []
    assert queries.get_plot(coop, planted[date(2024, 3, 1)].code).state == "planted"
