"""The fen ledger: never beyond the appropriation, never twice, always balanced."""

from __future__ import annotations

import threading

import pytest
from peewee import IntegrityError

from tests.factories import funds
from trace.core.errors import Invalid, RuleBroken
from trace.db import db
from trace.funds import budgets, checks, payments
from trace.funds.models import Application, Budget, PaymentBatch, PaymentLine, Transfer
from trace.funds.rules import Action, State
from trace.registry.models import Party


def findings() -> list[str]:
    return [finding for check in checks.CHECKS for finding in check()]


def ready(home, scheme, count: int, m2: int = 10_000) -> list[Application]:
    """Applications of exactly 15 亩 (9 000 元 each), waiting for the leading group."""
    drafts = [funds.draft(home, scheme, number=number, applied_m2=m2) for number in range(count)]
    return [funds.drive(home, item, State.APPROVING) for item in drafts]


def test_over_budget_by_one_fen_is_refused_with_both_figures(home):
    scheme = funds.programme(home, money_fen=1_799_999)
    both = ready(home, scheme, 2)
    with pytest.raises(RuleBroken) as refused:
        payments.approve(home.actor("leader"), [item.no for item in both], "同意。", "〔2026〕第5次")
    assert str(refused.value) == "本项目剩余指标 17\u2009999.99 元，本批需 18\u2009000.00 元，请调整批次或申请追加。"
    assert {Application.get_by_id(item.id).state for item in both} == {"APPROVING"}
    budgets.appropriate(home.actor("finance_maker"), scheme.code, 1, "财指〔2026〕9号")
    payments.approve(home.actor("leader"), [item.no for item in both], "同意。", "〔2026〕第5次")
    budget = Budget.get(Budget.programme == scheme)
    assert (budget.appropriated_fen, budget.committed_fen) == (1_800_000, 1_800_000)
    assert findings() == []


def test_over_budget_by_much_speaks_in_wan_yuan(home):
    scheme = funds.programme(home, money_fen=12_350_000, rate_fen=1_000_000)
    one = ready(home, scheme, 1)[0]
    with pytest.raises(RuleBroken, match="^本项目剩余指标 12.35 万元，本批需 15.00 万元，请调整批次或申请追加。$"):
        payments.approve(home.actor("leader"), [one.no], "同意。", "〔2026〕第5次")


def test_the_database_itself_refuses_overspending(home, scheme):
    with pytest.raises(IntegrityError):
        Budget.update(committed_fen=Budget.appropriated_fen + 1).where(Budget.programme == scheme).execute()


def test_transfers_are_history(home, scheme):
    with pytest.raises(IntegrityError, match="append-only"):
        Transfer.update(amount_fen=1).execute()


def test_the_same_document_is_booked_once(home, scheme):
    maker = home.actor("finance_maker")
    budgets.appropriate(maker, scheme.code, 5_000, "财指〔2026〕10号")
    budgets.appropriate(maker, scheme.code, 5_000, "财指〔2026〕10号")
    assert Budget.get(Budget.programme == scheme).appropriated_fen == 100_005_000
    with pytest.raises(RuleBroken, match="已按另一金额入账"):
        budgets.appropriate(maker, scheme.code, 6_000, "财指〔2026〕10号")


