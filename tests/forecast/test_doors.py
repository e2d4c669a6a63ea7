"""Forecasts of a small county: series from the register, assumptions in versions, constraints per township, boards and papers."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pypdfium2
import pytest

from tests.factories import county as make
from trace.alerts import sources
from trace.core.errors import Invalid
from trace.forecast import assuming, queries, rules
from trace.forecast.series import Flag, Method
from trace.land.services import record_visit
from trace.targets import published
from trace.targets import services as targets

TODAY = date(2026, 11, 20)


@pytest.fixture
def planted(home):
    """A plot that was looked at in 2025 and again in 2026, three years of stated values, tasks for 2030."""
    plot = make.plot(home.actor("coop"), home)
    for day in (date(2025, 2, 1), date(2026, 5, 1)):
        record_visit(home.actor("verifier_forestry"), plot.code, kind="year3", visited_on=day, sampled=100, alive=90)
    for year, wan in ((2023, 100), (2024, 120), (2025, 140)):
        targets.state_value(
            home.actor("township"), township=make.HOME, year=year, stage="primary", gross_fen=wan * 10**6, grade="B", method="报表"
        )  # fmt: skip
    targets.plan(
        home.actor("office"), indicator="area", township=make.HOME, year=2030, value=10 * plot.area_m2, doc_no="1"
    )
    return plot


def test_series_and_their_forecasts(home, planted):
    areas = queries.area_series(TODAY)
    assert areas[make.HOME].values[-1] == planted.area_m2 == areas[""].values[-1]
    assert areas[make.HOME].labels[0] == "2025Q1" and len(areas[make.HOME].values) == 7
    money = queries.forecast(queries.value_series(TODAY)[""], TODAY)
    assert money.outlook.method is Method.THEIL_SEN and money.labels == ("2026", "2027", "2028", "2029", "2030")
    assert [point.mid for point in money.outlook.points] == [n * 10**6 for n in (160, 180, 200, 220, 240)]
    assert money.judged.flag is Flag.RED and money.goal == 10**12
    tested = queries.back_test(queries.value_series(TODAY)[""])
    assert tested == [] and [t.label for t in queries.back_test(areas[""])] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]


def test_estimates_over_half_make_a_forecast_grey(home, planted):
    targets.state_value(
        home.actor("township"), township=make.HOME, year=2025, stage="tertiary", gross_fen=900 * 10**6, grade="C", method="估", confirmed=True
    )  # fmt: skip
    weak = queries.weak_shares(2025)[""]
    assert queries.forecast(queries.value_series(TODAY)[""], TODAY, weak).judged.flag is Flag.GREY


def test_assumptions_have_versions_and_townships_their_own(home, planted):
    office = home.actor("office")
    with pytest.raises(Invalid, match="修改假设须填写原因"):
        assuming.assume(office, key="seedlings", value=1, basis="x")
    with pytest.raises(Invalid, match="1000‰"):
        assuming.assume(office, key="fresh_share", value=900, basis="x", reason="y")
    with pytest.raises(Invalid, match="乡镇"):
        assuming.assume(office, key="seedlings", value=1, basis="x", reason="y", scope="430422999")
    first = queries.simulations(TODAY)[make.HOME]
    for value in (740, 370):
        assuming.assume(office, key="seedlings", value=value, basis="育苗台账", reason="实数", scope=make.HOME)
    second = queries.simulations(TODAY)[make.HOME]
    assert [row.version for row in assuming.history()] == [2, 1]
    assert second.binding == "seedlings" and second.area_2030_m2 < first.area_2030_m2
    assert (
        sum(m.seedlings for m in assuming.means({make.HOME: 5, make.AWAY: 7}).values())
        == rules.ASSUMPTIONS["seedlings"].default
    )


def test_the_trees_that_stand_are_the_cohorts(home, planted):
    assert queries.cohorts_of(TODAY)[make.HOME] == {2018: planted.area_m2}
    assert queries.cohort_years("", TODAY)[0].bearing_m2 == planted.area_m2


@pytest.mark.parametrize("who", ["leader", "township", "statistics", "coop"])
def test_pages_open_for_whoever_reads_targets(home, planted, sign_in, who):
    browser = sign_in(who)
    for page in ("/targets/board", "/targets/forecast", "/targets/forecast/assumptions"):
        assert browser.get(page).status_code == 200, page
    own = 200 if who != "coop" else 404
    assert browser.get(f"/targets/board/{make.HOME}").status_code == own
    assert browser.get(f"/targets/forecast/townships/{make.HOME}").status_code == own
    assert browser.get(f"/targets/board/{make.AWAY}").status_code == (404 if who in ("township", "coop") else 200)


def test_the_page_says_plainly_what_cannot_be_reached(home, planted, sign_in):
    page = sign_in("leader").get("/targets/forecast").text
    assert "按现有依据，目标无法达到" in page and "不是官方估计" in page and "Theil–Sen" in page


@pytest.mark.parametrize(("name", "words"), [("progress", "系统生成，未经签发"), ("performance", "送审稿")])
def test_the_countys_papers(home, planted, sign_in, name, words):
    answer = sign_in("office").get(f"/targets/papers/{name}.pdf")
    pdf = pypdfium2.PdfDocument(BytesIO(answer.data))
    text = "".join(page.get_textpage().get_text_range() for page in pdf).replace("\u2009", "")
    assert words in text and "请示" not in text
    assert [round(value) for value in pdf[0].get_size()] == [595, 842]


def test_a_target_out_of_reach_is_an_alert_until_it_is_not(home, planted):
    found = {item.subject: item.facts for item in sources.forecasts(TODAY)}
    assert found["output_value"] == {"title": "综合产值", "share": "0.0"}


def test_public_figures_are_kept_until_something_is_written(home, planted):
    first = published.published("2026Q3")
    assert published.published("2026Q3") is first
    plot = make.plot(home.actor("coop"), home, geometry=make.square(112.9))
    assert published.published("2026Q3").total("registered_m2") == first.total("registered_m2") + plot.area_m2
