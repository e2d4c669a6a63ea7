"""Pages, papers and the JSON interface."""

from __future__ import annotations

import json
import re

import pypdfium2
import pytest

from tests.conftest import PASSWORD, post
from tests.factories import county as make
from tests.factories import funds
from trace.audit.models import AuditEntry
from trace.core.money import amount_in_words
from trace.funds.models import Application, Notice, PaymentBatch
from trace.funds.rules import State
from trace.land.queries import location_id

ID_NUMBER = "430422198003120012"
PHONE = "13800138000"


@pytest.fixture
def household(home, scheme):
    """A publicised application of a household with personal numbers on file."""
    member = make.party(
        "household", "王小满", home.village, belongs_to=home.coop, phone=PHONE, id_number_sealed=ID_NUMBER
    )
    funds.give_account(member)
    plot = make.plot(home.actor("coop"), home, operator=member)
    draft = funds.services.create_application(home.actor("coop"), scheme.code, plot.code)
    return funds.drive(home, draft, State.PUBLICITY)


def pdf_text(body: bytes) -> str:
    document = pypdfium2.PdfDocument(body)
    return "".join(page.get_textpage().get_text_range() for page in document)


def token(client, username: str) -> dict[str, str]:
    answer = client.post("/api/v1/tokens", json={"username": username, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_the_public_list_says_only_what_it_may(household, client):
    notice = Notice.get()
    for address in ("/notices", f"/notices/{notice.no}"):
        page = client.get(address)
        assert page.status_code == 200
        assert page.headers["X-Robots-Tag"].startswith("noindex") and 'name="robots" content="noindex' in page.text
        for secret in (
            "王小满",
            ID_NUMBER,
            PHONE,
            funds.ACCOUNT,
            funds.ACCOUNT[-4:],
            household.plot.code,
            "112.6",
            household.no,
        ):
            assert secret not in page.text
    assert "王**" in page.text and "县林业局 0734-8551234" in page.text
    assert household.plot.village.name in page.text
    assert client.get("/notices/GS26-9999").status_code == 404


def test_the_public_list_goes_after_thirty_days(household, client, clock):
    notice = Notice.get()
    clock.move_to("2026-11-10T04:00:00+00:00")
    assert client.get(f"/notices/{notice.no}").status_code == 404
    assert notice.no not in client.get("/notices").text


def test_the_board_pdf(household, sign_in):
    answer = sign_in("office").get(f"/funds/notices/{Notice.get().no}.pdf")
    text = re.sub(r"\s", "", pdf_text(answer.data))
    assert answer.mimetype == "application/pdf"
    assert "王小满" in text and "县林业局0734-8551234" in text and "7个工作日" in text
    for secret in (ID_NUMBER, PHONE, funds.ACCOUNT, household.plot.code):
        assert secret not in text


def test_the_voucher_says_the_amount_in_words(home, draft, sign_in):
    paid = funds.drive(home, draft, State.PAID)
    batch = PaymentBatch.get()
    text = re.sub(r"\s", "", pdf_text(sign_in("finance_checker").get(f"/funds/payments/{batch.no}/voucher.pdf").data))
    assert amount_in_words(paid.amount_fen) in text
    assert batch.no in text and batch.digest in text
    assert funds.ACCOUNT not in text


@pytest.mark.parametrize(
    "username", ["coop", "township", "bureau", "office", "leader", "finance_maker", "finance_checker", "auditor"]
)
def test_pages_open_for_their_roles_in_every_state(home, scheme, sign_in, username):
    shown = [
        funds.drive(home, funds.draft(home, scheme, number=n), state)
        for n, state in enumerate((State.FIELD_SCHEDULED, State.PUBLICITY, State.APPROVING, State.APPROVED, State.PAID))
    ]
    browser = sign_in(username)
    addresses = ["/funds", "/funds/applications", "/funds/applications?state=PAID", f"/funds/programmes/{scheme.code}"]
    addresses += [f"/funds/applications/{item.no}" for item in shown]
    for address in addresses:
        page = browser.get(address)
        assert page.status_code == 200, address
        assert funds.ACCOUNT not in page.text


def test_the_working_pages_show_what_is_to_be_done(home, scheme, sign_in, clock):
    states = (State.BUREAU_REVIEWED, State.PUBLICITY, State.APPROVING, State.APPROVED)
    shown = [funds.drive(home, funds.draft(home, scheme, number=n), state) for n, state in enumerate(states)]
    office, maker = sign_in("office"), sign_in("finance_maker")
    publicity = office.get("/funds/publicity").text
    assert all(f'value="{item.no}"' in publicity for item in shown[:2])
    assert f'value="{shown[2].no}"' in sign_in("leader").get("/funds/approvals").text
    assert f'value="{shown[3].no}"' in maker.get("/funds/payments/new").text
    answer = post(office, "/funds/publicity/end", page="/funds/publicity", **{"applications[]": shown[1].no})
    assert answer.status_code == 302
    assert Application.get_by_id(shown[1].id).state == State.PUBLICITY_PASSED
    refused = post(maker, "/funds/payments/new", **{"applications[]": shown[3].no})
    assert refused.status_code == 409 and "没有登记收款账户，不能支付。" in refused.text


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/funds/approvals", {"leader"}), ("/funds/payments/new", {"finance_maker"}),
        ("/funds/programmes/new", {"office"}), ("/funds/applications/new", {"coop", "township", "grower"}),
        ("/funds/payments", {"leader", "finance_maker", "finance_checker", "auditor"}),
        ("/funds/publicity", {"leader", "office", "bureau", "auditor", "finance_maker", "finance_checker"}),
    ],
)  # fmt: skip
def test_pages_are_closed_to_others(home, sign_in, address, allowed):
    for username in (
        "leader",
        "office",
        "bureau",
        "finance_maker",
        "finance_checker",
        "auditor",
        "coop",
        "township",
        "grower",
        "market",
        "security",
    ):
        assert (sign_in(username).get(address).status_code == 200) == (username in allowed), username


