"""The list of parties: filters, counts, picks, export, and the status that the land decides."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.conftest import post
from tests.factories import county as make
from tests.registry.numbers import GOOD_ID, OTHER_ID, citizen, firm, household
from trace.audit.models import AuditEntry
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.registry import directory, members, queries
from trace.registry.directory import Filters
from trace.registry.initials import initials_of
from trace.registry.models import Party
from trace.registry.services import grant_title, register_party, set_large_grower_mu

TODAY = date(2026, 7, 18)


def codes(actor, **wanted: str) -> set[str]:
    return {party.code for party in directory.filtered(actor, Filters(**wanted), TODAY)}


@pytest.fixture
def farmer(home) -> Party:
    return register_party(home.actor("coop"), household(home))


def test_every_filter_narrows(home, farmer):
    bureau = home.actor("bureau")
    grant_title(
        bureau, home.plant.code, kind="food_licence", doc_no="SC10443042200012", issuer="市监局", valid_from=date(2026, 1, 1),
        valid_to=TODAY, food_categories=["tea"],
    )  # fmt: skip
    members.open_role(bureau, home.plant.code, "buyer", TODAY)
    coop, coop2, plant = home.coop.code, home.coop2.code, home.plant.code
    for wanted, found in (
        ({}, {coop, coop2, plant, farmer.code}), ({"kind": "cooperative"}, {coop, coop2}), ({"township": make.AWAY}, {coop2}),
        ({"role": "buyer"}, {plant}), ({"role": "nursery"}, set()), ({"title": "food_licence"}, {plant}), ({"q": "青"}, {coop, plant}),
        ({"q": "qphzs"}, {coop}), ({"q": "QPH"}, {coop}), ({"q": coop2}, {coop2}), ({"q": "%"}, set()), ({"kind": "ghost"}, set()),
        ({"q": "青", "kind": "enterprise"}, {plant}),
    ):  # fmt: skip
        assert codes(bureau, **wanted) == found, wanted
    tomorrow = directory.filtered(bureau, Filters(title="food_licence"), date(2026, 7, 19))
    assert list(tomorrow) == [], "expired the day after"
    early = directory.filtered(bureau, Filters(role="buyer"), date(2026, 7, 17))
    assert list(early) == [], "not yet"
    assert codes(home.actor("coop"), q="青") == {coop}


def test_counts_equal_the_list(home, farmer, sign_in):
    bureau = home.actor("bureau")
    query = directory.filtered(bureau, Filters(), TODAY)
    assert directory.counts(query) == {"cooperative": 2, "enterprise": 1, "household": 1}
    text = sign_in("bureau").get("/parties").text
    assert "共 4 个" in text
    assert "农民专业合作社 2" in text


def test_a_large_grower_is_computed_from_the_land(home, farmer, sign_in):
    """65.98 亩 operated: over 30, under 70; the firm with as much land is no 大户."""
    bureau = home.actor("bureau")
    plot = make.plot(home.actor("township"), home, operator=farmer)
    make.plot(home.actor("township"), home, operator=home.plant, geometry=make.square(112.62))
    assert codes(bureau, status="large_grower") == {farmer.code}
    assert (
        "种植大户"
        in sign_in("bureau").get(f"/parties/{farmer.code}").text.partition("经营面积")[2].partition("</dd>")[0]
    )
    set_large_grower_mu(bureau, 70)
    assert codes(bureau, status="large_grower") == set()
    set_large_grower_mu(bureau, 60)
    assert codes(bureau, status="large_grower") == {farmer.code}
    type(plot).update(state="failed").where(type(plot).id == plot.id).execute()
    assert codes(bureau, status="large_grower") == set(), "dead trees make nobody large"


def test_the_threshold_is_a_reference_until_the_bureau_sets_it(home, sign_in):
    browser = sign_in("bureau")
    page = "/parties?status=large_grower"
    assert "参考值（待县林业局核定）" in browser.get(page).text
    for wrong in ("", "0", "99999", "三十"):
        assert post(browser, "/parties/threshold", page=page, mu=wrong).status_code == 422
    assert post(browser, "/parties/threshold", page=page, mu="50").status_code == 302
    text = browser.get(page).text
    assert "经营面积合计达到 50 亩" in text
    assert "参考值（待县林业局核定）" not in text
    assert AuditEntry.select().where(AuditEntry.action == "setting.change").get().detail == {"before": 30, "after": 50}
    with pytest.raises(RuleBroken):
        set_large_grower_mu(home.actor("township"), 40)
    with pytest.raises(Invalid):
        set_large_grower_mu(home.actor("bureau"), 0)


def test_picks_find_by_hanzi_initials_and_code(home, farmer, sign_in):
    browser = sign_in("bureau")
    for typed in ("合作社", "qphz", home.coop.code):
        found = browser.get(f"/parties/picks.json?kind=cooperative&q={typed}").json["items"]
        assert home.coop.code in [item["code"] for item in found], typed
        assert set(found[0]) == {"code", "name", "place"}
    assert browser.get("/parties/picks.json?kind=household&q=合作社").json["items"] == []
    assert home.coop.code not in sign_in("coop2").get("/parties/picks.json?q=qp").text


@pytest.mark.parametrize(
    ("name", "letters"),
    [("松岭土枇杷专业合作社", "sltppzyhzs"), ("衡南 A1 食品厂", "hna1spc"), ("", ""), ("喆堃", "zk")],
)
def test_initials(name, letters):
    assert initials_of(name) == letters


def sheet_of(answer) -> list[list[object]]:
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    return [[cell.value for cell in row] for row in load_workbook(BytesIO(answer.data)).active.iter_rows()]


def test_the_export_is_the_list_without_numbers(home, farmer, sign_in):
    register_party(home.actor("bureau"), firm(home, name='=HYPERLINK("http://evil.example")', phone="0734-8712345"))
    browser = sign_in("bureau")
    for n in range(60):
        make.party("household", f"张{n:02d}", home.village)
    rows = sheet_of(browser.get("/parties/export.xlsx"))
    assert len(rows) == 1 + 3 + 2 + 60, "all pages"
    assert rows[0] == ["编号", "名称", "类别", "乡镇（街道）", "村（社区）", "统一社会信用代码", "登记日期", "停用日期"]
    assert '=HYPERLINK("http://evil.example")' in [row[1] for row in rows]
    narrowed = sheet_of(browser.get("/parties/export.xlsx?kind=cooperative&township=" + make.HOME))
    assert [row[0] for row in narrowed[1:]] == [home.coop.code]
    text = str(rows)
    for secret in (GOOD_ID, "13800000000", "6222020000000000"):
        assert secret not in text
    tenant = sheet_of(sign_in("coop2").get("/parties/export.xlsx"))
    assert [row[0] for row in tenant[1:]] == [home.coop2.code]


def test_the_export_of_expiring_papers_is_the_page(home, sign_in):
    bureau = home.actor("bureau")
    grant_title(
        bureau, home.plant.code, kind="organic", doc_no="+1", issuer="某", valid_from=date(2020, 1, 1), valid_to=business_date() + timedelta(days=20),
    )  # fmt: skip
    browser = sign_in("bureau")
    rows = sheet_of(browser.get("/parties/expiring.xlsx?days=30"))
    assert [(row[1], row[4], row[6]) for row in rows[1:]] == [(home.plant.code, "+1", 20)]
    assert len(sheet_of(browser.get("/parties/expiring.xlsx?days=expired"))) == 1


def test_the_list_pages_and_keeps_its_filters(home, sign_in):
    for n in range(60):
        make.party("household", f"张{n:02d}", home.village)
    browser = sign_in("bureau")
    first = browser.get("/parties?kind=household&q=张").text
    assert "cursor=" in first
    assert "kind=household" in first.partition("下一页")[0].rpartition("<a")[2]
    assert "共 60 个" in first


def test_several_with_one_phone_are_all_shown(home, sign_in):
    bureau = home.actor("bureau")
    for n, number in enumerate((OTHER_ID, citizen(5))):
        register_party(bureau, household(home, name=f"王{n}", id_number=number, account=""))
    answer = post(sign_in("bureau"), "/parties/find", page="/parties", number="13800000000")
    assert (answer.status_code, "有 2 个主体登记了这个号码" in answer.text) == (200, True)
    assert "13800000000" not in answer.text
    assert len(directory.with_number(bureau, "13800000000")) == 2
    assert queries.get_party(bureau, "P000001")
