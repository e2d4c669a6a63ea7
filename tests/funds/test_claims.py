"""Papers of an application: entered with their scans, counted once in the county, reckoned on the sheet."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image

from tests.conftest import csrf, post
from tests.factories import county as make
from tests.factories import funds
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.files.rules import Upload
from trace.funds import claims, services
from trace.funds.amounts import sheet_of
from trace.funds.claim_models import ClaimItem, ClaimLoan
from trace.funds.findings import findings
from trace.funds.models import Application
from trace.funds.rules import Action
from trace.programmes.sheet import lines_of

LOAN = {
    "contract_no": "借字2026第1号", "lender": "农商银行", "used_for": "购苗", "drawn_on": date(2026, 3, 1), "due_on": date(2027, 3, 1),
    "principal_fen": 50_000_000, "rate_milli": 4_350, "interest_paid_fen": 1_848_750,
    "events": [{"kind": "repay", "on_day": date(2026, 9, 1), "amount_fen": 20_000_000}],
}  # fmt: skip
INVOICE = {"doc_no": "０１２３４５", "issued_on": date(2026, 9, 1), "name": "烘干机", "amount_fen": 1_000_000}


def scan() -> Upload:
    body = BytesIO()
    Image.new("RGB", (8, 8), "white").save(body, "PNG")
    return Upload("发票.png", body.getvalue())


def application(home, number: int = 0, **values) -> Application:
    scheme = funds.programme(home, money_fen=0, min_area_m2=0, **values)
    return funds.draft(home, scheme, number=number)


def equipment(home, number: int = 0, **values) -> Application:
    return application(home, number, kind="pct_capped", purpose="infrastructure", params={"pct": "30", "cap_fen": 5_000_000, "min_total_fen": 500_000}, **values)  # fmt: skip


def interest(home, number: int = 0) -> Application:
    return application(home, number, kind="interest_discount", purpose="interest", params={"rate_pct": "3", "base": 360, "share_pct": "100"})  # fmt: skip


def told(made: Application) -> list[str]:
    return [str(item.message) for item in findings(made)]


def test_nothing_is_submitted_without_its_papers(home):
    made, coop = equipment(home), home.actor("coop")
    assert told(made) == ["还没有登记发票。"]
    claims.add_item(coop, made.no, {**INVOICE, "amount_fen": 400_000})
    assert told(made) == ["“012345”没有上传扫描件。", "合规投资 4\u2009000.00 元，低于最低要求 5\u2009000.00 元。"]
    claims.remove(coop, made.no, "item", "1")
    claims.add_item(coop, made.no, INVOICE, scan())
    assert told(made) == []
    assert services.submit(coop, made.no).state == "SUBMITTED"
    with pytest.raises(RuleBroken, match="不能再改凭证"):
        claims.add_item(coop, made.no, {**INVOICE, "doc_no": "2"})
    assert sheet_of(made).amount_fen == 300_000


def test_an_invoice_is_claimed_once_in_the_county_and_free_again_when_refused(home):
    first, second = equipment(home), equipment(home, 1, name="另一个项目")
    for made in (first, second):
        claims.add_item(home.actor("coop"), made.no, INVOICE, scan())
    services.submit(home.actor("coop"), first.no)
    with pytest.raises(RuleBroken, match="同一凭证只能申报一次"):
        services.submit(home.actor("coop"), second.no)
    assert Application.get_by_id(second.id).state == "DRAFT"
    funds.step(home, first.no, "coop", Action.WITHDRAW)
    assert services.submit(home.actor("coop"), second.no).state == "SUBMITTED"


@pytest.mark.parametrize(
    ("change", "field"),
    [({"issued_on": date(2026, 9, 25)}, "issued_on"), ({"amount_fen": None}, "amount")],
)
def test_a_wrong_entry_is_told_at_its_field(home, change, field):
    made = equipment(home)
    with pytest.raises(Invalid) as refused:
        claims.add_item(home.actor("coop"), made.no, {**INVOICE, **change})
    assert refused.value.errors[0].field == field
    claims.add_item(home.actor("coop"), made.no, INVOICE)
    with pytest.raises(Invalid, match="已经登记过"):
        claims.add_item(home.actor("coop"), made.no, INVOICE)
    with pytest.raises(NotFound):
        claims.add_item(home.actor("coop2"), made.no, {**INVOICE, "doc_no": "3"})


def test_a_loan_is_discounted_as_the_brief_reckons(home):
    made = interest(home)
    assert told(made) == ["还没有登记贷款，请登记借款合同、还款和实付利息。"]
    claims.add_loan(home.actor("coop"), made.no, LOAN, scan())
    assert told(made) == []
    assert sheet_of(made).amount_fen == 1_071_667
    assert ClaimLoan.get().contract_no == "借字2026第1号"
    claims.remove(home.actor("coop"), made.no, "loan", "1")
    assert ClaimLoan.select().count() == 0


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"due_on": date(2026, 3, 1)}, "到期日要晚于放款日"),
        ({"events": [{"kind": "repay", "on_day": date(2026, 9, 1), "amount_fen": 50_000_001}]}, "超过了贷款本金"),
        ({"events": [{"kind": "repay", "on_day": date(2026, 2, 1), "amount_fen": 1}]}, "要在贷款期内"),
    ],
)
def test_a_loan_that_cannot_be_is_refused(home, change, text):
    made = interest(home)
    with pytest.raises(Invalid, match=text):
        claims.add_loan(home.actor("coop"), made.no, {**LOAN, **change})


def test_kinds_that_need_no_papers_take_none(home, draft):
    with pytest.raises(RuleBroken, match="不需要登记票据"):
        claims.add_item(home.actor("coop"), draft.no, INVOICE)
    with pytest.raises(RuleBroken, match="不需要登记贷款"):
        claims.add_loan(home.actor("coop"), draft.no, LOAN)


def test_papers_through_the_pages(home, sign_in):
    made, coop = equipment(home), sign_in("coop")
    page = f"/funds/applications/{made.no}/claims"
    assert "登记发票" in coop.get(page).text
    wrong = post(coop, f"{page}/items", page=page, doc_no="1", issued_on="", name="烘干机", amount="一万")
    assert wrong.status_code == 422 and "请填写这一项" in wrong.text and 'value="烘干机"' in wrong.text
    sent = {"csrf_token": csrf(coop, page), "doc_no": "FP1", "issued_on": "2026-09-01", "name": "烘干机", "amount": "1万元", "scan": (BytesIO(scan().body), "发票.png")}  # fmt: skip
    assert coop.post(f"{page}/items", data=sent).status_code == 302
    assert ClaimItem.get().amount_fen == 1_000_000
    assert coop.get(f"{page}/item/1/scan").headers["Content-Disposition"].startswith("attachment")
    assert sign_in("coop2").get(f"{page}/item/1/scan").status_code == 404
    assert "申报凭证" in coop.get(f"/funds/applications/{made.no}").text
    assert post(coop, f"{page}/item/1/remove", page=page).status_code == 302
    assert ClaimItem.select().count() == 0


def test_a_loan_through_the_page_with_its_changes(home, sign_in):
    made, coop = interest(home), sign_in("coop")
    page = f"/funds/applications/{made.no}/claims"
    form = {"contract_no": "借1", "lender": "农商行", "used_for": "购苗", "drawn_on": "2026-03-01", "due_on": "2027-03-01", "principal": "50万元", "rate": "4.35", "interest_paid": "18487.50"}  # fmt: skip
    changes = {"event_kind[]": ["repay", "overdue"], "event_on[]": ["2026-09-01", "2026-10-01"], "event_until[]": ["", ""], "event_value[]": ["20万元", ""]}  # fmt: skip
    wrong = post(coop, f"{page}/loans", page=page, **form, **changes)
    assert wrong.status_code == 422 and "第 2 行：逾期要写起止日期。" in wrong.text and 'value="20万元"' in wrong.text
    changes["event_until[]"] = ["", "2026-11-01"]
    assert post(coop, f"{page}/loans", page=page, **form, **changes).status_code == 302
    assert sheet_of(made).amount_fen == 994_167  # 31 of the 122 days at 300 000 fall out: 10 716.67 − 775.00
    text = coop.get(page).text
    assert "归还本金" in text and "逾期" in text


def test_the_sheet_on_its_page_and_on_paper(home, draft, sign_in):
    made = funds.drive(home, draft, funds.State.BUREAU_REVIEWED)
    assert [str(line.item) for line in lines_of(made.sheet)][-1] == "核定金额"
    coop = sign_in("coop")
    page = coop.get(f"/funds/applications/{made.no}/sheet").text
    assert "取三者最小" in page and "39\u2009694.50" in page
    answer = coop.get(f"/funds/applications/{made.no}/sheet.pdf")
    document = pypdfium2.PdfDocument(answer.data)
    text = re.sub(r"\s", "", document[0].get_textpage().get_text_range())
    assert len(document) == 1 and "奖补资金计算表" in text and "39694.50" in text
    assert sign_in("coop2").get(f"/funds/applications/{made.no}/sheet").status_code == 404


def test_the_pages_of_lists_and_links(home, scheme, sign_in):
    bureau = sign_in("bureau")
    assert "2026 年还没有导入名单" in bureau.get("/funds/external").text
    page = f"/funds/links/{home.coop.code}"
    assert post(bureau, page, kind="phone", value="13800138000").status_code == 302
    text = bureau.get(page).text
    assert "已登记的信息" in text and "13800138000" not in text
    assert sign_in("coop").get(page).status_code == 403 and sign_in("coop").get("/funds/external").status_code == 403
    assert make.HOME