def test_a_form_walks_an_application_through(home, scheme, sign_in):
    plot = make.plot(home.actor("coop"), home)
    coop = sign_in("coop")
    answer = post(coop, "/funds/applications/new", programme=scheme.code, plot=plot.code)
    address = answer.headers["Location"]
    assert post(coop, f"{address}/submit", page=address, opinion="").status_code == 302
    township = sign_in("township")
    refused = post(township, f"{address}/return", page=address, opinion="")
    assert refused.status_code == 422 and "请一次写清需要补正的全部内容" in refused.text
    assert post(township, f"{address}/accept", page=address, opinion="").status_code == 302
    alone = post(township, f"{address}/pass_township", page=address, opinion="情况属实。")
    assert alone.status_code == 422 and "乡镇初审须两人到现场" in alone.text
    passed = post(township, f"{address}/pass_township", page=address, opinion="情况属实。", companion="同行甲")
    assert passed.status_code == 302
    assert post(sign_in("bureau"), f"{address}/schedule", page=address, opinion="").status_code == 302
    for username, action in (("verifier_forestry", "verify_forestry"), ("verifier_finance", "verify_finance")):
        signed = post(
            sign_in(username),
            f"{address}/{action}",
            page=address,
            passed="1",
            verified_mu="30",
            visited_on="2026-09-24",
        )
        assert signed.status_code == 302
    bureau = sign_in("bureau")
    post(bureau, f"{address}/review", page=address, opinion="")
    assert "18\u2009000.00" in bureau.get(address).text
    assert Application.get().amount_fen == 1_800_000


def test_full_accounts_only_on_request_and_kept(home, draft, sign_in):
    funds.drive(home, draft, State.PAY_PREPARED)
    address = f"/funds/payments/{PaymentBatch.get().no}"
    browser = sign_in("finance_checker")
    assert funds.ACCOUNT not in browser.get(address).text
    assert funds.ACCOUNT in post(browser, f"{address}/accounts", page=address).text
    assert AuditEntry.select().where(AuditEntry.action == "payment.view_accounts").count() == 1
    leader = sign_in("leader")
    assert post(leader, f"{address}/accounts", page="/account/password").status_code == 403


