"""The yearly performance: money equals the books, targets stand against results, the paper is a draft in the county's layout."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from io import BytesIO

import openpyxl
import pypdfium2

from tests.factories import county as make
from tests.factories import funds
from trace.core.clock import business_date
from trace.effects import performance as yearly
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.land.services import record_visit
from trace.targets import services as targets

YEAR = 2026


def text_of(pdf: bytes) -> str:
    """The words of a paper without its spaces."""
    pages = pypdfium2.PdfDocument(BytesIO(pdf))
    return (
        "".join(page.get_textpage().get_text_range() for page in pages)
        .replace(" ", "")
        .replace("\u2009", "")
        .replace("\r\n", "")
    )


def test_the_money_is_that_of_the_books(home):
    scheme = funds.programme(home, money_fen=100_000_000)
    paid = funds.drive(home, funds.draft(home, scheme), State.PAID)
    waiting = funds.drive(home, funds.draft(home, scheme, number=1), State.APPROVED)
    found = yearly.performance(home.actor("leader"), YEAR)
    spent, bound = (Application.get_by_id(one.id).amount_fen for one in (paid, waiting))
    assert found.money["appropriated"] == 100_000_000
    assert (found.money["paid"], found.money["committed"]) == (spent, bound)
    assert found.money["left"] == 100_000_000 - spent - bound
    assert found.money["appropriated"] == sum(
        found.money[name] for name in ("reserved", "committed", "paid", "lapsed", "left")
    )
    assert found.rate == Fraction(spent, 100_000_000)
    assert [(line.code, line.received, line.refused) for line in found.lines] == [(scheme.code, 2, 0)]
    assert found.output["fen"] == spent
    assert yearly.performance(home.actor("leader"), YEAR - 1).lines == []


def test_targets_stand_against_results(home):
    targets.plan(
        home.actor("office"), indicator="area", township=make.HOME, year=YEAR, value=1000, doc_no="演示〔2026〕1号"
    )
    plot = make.plot(home.actor("coop"), home)
    record_visit(
        home.actor("verifier_forestry"), plot.code, kind="year1", visited_on=date(2026, 5, 1), sampled=100, alive=90
    )
    found = {target.name: target for target in yearly.performance(home.actor("leader"), YEAR).targets}
    assert (found["核实种植面积"].target, found["核实种植面积"].result, found["核实种植面积"].met) == (
        1000,
        plot.area_m2,
        True,
    )
    assert found["当年查验成活率"].result == Fraction(9, 10) and found["当年查验成活率"].met
    assert found["综合产值"].met is None
    assert found["公示异议办结率"].result is None


def test_objections_are_told_as_problems(home):
    scheme = funds.programme(home)
    item = funds.drive(home, funds.draft(home, scheme), State.PUBLICITY)
    funds.step(home, item.no, "office", Action.OBJECT, text="面积不实")
    found = yearly.performance(home.actor("leader"), YEAR)
    assert (found.problems.objections, found.problems.upheld, found.problems.pending) == (1, 0, 1)
    rate = next(target for target in found.targets if target.name == "公示异议办结率")
    assert (rate.result, rate.met) == (0, False)


def test_the_paper_is_a_draft_and_says_what_the_page_says(home, sign_in):
    scheme = funds.programme(home, money_fen=100_000_000)
    funds.drive(home, funds.draft(home, scheme), State.PAID)
    browser = sign_in("leader")
    found = yearly.performance(home.actor("leader"), YEAR)
    page = browser.get(f"/effects/performance?year={YEAR}").text
    paper = text_of(browser.get(f"/effects/performance.pdf?year={YEAR}").data)
    assert "送审稿" in paper and "〔" in paper and "绩效自评情况的报告" in paper
    assert "请示" not in paper, "a report carries no request (L223)"
    assert found.lines[0].name in page and found.lines[0].name in paper
    for target in found.targets:
        assert target.name in page and target.name in paper
    assert "（由主管单位填写。）" in paper
    sheet = openpyxl.load_workbook(BytesIO(browser.get(f"/effects/performance.xlsx?year={YEAR}").data)).active
    assert sheet["C2"].value == 1_000_000 and sheet["C3"].value == "=SUM(C2:C2)"


def test_the_report_is_the_countys(home, sign_in):
    assert sign_in("township").get("/effects/performance").location == "/effects"
    assert sign_in("township").get("/effects/performance.pdf?year=2026").status_code == 404
    assert sign_in("auditor").get("/effects/performance").status_code == 200
    assert "绩效自评" not in sign_in("township").get("/effects").text
    assert sign_in("statistics").get("/effects/performance").status_code == 200


def test_while_the_year_lasts_the_page_says_so(home, sign_in):
    page = sign_in("leader").get(f"/effects/performance?year={business_date().year}").text
    assert "本年度还没有结束" in page
    assert "本年度还没有结束" not in sign_in("leader").get("/effects/performance?year=2020").text