def test_two_approvers_at_once_cannot_oversell(home, app):
    scheme = funds.programme(home, money_fen=2_700_000)
    items = ready(home, scheme, 6)
    leader = home.actor("leader")
    start = threading.Barrier(len(items))
    outcomes: list[str] = []

    def approve(no: str) -> None:
        with db.connection_context():
            start.wait()
            try:
                payments.approve(leader, [no], "同意。", "〔2026〕第5次")
                outcomes.append("approved")
            except RuleBroken as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=approve, args=(item.no,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["BUDGET_EXCEEDED"] * 3 + ["approved"] * 3
    budget = Budget.get(Budget.programme == scheme)
    assert budget.committed_fen == budget.appropriated_fen == 2_700_000
    assert findings() == []


def test_approval_needs_opinion_and_minutes(home, draft):
    funds.drive(home, draft, State.APPROVING)
    with pytest.raises(Invalid, match="请签署审定意见"):
        funds.step(home, draft.no, "leader", Action.APPROVE, opinion=" ")
    with pytest.raises(Invalid, match="请填写会议纪要文号"):
        funds.step(home, draft.no, "leader", Action.APPROVE, minutes_ref="")


def test_release_and_result_repeat_without_a_second_payment(home, scheme):
    items = ready(home, scheme, 2)
    payments.approve(home.actor("leader"), [item.no for item in items], "同意。", "〔2026〕第5次")
    batch = funds.pay(home, [item.no for item in items])
    checker, maker = home.actor("finance_checker"), home.actor("finance_maker")
    assert payments.release_batch(checker, batch.no).released_at == batch.released_at
    payments.record_result(maker, batch.no, [payments.Result(items[0].no, False, reason="重放")])
    assert Transfer.select().where(Transfer.kind == "pay").count() == 2
    assert {line.state for line in PaymentLine.select()} == {"paid"}
    assert findings() == []


def test_two_checkers_at_once_release_once(home, draft, app):
    funds.drive(home, draft, State.APPROVED)
    batch = funds.pay(home, [draft.no], State.PAY_PREPARED)
    checker = home.actor("finance_checker")
    seen: list[str] = []

    def release() -> None:
        with db.connection_context():
            seen.append(payments.release_batch(checker, batch.no).state)

    threads = [threading.Thread(target=release) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert seen == ["released"] * 4
    assert [row.action for row in draft.steps].count("release") == 1


def test_a_failed_payment_is_prepared_again_and_paid_once(home, draft):
    failed = funds.drive(home, draft, State.PAY_FAILED)
    assert failed.state == State.PAY_FAILED
    assert Budget.get().paid_fen == 0
    funds.pay(home, [draft.no])
    assert Application.get_by_id(draft.id).state == State.PAID
    assert [line.state for line in PaymentLine.select().order_by(PaymentLine.id)] == ["failed", "paid"]
    assert findings() == []


def test_an_application_stands_in_one_live_batch_only(home, draft):
    funds.drive(home, draft, State.APPROVED)
    funds.pay(home, [draft.no], State.PAY_PREPARED)
    with pytest.raises(RuleBroken, match="不能执行‘支付制单’"):
        payments.make_batch(home.actor("finance_maker"), [draft.no])
    line = PaymentLine.get()
    other = PaymentBatch.create(
        no="ZF26-9999",
        state="prepared",
        total_fen=1,
        digest="0" * 64,
        maker_id=1,
        maker_name="甲",
        made_at=draft.created_at,
    )
    with pytest.raises(IntegrityError):
        PaymentLine.create(
            batch=other, application=draft, live_key=draft.no, payee_name="甲", account_sealed="x", account_hash="x",
            account_last4="0000", amount_fen=1, state=line.state,
        )  # fmt: skip


def test_a_batch_altered_after_making_is_not_released(home, draft):
    funds.drive(home, draft, State.APPROVED)
    batch = funds.pay(home, [draft.no], State.PAY_PREPARED)
    PaymentLine.update(payee_name="冒名者").execute()
    with pytest.raises(RuleBroken, match="校验值不符"):
        payments.release_batch(home.actor("finance_checker"), batch.no)


def test_no_account_no_payment(home, draft):
    funds.drive(home, draft, State.APPROVED)
    with pytest.raises(RuleBroken, match="青坡合作社 没有登记收款账户，不能支付。"):
        payments.make_batch(home.actor("finance_maker"), [draft.no])


def test_every_line_needs_its_answer(home, draft):
    funds.drive(home, draft, State.PAY_RELEASED)
    batch, maker = PaymentBatch.get(), home.actor("finance_maker")
    with pytest.raises(Invalid, match="缺少申请 SB26-0001 的银行回单结果"):
        payments.record_result(maker, batch.no, [])
    with pytest.raises(Invalid, match="本批没有申请 SB26-0777"):
        payments.record_result(maker, batch.no, [payments.Result("SB26-0777", True)])
    with pytest.raises(Invalid, match="请填写申请 SB26-0001 支付失败的原因"):
        payments.record_result(maker, batch.no, [payments.Result(draft.no, False)])


def test_a_look_at_full_accounts_is_kept(home, draft):
    funds.drive(home, draft, State.PAY_PREPARED)
    batch = PaymentBatch.get()
    seen = payments.reveal_accounts(home.actor("finance_checker"), batch.no)
    assert [number for _, number in seen] == [funds.ACCOUNT]
    assert funds.ACCOUNT not in PaymentLine.get().account_sealed
    assert Party.get_by_id(home.coop.id).account_last4 == funds.ACCOUNT[-4:]


def test_the_checks_find_a_kept_sum_that_was_altered(home, draft, scheme):
    funds.drive(home, draft, State.APPROVED)
    Budget.update(committed_fen=Budget.committed_fen - 1).execute()
    assert any(scheme.code in finding for finding in findings())