def test_the_interface_answers_409_with_what_is_allowed(home, draft, client):
    funds.drive(home, draft, State.SUBMITTED)
    headers = token(client, "bureau")
    answer = client.post(f"/api/v1/applications/{draft.no}/review", json={}, headers=headers)
    assert answer.status_code == 409 and answer.content_type == "application/problem+json"
    assert answer.json["code"] == "ILLEGAL_STEP" and answer.json["allowed"] == ["撤回申报", "受理", "退回补正"]
    assert client.post(f"/api/v1/applications/{draft.no}/dance", json={}, headers=headers).status_code == 404
    assert client.post(f"/api/v1/applications/{draft.no}/approve", json={}, headers=headers).status_code == 403


def test_the_interface_walks_the_whole_chain(home, client, clock):
    def call(username: str, path: str, status: int = 200, **body: object) -> dict:
        answer = client.post(f"/api/v1{path}", json=body, headers=token(client, username))
        assert answer.status_code == status, answer.text
        return answer.json

    funds.give_account(home.coop)
    plot = make.plot(home.actor("coop"), home)
    scheme = call(
        "office", "/programmes", 201, name="2026年新造奖补", basis="南财农〔2026〕12号", kind="per_area", rate="600", contact="县林业局",
        opens_on="2026-09-01", closes_on="2026-09-30", finance_ref="财函〔2026〕3号",
    )  # fmt: skip
    assert scheme["code"] == "XM26-01" and scheme["rate_fen"] == 60_000
    call("office", f"/programmes/{scheme['code']}/publish")
    funded = call(
        "finance_maker", f"/programmes/{scheme['code']}/appropriations", 201, amount="50万元", doc_no="财指1号"
    )
    assert funded["remaining_fen"] == 50_000_000
    made = call("coop", "/applications", 201, programme=scheme["code"], plot=plot.code, applied_mu="30", submit=True)
    path = f"/applications/{made['no']}"
    call("township", f"{path}/accept")
    call("township", f"{path}/pass_township", opinion="情况属实。", companion="同行甲")
    call("bureau", f"{path}/schedule")
    call("verifier_forestry", f"{path}/verify_forestry", verified_mu="29", sampled=100, alive=90)
    call("verifier_finance", f"{path}/verify_finance", verified_mu="29")
    assert call("bureau", f"{path}/review")["amount_fen"] == 1_739_970  # 29 亩 = 19 333 m², exactly 28.9995 亩
    call("office", f"{path}/publicise", starts_on="2026-09-01")
    call("office", f"{path}/end_publicity")
    call("office", f"{path}/convene")
    call("leader", f"{path}/approve", opinion="同意。", minutes_ref="〔2026〕第5次")
    batch = call("finance_maker", "/payment-batches", 201, applications=[made["no"]])
    assert batch["lines"][0]["account_last4"] == "5678" and funds.ACCOUNT not in json.dumps(batch)
    first = call("finance_checker", f"/payment-batches/{batch['no']}/release")
    assert call("finance_checker", f"/payment-batches/{batch['no']}/release") == first
    done = call(
        "finance_maker", f"/payment-batches/{batch['no']}/result", lines=[{"application": made["no"], "paid": True}]
    )
    assert done["state"] == "done"
    seen = client.get(f"/api/v1{path}", headers=token(client, "coop")).json
    assert (seen["state"], seen["state_label"], [action["label"] for action in seen["actions"]]) == (
        "PAID",
        "已支付",
        ["登记银行退票", "办结", "立案核查"],
    )


def test_the_claim_form_names_the_ground_however_it_is_drawn(home, draft, sign_in):
    page = sign_in("coop").get(f"/funds/applications/{draft.no}").text
    assert location_id(draft.plot) and f"<code>{location_id(draft.plot)}</code>" in page
