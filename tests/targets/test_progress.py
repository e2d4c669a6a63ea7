"""Progress: figures are sums of records, tasks exist only by document, three papers say the same."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pypdfium2
import pytest

from tests.factories import county as make
from trace.core.errors import Invalid, NotFound
from trace.core.units import format_mu
from trace.db import db
from trace.land.services import record_visit
from trace.targets import papers, queries, rules, services

DAY = date(2026, 9, 30)


@pytest.fixture
def home(app):
    with db.connection_context():
        made = make.county()
        coop, coop2 = made.actor("coop"), made.actor("coop2")
        plots = [make.plot(coop, made, geometry=make.square(112.6 + n * 0.01)) for n in range(3)]
        plots.append(make.plot(coop2, made, geometry=make.square(112.8)))
        forestry = made.actor("verifier_forestry")
        record_visit(forestry, plots[0].code, kind="year1", visited_on=date(2026, 5, 1), sampled=100, alive=90)
        record_visit(forestry, plots[1].code, kind="year1", visited_on=date(2026, 5, 1), sampled=100, alive=84)
        record_visit(forestry, plots[3].code, kind="year1", visited_on=date(2024, 9, 30), sampled=100, alive=95)
        made.plots = plots
        return made


def line(progress, code):
    return next(item for item in progress.lines if item.code == code)


def test_verified_area_counts_only_fresh_and_qualified_visits(home):
    with db.connection_context():
        found = queries.progress("2026Q3")
        songjiang = line(found, make.HOME)
        assert songjiang.plots == 3
        assert songjiang.registered_m2 == sum(plot.area_m2 for plot in home.plots[:3])
        assert songjiang.verified_m2 == home.plots[0].area_m2
        assert songjiang.awaiting_m2 == home.plots[2].area_m2
        assert line(found, make.AWAY).verified_m2 == 0, "24 months are over on 2026-09-30"
        assert line(queries.progress("2026Q2"), make.AWAY).verified_m2 == home.plots[3].area_m2


def test_every_figure_opens_rows_that_sum_to_it(home, sign_in):
    with db.connection_context():
        found = queries.progress("2026Q3")
        for item in found.lines:
            rows = queries.rows_behind("registered", item.code, DAY)
            assert sum(row.area_m2 for row in rows) == item.registered_m2
    page = sign_in("bureau").get(f"/targets/townships/{make.HOME}/verified?period=2026Q3")
    assert home.plots[0].code in page.text and home.plots[1].code not in page.text
    assert format_mu(home.plots[0].area_m2) in page.text


def test_townships_have_no_tasks_until_a_document_gives_them_some(home):
    with db.connection_context():
        assert queries.progress("2026Q3").plan_total_m2 is None
        office = home.actor("office")
        services.plan(
            office, indicator="area", township=make.HOME, year=2026, value=66_666_667, doc_no="演示〔2026〕1号"
        )
        assert queries.progress("2026Q3").plan_total_m2 == 66_666_667
        with pytest.raises(Invalid, match="调整须填写原因"):
            services.plan(office, indicator="area", township=make.HOME, year=2026, value=1, doc_no="演示〔2026〕2号")
        services.plan(
            office,
            indicator="area",
            township=make.HOME,
            year=2026,
            value=1000,
            doc_no="演示〔2026〕2号",
            reason="据实调整",
        )
        assert queries.plans("area", 2026) == {make.HOME: 1000}
        assert [r.version for r in queries.plan_history("area", 2026)] == [2, 1]


def test_goals_carry_the_words_of_the_opinion(home):
    with db.connection_context():
        goals = {goal.indicator: goal for goal in queries.goals()}
    assert format_mu(goals["area"].value) == "100\u2009000.00"
    assert goals["output_value"].value == 100 * 10**8 * 100
    assert (goals["above_scale"].value, goals["leading_national"].value, goals["leading_provincial"].value) == (
        5,
        5,
        20,
    )
    assert (goals["towns"].value, goals["towns"].upper_value) == (1, 2)
    assert all(goal.source_text for goal in goals.values())


def test_the_three_counters_never_come_without_the_note(home, sign_in, client):
    note = "本表按三项分别统计"
    assert note in sign_in("leader").get("/targets").text
    assert note in client.get("/progress").text
    with db.connection_context():
        assert note in papers.as_json(queries.progress("2026Q3"))["note"]


def test_screen_xlsx_and_pdf_say_the_same(home, sign_in):
    browser = sign_in("office")
    with db.connection_context():
        found = queries.progress("2026Q3")
    total = format_mu(found.total("registered_m2"))
    assert total in browser.get("/targets?period=2026Q3").text
    sheet = openpyxl.load_workbook(BytesIO(browser.get("/targets/report.xlsx?period=2026Q3").data)).active
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert f"{rows['松江镇'][2]:.2f}" == format_mu(line(found, make.HOME).registered_m2)
    assert rows["合计"][2] == "=SUM(C2:C24)"
    pdf = pypdfium2.PdfDocument(BytesIO(browser.get("/targets/report.pdf?period=2026Q3").data))
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert total.replace("\u2009", "") in text.replace("\u2009", "").replace(" ", "")
    assert "系统生成，未经签发" in text and "松江镇" in text


def test_a_value_in_the_wrong_unit_is_asked_about(home):
    with db.connection_context():
        township = home.actor("township")
        values = {"township": make.HOME, "stage": "primary", "grade": "B", "method": "签字报表"}
        services.state_value(township, year=2025, gross_fen=1210 * 10**6, **values)
        with pytest.raises(
            Invalid, match="本期 35\u2009000 万元为上期 1\u2009210 万元的 28 倍，请确认单位是否为“万元”。"
        ):
            services.state_value(township, year=2026, gross_fen=35_000 * 10**6, **values)
        services.state_value(
            township, year=2026, gross_fen=35_000 * 10**6, confirmed=True, local_input_fen=5_000 * 10**6, **values
        )
        found = line(queries.progress("2026Q3"), make.HOME)
        assert (found.gross_fen, found.net_fen) == (35_000 * 10**6, 30_000 * 10**6)
        with pytest.raises(NotFound):
            services.state_value(home.actor("township2"), year=2026, gross_fen=1, **values)


def test_unknown_periods_do_not_exist(sign_in, home):
    assert sign_in("leader").get("/targets?period=2026Q9").status_code == 404
    assert rules.quarter_end("2026Q1") == date(2026, 3, 31)
    assert rules.period_of(date(2026, 11, 24)) == "2026Q4"
