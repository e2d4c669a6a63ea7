"""Survival visits: independent, sampled as planned, placed, corrected without losing the mistake."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import csrf, post
from tests.factories import county as make
from trace.core.actor import Role
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.invariants import all_findings
from trace.land import history, queries, rules, schedule, services, visits
from trace.land.models import Plot, SurvivalVisit
from trace.registry.models import SiteSetting
from trace.targets import queries as targets


@pytest.fixture
def plot(home):
    return make.plot(home.actor("coop"), home)


def seen(**more: object) -> dict[str, object]:
    return {"kind": "year1", "visited_on": date(2019, 5, 20), "sampled": 200, "alive": 180, **more}


def codes(visit: SurvivalVisit) -> set[str]:
    return {item["code"] for item in visit.cautions}


def test_nobody_verifies_his_own_ground(home, plot):
    make.user("inside", Role.VERIFIER_FORESTRY, home.coop)
    with pytest.raises(RuleBroken, match="您所在的单位经营或代管这块地"):
        services.record_visit(home.actor("inside"), plot.code, **seen())
    own = make.plot(home.actor("bureau"), home, geometry=make.square(112.7))
    with pytest.raises(RuleBroken, match="这块地是您登记的"):
        services.record_visit(home.actor("bureau"), own.code, **seen())
    assert services.record_visit(home.actor("verifier_forestry"), own.code, **seen()).number == 1


def test_all_mistakes_of_a_visit_at_once(home, plot):
    with pytest.raises(Invalid) as caught:
        services.record_visit(
            home.actor("bureau"), plot.code,
            **seen(visited_on=date(2017, 1, 1), alive=201, verified_m2=plot.area_m2 + 1, lon=112.6),
        )  # fmt: skip
    assert [item.field for item in caught.value.errors] == ["visited_on", "alive", "verified_mu", "lat"]
    assert not SurvivalVisit.select().exists()


def test_a_sample_below_the_plan_is_kept_with_a_remark(home, plot):
    """66 亩 with 4 000 trees: 5 %, so 200 trees."""
    assert visits.sample_wanted(plot) == 200
    actor = home.actor("verifier_forestry")
    assert codes(services.record_visit(actor, plot.code, **seen())) == set()
    few = services.record_visit(actor, plot.code, **seen(sampled=199, alive=180, visited_on=date(2019, 6, 1)))
    assert codes(few) == {"SAMPLE_SMALL"}
    SiteSetting.create(key="land.sampling_plan", value=[[None, 1]])
    assert visits.sample_wanted(plot) == 40


@pytest.mark.parametrize(
    ("mu", "percent"), [(1, 5), (100, 5), (101, 3), (500, 3), (501, 2), (10_000, 2)]
)  # fmt: skip
def test_the_sampling_plan_by_area(mu, percent):
    assert rules.sample_percent(mu * 10_000 // 15) == percent


def test_where_the_visitor_stood(home, plot):
    actor, place = home.actor("verifier_forestry"), {"lon": 112.601, "lat": 26.701}
    good = services.record_visit(actor, plot.code, **seen(**place, accuracy_m=15))
    coarse = services.record_visit(actor, plot.code, **seen(**place, accuracy_m=85, visited_on=date(2019, 6, 1)))
    far = services.record_visit(
        actor, plot.code, **seen(lon=112.61, lat=26.701, accuracy_m=5, visited_on=date(2019, 6, 2))
    )
    assert (good.is_evidence, coarse.is_evidence, far.is_evidence) == (True, False, True)
    assert (codes(good), codes(coarse), codes(far)) == (set(), {"ACCURACY_LOW"}, {"POINT_FAR"})
    assert str(rules.Caution.read(coarse.cautions[0]).message) == "定位误差 85 米，建议到空旷处重新定位。"


def test_a_visit_before_the_season_is_over_is_remarked(home, plot):
    visit = services.record_visit(home.actor("bureau"), plot.code, **seen(visited_on=date(2018, 9, 30)))
    assert codes(visit) == {"VISIT_EARLY"}


def test_a_correction_keeps_both_and_undoes_the_consequence(home, plot):
    actor = home.actor("verifier_forestry")
    services.record_visit(actor, plot.code, **seen(alive=20))
    assert Plot.get_by_id(plot.id).state == "failed"
    with pytest.raises(Invalid, match="请填写更正的原因。"):
        visits.correct_visit(actor, plot.code, 1, " ", **seen())
    fixed = visits.correct_visit(actor, plot.code, 1, "180 抄成 20", **seen(alive=180))
    assert (fixed.number, fixed.version, Plot.get_by_id(plot.id).state) == (1, 2, "survived")
    assert [row.alive for row in queries.visits(plot)] == [180]
    assert [row.alive for row in queries.replaced_visits(plot)] == [20]
    changes = [(row.to_state, bool(row.undone), row.evidence) for row in history.state_changes(plot)]
    assert changes == [("survived", False, "correction"), ("failed", True, "visit"), ("planted", False, "registration")]
    moved = visits.correct_visit(actor, plot.code, 1, "日期写错", **seen(visited_on=date(2019, 6, 20)))
    assert moved.version == 3
    assert history.state_on(plot, date(2019, 6, 19)) == "planted", "the wrong day led to nothing"
    assert history.state_on(plot, date(2019, 6, 20)) == "survived"
    assert list(all_findings("land")) == []


def test_progress_counts_the_corrected_figure(home, plot):
    actor = home.actor("verifier_forestry")
    services.record_visit(actor, plot.code, **seen(visited_on=date(2026, 5, 1), verified_m2=100))
    visits.correct_visit(actor, plot.code, 1, "面积写错", **seen(visited_on=date(2026, 5, 1), verified_m2=30_000))
    assert targets.progress("2026Q2").total("verified_m2") == 30_000


def test_the_corrected_day_is_free_for_another_visit(home, plot):
    actor = home.actor("verifier_forestry")
    services.record_visit(actor, plot.code, **seen())
    visits.correct_visit(actor, plot.code, 1, "日期写错", **seen(visited_on=date(2019, 6, 1)))
    with pytest.raises(RuleBroken, match="该地块 2019-06-01 已有一次同类查验。"):
        services.record_visit(actor, plot.code, **seen(visited_on=date(2019, 6, 1)))


@given(st.dates(date(2016, 1, 1), date(2035, 12, 31)), st.dates(date(2016, 1, 1), date(2040, 12, 31)))
def test_the_boundaries_for_the_list_are_those_of_each_plot(planted_on, today):
    for kind in ("year1", "year3"):
        due = schedule.check_due(kind, planted_on)
        assert due.opens <= due.by
        assert (planted_on < schedule.due_before(kind, today)) == due.overdue(today)
        assert (planted_on < schedule.open_before(kind, today)) == (due.opens <= today)


def test_the_schedule_of_the_brief():
    """Planted in March 2022: counted until June 30 of the next year, and of the fourth."""
    first, third = schedule.plan(date(2022, 3, 12))
    assert (first.opens, first.by) == (date(2022, 10, 1), date(2023, 6, 30))
    assert (third.opens, third.by) == (date(2025, 1, 1), date(2025, 6, 30))
    assert schedule.plan(date(2022, 11, 1))[0].by == date(2024, 6, 30), (
        "autumn trees have their season in the next year"
    )


def photo() -> BytesIO:
    body = BytesIO()
    Image.new("RGB", (8, 8), "green").save(body, "JPEG")
    body.seek(0)
    return body


def test_the_pages_of_visits(sign_in, home, plot):
    browser = sign_in("verifier_forestry")
    due = browser.get("/plots/visits-due").text
    assert plot.code in due and "逾期" in due
    assert browser.get("/plots/visits-due?kind=year3").text.count(plot.code) == 0
    assert "逾期未查验的地块" in browser.get("/desk").text
    address = f"/plots/{plot.code}/visit"
    typed = {
        "kind": "year1",
        "visited_on": "2019-05-20",
        "sampled": "100",
        "alive": "90",
        "lon": "112.601",
        "lat": "26.701",
    }
    wrong = post(browser, address, **{**typed, "lat": "北", "accuracy_m": "近"})
    assert wrong.status_code == 422
    assert "坐标请填小数，如 112.601234。" in wrong.text and "误差请填整数米，如 8。" in wrong.text
    data = {
        "csrf_token": csrf(browser, address),
        **typed,
        "accuracy_m": "85",
        "photos": [(photo(), "a.jpg"), (photo(), "b.jpg")],
    }
    assert browser.post(address, data=data, content_type="multipart/form-data").status_code == 302
    page = browser.get(f"/plots/{plot.code}").text
    assert "不作依据" in page and f"/plots/{plot.code}/visits/1/photos/2" in page
    picture = browser.get(f"/plots/{plot.code}/visits/1/photos/2")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert sign_in("coop2").get(f"/plots/{plot.code}/visits/1/photos/2").status_code == 404
    correction = f"/plots/{plot.code}/visits/1/correct"
    missing = post(browser, correction, **typed)
    assert (missing.status_code, "请填写更正的原因。" in missing.text) == (422, True)
    assert post(browser, correction, **{**typed, "alive": "95"}, reason="抄错").status_code == 302
    page = browser.get(f"/plots/{plot.code}").text
    assert "更正：抄错" in page and "90 / 100" in page and "95 / 100" in page
    assert browser.get(f"/plots/{plot.code}/visits/2/correct").status_code == 404


def test_there_is_no_such_photo(home, plot):
    services.record_visit(home.actor("bureau"), plot.code, **seen())
    with pytest.raises(NotFound):
        visits.get_photo(plot, 1, 1)
