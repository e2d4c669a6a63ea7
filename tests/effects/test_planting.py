"""Four numbers side by side: what each is, what speaks against what, and that every figure is the sum of what it opens."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import openpyxl
import pypdfium2
import pytest

from tests.effects.conftest import deliver, move, statements
from tests.factories import county as make
from tests.factories import funds
from trace.core.units import format_mu
from trace.effects import planting, planting_papers, rules
from trace.effects.planting import Asked
from trace.effects.rules import Basis, Check
from trace.funds import services
from trace.funds.models import Application
from trace.land.services import record_visit

REGISTERED = Asked(basis=Basis.REGISTERED)
DAY = date(2026, 11, 27)


def row_of(found, plot):
    """The numbers of one plot."""
    return next(row for row in found.rows if row.plot_id == plot.id)


def test_ground_counts_once_and_stays_with_who_registered_it_first(home):
    coop, coop2 = home.actor("coop"), home.actor("coop2")
    first = make.plot(coop, home, geometry=make.square(112.60))
    second = make.plot(coop2, home, geometry=make.square(112.80))
    third = make.plot(coop, home, geometry=make.square(112.90))
    move(second, make.square(112.601))
    move(third, make.square(112.6015))
    found = planting.four_numbers(home.actor("leader"), REGISTERED, DAY)
    one, two, three = (row_of(found, plot) for plot in (first, second, third))
    assert (one.shared_m2, one.ground_m2) == (0, one.gross_m2)
    assert two.shared_with == (first.code,) and abs(two.shared_m2 - two.gross_m2 // 2) <= 2
    assert set(three.shared_with) == {first.code, second.code}
    union = one.gross_m2 * 7 // 4
    assert abs(found.sums.ground - union) <= 5, "0.002° + 0.001° + 0.0005° of ground"
    assert f"扣除与 {first.code} 的重叠后只有" in planting_papers.words(two)


def test_the_largest_claim_counts_and_the_others_are_shown_beside_it(home, sign_in):
    scheme = funds.programme(home)
    tending = funds.programme(home, name="2026年抚育奖补", purpose="tending")
    coop = home.actor("coop")
    plot = make.plot(coop, home)
    for programme, area in ((scheme, 30_000), (tending, 20_000)):
        services.create_application(coop, programme.code, plot.code, send=True)
        Application.update(applied_m2=area).where(Application.programme == programme).execute()
    found = planting.four_numbers(home.actor("leader"), Asked(), DAY)
    assert [(row.stated_m2, len(row.claims)) for row in found.rows] == [(30_000, 2)]
    narrowed = planting.four_numbers(home.actor("leader"), Asked(programme=tending.code), DAY)
    assert [row.stated_m2 for row in narrowed.rows] == [20_000]
    page = sign_in("leader").get("/effects/planting/stated").text
    assert "同一地块，不重复计入" in page and "30\u2009000" in page


def test_a_plot_nobody_applied_for_is_compared_by_its_registered_area(home):
    plot = make.plot(home.actor("coop"), home)
    assert planting.four_numbers(home.actor("leader"), Asked(), DAY).rows == []
    row = row_of(planting.four_numbers(home.actor("leader"), REGISTERED, DAY), plot)
    assert (row.stated_m2, row.claims, row.check) == (plot.area_m2, (), Check.OVERDUE)
    assert row.gap_m2 == plot.area_m2 and "到期没有查验" in planting_papers.words(row)


def test_seedlings_are_divided_by_the_thinnest_planting_and_speak_only_when_whole(home):
    plot, other = (make.plot(home.actor("coop"), home, geometry=make.square(112.60 + n * 0.01)) for n in range(2))
    record_visit(
        home.actor("verifier_forestry"), plot.code, kind="year1", visited_on=date(2026, 5, 1), sampled=100, alive=95
    )
    deliver(home, plot, 420)
    found = planting.four_numbers(home.actor("leader"), REGISTERED, DAY)
    row = row_of(found, plot)
    assert (row.plants, row.density.low, row.seedlings_m2) == (420, 42, rules.area_of(420, 42))
    assert format_mu(row.seedlings_m2) == "10.00"
    assert row.gap_m2 == row.stated_m2 - row.seedlings_m2
    assert "出圃苗木 420 株，按每亩 42 株最多够栽 10.00 亩" in planting_papers.words(row)
    assert row_of(found, other).plants is None and "seedlings" not in row_of(found, other).evidence
    sent = deliver(home, plot, 80)
    sent.undone = True
    sent.save()
    row = row_of(planting.four_numbers(home.actor("leader"), REGISTERED, DAY), plot)
    assert (row.plants, row.whole) == (420, False), "an undone dispatch sent nothing, and proves nothing"
    assert "seedlings" not in row.evidence


@pytest.mark.parametrize(
    ("on", "alive", "state", "check"),
    [
        (date(2026, 5, 1), 95, "", Check.QUALIFIED),
        (date(2026, 5, 1), 60, "", Check.FAILED),
        (date(2024, 5, 1), 95, "", Check.OLD),
        (None, 0, "planted", Check.OVERDUE),
    ],
)
def test_where_the_check_stands(home, on, alive, state, check):
    plot = make.plot(home.actor("coop"), home)
    if on:
        record_visit(home.actor("verifier_forestry"), plot.code, kind="year1", visited_on=on, sampled=100, alive=alive)
    row = row_of(planting.four_numbers(home.actor("leader"), REGISTERED, DAY), plot)
    assert row.check == check
    assert (row.verified_m2 > 0) == (check == Check.QUALIFIED)


def test_young_plantings_are_not_accused(home):
    plot = make.plot(home.actor("coop"), home, planted_on=date(2026, 3, 5))
    row = row_of(planting.four_numbers(home.actor("leader"), REGISTERED, DAY), plot)
    assert (row.check, row.gap_m2) == (Check.NOT_DUE, 0)
    late = row_of(planting.four_numbers(home.actor("leader"), REGISTERED, date(2027, 7, 1)), plot)
    assert late.check == Check.OVERDUE


def test_every_figure_is_the_sum_of_its_rows_on_screen_in_xlsx_and_on_paper(home, sign_in):
    coop, coop2 = home.actor("coop"), home.actor("coop2")
    plots = [make.plot(coop, home, geometry=make.square(112.60 + n * 0.01)) for n in range(3)]
    plots.append(make.plot(coop2, home, geometry=make.square(112.90)))
    for plot in plots[:2]:
        record_visit(
            home.actor("verifier_forestry"), plot.code, kind="year1", visited_on=date(2026, 5, 1), sampled=100, alive=95
        )
    deliver(home, plots[0], 500)
    found = planting.four_numbers(home.actor("leader"), REGISTERED)
    for name in ("stated", "ground", "seedlings", "verified", "gap"):
        assert sum(getattr(group.sums, name) for group in found.groups) == getattr(found.sums, name)
    assert [row.gap_m2 for row in found.rows] == sorted((row.gap_m2 for row in found.rows), reverse=True)
    browser = sign_in("leader")
    page = browser.get("/effects/planting?basis=registered").text
    for name in ("stated", "ground", "seedlings", "verified", "gap"):
        total = getattr(found.sums, name)
        assert format_mu(total) in page
        opened = browser.get(f"/effects/planting/{name}?basis=registered").text
        m2 = [int(text.replace("\u2009", "")) for text in re.findall(r'data-label="m²">([\d\u2009]+)<', opened)]
        assert sum(m2) == total
    sheet = openpyxl.load_workbook(BytesIO(browser.get("/effects/planting.xlsx?basis=registered").data)).active
    rows = list(sheet.iter_rows(min_row=2, max_row=len(plots) + 2, values_only=True))
    assert rows[-1][0] == "合计" and rows[-1][11] == "=SUM(L2:L5)"
    assert sum(row[11] for row in rows[:-1]) == found.sums.stated
    kept = openpyxl.load_workbook(
        BytesIO(browser.get("/effects/planting.xlsx?basis=registered").data), data_only=True
    ).active
    assert kept.cell(row=len(plots) + 2, column=12).value == found.sums.stated
    pdf = pypdfium2.PdfDocument(BytesIO(browser.get("/effects/planting.pdf?basis=registered").data))
    text = "".join(leaf.get_textpage().get_text_range() for leaf in pdf)
    assert "系统生成，未经签发" in text and "四数核对情况" in text
    assert format_mu(found.sums.gap).replace("\u2009", "") in text.replace("\u2009", "").replace(" ", "")


def test_a_township_sees_its_own_and_nothing_of_others(home, sign_in):
    own, other = make.plot(home.actor("coop"), home), make.plot(home.actor("coop2"), home, geometry=make.square(112.9))
    page = sign_in("township").get("/effects/planting?basis=registered").text
    assert own.code in page and other.code not in page
    assert sign_in("township").get(f"/effects/planting?township={make.AWAY}").status_code == 404
    assert sign_in("township").get("/effects/planting?programme=XM26-99").status_code == 404
    assert sign_in("coop").get("/effects/planting").status_code == 403
    assert [row.code for row in planting.four_numbers(home.actor("township"), REGISTERED, DAY).rows] == [own.code]


def test_the_same_number_of_statements_for_one_plot_and_for_twenty(home):
    make.plot(home.actor("coop"), home)
    with statements() as few:
        planting.four_numbers(home.actor("leader"), REGISTERED, DAY)
    for n in range(19):
        plot = make.plot(home.actor("coop"), home, geometry=make.square(112.61 + n * 0.01))
        deliver(home, plot, 10)
    with statements() as many:
        found = planting.four_numbers(home.actor("leader"), REGISTERED, DAY)
    assert len(found.rows) == 20 and len(many) == len(few) <= 9


def test_nonsense_in_the_address_is_no_error(home, sign_in):
    browser = sign_in("leader")
    for address in (
        "planting?year=abc&from=x&basis=?",
        "planting?year=99999",
        "shelf?year=-1",
        "performance?year=1800",
    ):
        assert browser.get(f"/effects/{address}").status_code == 200
    for address in (
        "planting/nothing",
        "planting.doc",
        "shelf/nothing",
        "shelf/plots/430422104999-9999",
        "performance.doc",
    ):
        assert browser.get(f"/effects/{address}").status_code == 404


def test_division_is_exact_and_deterministic():
    assert rules.divide(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert rules.divide(1, {"a": 1, "b": 2}) == {"a": 0, "b": 1}
    assert rules.divide(5, {}) == {} and rules.divide(5, {"a": 0}) == {"a": 0}
    assert sum(rules.divide(1_000_003, {n: n for n in range(1, 60)}).values()) == 1_000_003
