"""Audit, clawback, complaints: the auditor opens, the bureau hears and decides, finance books; nobody does two of these."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from tests.conftest import post
from tests.factories import funds
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.funds import checks as fund_checks
from trace.funds import ledger_queries
from trace.funds.ledger_models import Budget, Transfer
from trace.funds.models import Application
from trace.funds.rules import State
from trace.payments import audits, batches, case_queries, clawbacks, grievances
from trace.payments import checks as payment_checks
from trace.payments.case_models import AuditSample, Clawback


def findings() -> list[str]:
    return [found for module in (fund_checks, payment_checks) for check in module.CHECKS for found in check()]


@pytest.fixture
def paid(payable):
    """One of the three was paid."""
    funds.pay(payable.home, payable.nos[:1])
    return payable


def opened(paid, no: str | None = None) -> Clawback:
    return clawbacks.open_case(paid.actor("auditor"), no or paid.nos[0], "ghost", "现场只有一半面积。")


def test_money_comes_back_with_interest_in_two_receipts(paid, clock):
    auditor, bureau, maker = paid.actor("auditor"), paid.actor("bureau"), paid.actor("finance_maker")
    case = opened(paid)
    assert Application.get(Application.no == paid.nos[0]).state == State.UNDER_AUDIT
    with pytest.raises(RuleBroken, match="还没有告知当事人"):
        decide(paid, case)
    clawbacks.notify(bureau, case.code, "告〔2026〕1号")
    # five working days: 25–27 September and 1–7 October are holidays
    assert Clawback.get().hearing_due_on.isoformat() == "2026-10-09"
    with pytest.raises(RuleBroken, match="陈述申辩期至 2026-10-09，期满或听取陈述后才能决定追缴"):
        decide(paid, case)
    clawbacks.hear(bureau, case.code, "承认少种，愿意退还。")
    clock.move_to("2026-10-24T04:00:00+00:00")  # 30 days after the payment
    with pytest.raises(Invalid) as refused:
        decide(paid, case, principal_fen=900_001, rate=Decimal("3"), interest_basis="")
    told = [str(item.message) for item in refused.value.errors]
    assert told == ["追缴本金不能超过已支付未收回的 9\u2009000.00 元。", "计收利息须写明项目通知中的依据条款。"]
    decide(paid, case, principal_fen=450_000, rate=Decimal("3"), interest_basis="通知第八条")
    case = Clawback.get()
    assert case.interest_fen == 1_125  # 4 500.00 × 3 % × 30 ÷ 360 = 11.25
    assert Budget.get(Budget.programme == paid.scheme).receivable_fen == 451_125
    clawbacks.receive(maker, case.code, "票1", 450_000)
    clawbacks.receive(maker, case.code, "票1", 450_000)
    with pytest.raises(Invalid, match="不超过尚欠的 11.25 元"):
        clawbacks.receive(maker, case.code, "票2", 1_126)
    clawbacks.receive(maker, case.code, "票2", 1_125)
    assert Application.get(Application.no == paid.nos[0]).state == State.CLAWED_BACK
    budget = Budget.get(Budget.programme == paid.scheme)
    assert (budget.paid_fen, budget.recovered_fen, budget.receivable_fen) == (900_000, 450_000, 0)
    assert ledger_queries.balances(paid.scheme)["interest"] == 1_125
    assert findings() == []
    with pytest.raises(RuleBroken):
        clawbacks.clear(auditor, case.code, "再看看")


def decide(paid, case, **values) -> Clawback:
    given = {"decision_no": "追〔2026〕1号", "principal_fen": 450_000, **values}
    return clawbacks.decide(paid.actor("bureau"), case.code, **given)


def test_nothing_found_puts_everything_back(paid):
    case = opened(paid)
    with pytest.raises(Forbidden):
        clawbacks.clear(paid.actor("bureau"), case.code, "没事")
    clawbacks.clear(paid.actor("auditor"), case.code, "面积属实。")
    assert Application.get(Application.no == paid.nos[0]).state == State.PAID
    again = opened(paid)
    assert again.code != case.code
    assert findings() == []


def test_money_not_yet_paid_is_cancelled_with_the_decision(payable):
    bureau, maker = payable.actor("bureau"), payable.actor("finance_maker")
    case = opened(payable, payable.nos[1])
    with pytest.raises(RuleBroken, match="不能执行‘支付制单’"):
        batches.make_batch(maker, [payable.nos[1]])
    with pytest.raises(RuleBroken, match="不能执行‘立案核查’"):
        opened(payable, payable.nos[1])
    clawbacks.notify(bureau, case.code, "告2号")
    clawbacks.hear(bureau, case.code, "放弃陈述。")
    before = Budget.get(Budget.programme == payable.scheme).committed_fen
    decide(payable, case, principal_fen=0)
    assert Budget.get(Budget.programme == payable.scheme).committed_fen == before - 900_000
    clawbacks.receive(maker, case.code, "", 0)
    assert Application.get(Application.no == payable.nos[1]).state == State.CLAWED_BACK
    assert findings() == []


def test_a_sample_can_be_drawn_again_by_anybody(payable):
    funds.pay(payable.home, payable.nos)
    auditor = payable.actor("auditor")
    one = audits.draw_sample(auditor, size=2, seed="2026-清廉")
    expected = sorted(payable.nos, key=lambda no: hashlib.sha256(f"2026-清廉:{no}".encode()).hexdigest())[:2]
    assert one.drawn == expected and one.frame_size == 3
    assert audits.draw_sample(auditor, size=2, seed="2026-清廉").drawn == expected
    assert len({audits.draw_sample(auditor, size=1).seed for _ in range(3)}) == 3
    with pytest.raises(Exception, match="append-only"):
        AuditSample.update(seed="x").execute()
    with pytest.raises(Forbidden):
        audits.draw_sample(payable.actor("bureau"), size=1)


def test_a_finding_is_answered_followed_and_closed(paid):
    auditor, bureau = paid.actor("auditor"), paid.actor("bureau")
    with pytest.raises(Invalid, match="请写明发现的事实"):
        audits.open_finding(auditor, cause="papers", facts=" ", unit="bureau")
    found = audits.open_finding(
        auditor, cause="papers", facts="缺照片。", unit="bureau", application=paid.nos[0], amount_fen=100
    )
    with pytest.raises(NotFound):
        audits.move_finding(paid.actor("office"), found.code, "answer", "与我无关")
    audits.move_finding(bureau, found.code, "answer", "已补拍。")
    audits.move_finding(auditor, found.code, "follow", "请补签名。")
    audits.move_finding(bureau, found.code, "answer", "已补签。")
    audits.move_finding(auditor, found.code, "close", "核实无误。")
    with pytest.raises(RuleBroken, match="已销号"):
        audits.move_finding(auditor, found.code, "follow", "再问")
    assert [step.to_state for step in case_queries.finding_steps(found)] == [
        "answered",
        "followed",
        "answered",
        "closed",
    ]
    assert audits.statistics() == [("papers", 1, 0, 100)]


def test_one_account_of_two_households_is_a_signal(payable, household):
    maker = payable.actor("finance_maker")
    funds.give_account(household.applicant)  # the cooperative's own number
    batches.make_batch(maker, payable.nos)
    batches.make_batch(maker, [household.no])
    found = {signal.kind: signal for signal in audits.signals(payable.actor("auditor"))}
    assert set(found["same_account"].applications) == {*payable.nos, household.no}


def test_who_handled_the_application_never_sees_the_complaint(paid):
    office, auditor = paid.actor("office"), paid.actor("auditor")
    filed = grievances.file_grievance(
        None, kind="wrong_amount", text="少发了", application=paid.nos[0].lower(), contact="13800138000"
    )
    assert filed.due_on.isoformat() == "2026-10-22"
    assert [row.no for row in case_queries.grievances(auditor)] == [filed.no]
    assert list(case_queries.grievances(office)) == [], "the office published this application"
    with pytest.raises(NotFound):
        grievances.take(office, filed.no)
    grievances.take(auditor, filed.no)
    assert grievances.reveal_contact(auditor, filed.no) == "13800138000"
    with pytest.raises(Invalid, match="请填写答复内容"):
        grievances.answer(auditor, filed.no, "upheld", " ")
    grievances.answer(auditor, filed.no, "upheld", "补发差额。")
    with pytest.raises(RuleBroken, match="只有受理人可以答复"):
        grievances.answer(auditor, filed.no, "upheld", "又")


def test_anybody_complains_and_reads_the_answer_by_the_receipt(paid, client):
    answer = post(
        client, "/notices/complaints/new", kind="fraud", text="虚报", application="SB26-9999", contact="13800138000"
    )
    assert answer.status_code == 200 and "已收到" in answer.text and "13800138000" not in answer.text
    row = case_queries.Grievance.get()
    assert row.application_id is None and row.receipt in answer.text and "13800138000" not in row.contact_sealed
    assert "待受理" in client.get(f"/notices/complaints/{row.receipt}").text
    assert client.get("/notices/complaints/000000000000").status_code == 404
    assert post(client, "/notices/complaints/new", kind="fraud", text="").status_code == 422


def test_pages_open_for_those_concerned(paid, sign_in):
    case = opened(paid)
    found = audits.open_finding(
        paid.actor("auditor"), cause="papers", facts="缺照片。", unit="bureau", application=paid.nos[0]
    )
    sample = (
        audits.draw_sample(paid.actor("auditor"), size=1)
        if Transfer.select().where(Transfer.kind == "pay").count()
        else None
    )
    filed = grievances.file_grievance(None, kind="other", text="问")
    auditor = sign_in("auditor")
    for address in (
        "/funds/audit", f"/funds/audit/samples/{sample.code}", "/funds/audit/findings", f"/funds/audit/findings/{found.code}",
        "/funds/clawbacks", f"/funds/clawbacks/{case.code}", "/funds/grievances", f"/funds/grievances/{filed.no}",
 "/funds/reconcile", "/funds/payments", "/funds/payments/accounts", "/funds/payments/templates",
        f"/funds/programmes/{paid.scheme.code}/ledger", f"/funds/programmes/{paid.scheme.code}/ledger?account=paid",
 "/funds/approvals/SD26-0001", f"/funds/applications/{paid.nos[0]}",
    ):  # fmt: skip
        assert auditor.get(address).status_code == 200, address
    assert sign_in("office").get("/funds/approvals/new").status_code == 200
    assert sign_in("bureau").get(f"/funds/clawbacks/{case.code}").status_code == 200
    for path in (f"/funds/programmes/{paid.scheme.code}/ledger",):
        assert sign_in("coop").get(path).status_code in (403, 404), path
