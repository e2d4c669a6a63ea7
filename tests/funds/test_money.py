"""The fen ledger: never beyond the appropriation, never twice, always balanced."""

from __future__ import annotations

import threading

import pytest
from peewee import IntegrityError

from tests.factories import funds
from trace.accounts import factors, otp
from trace.core.clock import utcnow
from trace.core.errors import Invalid, RuleBroken
from trace.db import db, is_postgres
from trace.funds import approvals, budgets
from trace.funds import checks as fund_checks
from trace.funds.ledger_models import Budget, Transfer
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.payments import batches
from trace.payments import checks as payment_checks
from trace.payments.models import PaymentBatch, PaymentLine
from trace.registry.models import Party


def findings() -> list[str]:
    return [finding for module in (fund_checks, payment_checks) for check in module.CHECKS for finding in check()]


def ready(home, scheme, count: int, m2: int = 10_000) -> list[Application]:
    """Applications of exactly 15 亩 (9 000 元 each), their publicity over."""
    drafts = [funds.draft(home, scheme, number=number, applied_m2=m2) for number in range(count)]
    return [funds.drive(home, item, State.PUBLICITY_PASSED) for item in drafts]


def convened(home, scheme, count: int, m2: int = 10_000) -> list[Application]:
    """The same, laid before the leading group on one list."""
    items = ready(home, scheme, count, m2)
    approvals.convene(home.actor("office"), [item.no for item in items])
    return items


def recovery_codes(actor) -> list[str]:
    """An authenticator with its recovery codes: good once each, whatever the clock says."""
    secret = funds.secret_of(factors.enrol(actor).secret)
    return factors.confirm(actor, otp.code_at(secret, otp.step_of(utcnow().timestamp())))


def test_over_budget_by_one_fen_is_refused_with_both_figures(home):
    scheme = funds.programme(home, money_fen=1_799_999)
    both = ready(home, scheme, 2)
    with pytest.raises(RuleBroken) as refused:
        approvals.convene(home.actor("office"), [item.no for item in both])
    assert str(refused.value) == "本项目剩余指标 17\u2009999.99 元，本批需 18\u2009000.00 元，请调整批次或申请追加。"
    assert {Application.get_by_id(item.id).state for item in both} == {"PUBLICITY_PASSED"}
    budgets.appropriate(home.actor("finance_maker"), scheme.code, 1, "财指〔2026〕9号")
    approvals.convene(home.actor("office"), [item.no for item in both])
    approvals.approve(home.actor("leader"), [item.no for item in both], "同意。", "〔2026〕第5次")
    budget = Budget.get(Budget.programme == scheme)
    assert (budget.appropriated_fen, budget.committed_fen) == (1_800_000, 1_800_000)
    assert findings() == []


def test_over_budget_by_much_speaks_in_wan_yuan(home):
    scheme = funds.programme(home, money_fen=12_350_000, rate_fen=1_000_000)
    one = ready(home, scheme, 1)[0]
    with pytest.raises(RuleBroken, match="^本项目剩余指标 12.35 万元，本批需 15.00 万元，请调整批次或申请追加。$"):
        approvals.convene(home.actor("office"), [one.no])


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


def test_six_lists_at_once_cannot_oversell(home, app):
    scheme = funds.programme(home, money_fen=2_700_000)
    items = ready(home, scheme, 6)
    office = home.actor("office")
    start = threading.Barrier(len(items))
    outcomes: list[str] = []

    def convene(no: str) -> None:
        with db.connection_context():
            start.wait()
            try:
                approvals.convene(office, [no])
                outcomes.append("reserved")
            except RuleBroken as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=convene, args=(item.no,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["BUDGET_EXCEEDED"] * 3 + ["reserved"] * 3
    budget = Budget.get(Budget.programme == scheme)
    assert budget.reserved_fen == budget.appropriated_fen == 2_700_000
    assert findings() == []


def test_approval_needs_opinion_and_minutes(home, draft):
    funds.drive(home, draft, State.APPROVING)
    with pytest.raises(Invalid, match="请签署审定意见"):
        funds.step(home, draft.no, "leader", Action.APPROVE, opinion=" ")
    with pytest.raises(Invalid, match="请填写会议纪要文号"):
        funds.step(home, draft.no, "leader", Action.APPROVE, minutes_ref="")


def test_release_and_result_repeat_without_a_second_payment(home, scheme):
    items = convened(home, scheme, 2)
    approvals.approve(home.actor("leader"), [item.no for item in items], "同意。", "〔2026〕第5次")
    batch = funds.pay(home, [item.no for item in items])
    maker = home.actor("finance_maker")
    assert funds.release(home, batch.no).released_at == batch.released_at
    batches.record_results(maker, batch.no, [batches.Result(f"{batch.no}-00001", "paid", "重放")])
    with pytest.raises(Invalid, match="已登记支付成功，不能改为失败"):
        batches.record_results(maker, batch.no, [batches.Result(f"{batch.no}-00001", "failed", reason="重放")])
    assert Transfer.select().where(Transfer.kind == "pay").count() == 2
    assert {line.state for line in PaymentLine.select()} == {"paid"}
    assert findings() == []


def test_two_checkers_at_once_release_once(home, draft, app):
    funds.drive(home, draft, State.APPROVED)
    batch = funds.pay(home, [draft.no], State.PAY_PREPARED)
    checker = home.actor("finance_checker")
    codes = recovery_codes(checker)
    seen: list[str] = []

    def release() -> None:
        with db.connection_context():
            seen.append(batches.release_batch(checker, batch.no, codes.pop()).state)

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
        batches.make_batch(home.actor("finance_maker"), [draft.no])
    line = PaymentLine.get()
    other = PaymentBatch.create(
        no="ZF26-9999",
        kind="card",
        line_count=1,
        state="prepared",
        total_fen=1,
        digest="0" * 64,
        maker_id=1,
        maker_name="甲",
        made_at=draft.created_at,
    )
    with pytest.raises(IntegrityError):
        PaymentLine.create(
            batch=other, application=draft, live_key=line.live_key, payee_name="甲", account_sealed="x", account_hash="x",
            account_last4="0000", amount_fen=1, state=line.state, code="ZF26-9999-00001", instalment=1, holder_name="甲",
        )  # fmt: skip


def test_a_batch_altered_after_making_is_not_released(home, draft):
    funds.drive(home, draft, State.APPROVED)
    batch = funds.pay(home, [draft.no], State.PAY_PREPARED)
    PaymentLine.update(payee_name="冒名者").execute()
    with pytest.raises(RuleBroken, match="校验值不符"):
        funds.release(home, batch.no)


def test_no_account_no_payment(home, draft):
    funds.drive(home, draft, State.APPROVED)
    with pytest.raises(RuleBroken, match="青坡合作社 没有登记收款账户，不能支付。"):
        batches.make_batch(home.actor("finance_maker"), [draft.no])


def test_every_line_needs_its_answer(home, draft):
    funds.drive(home, draft, State.PAY_RELEASED)
    batch, maker = PaymentBatch.get(), home.actor("finance_maker")
    with pytest.raises(Invalid, match="缺少明细 ZF26-0001-00001 的银行回单结果"):
        batches.record_results(maker, batch.no, [], complete=True)
    with pytest.raises(Invalid, match="本批没有明细 ZF26-0001-00777"):
        batches.record_results(maker, batch.no, [batches.Result("ZF26-0001-00777", "paid")])
    with pytest.raises(Invalid, match="请填写明细 ZF26-0001-00001 支付失败的原因"):
        batches.record_results(maker, batch.no, [batches.Result("ZF26-0001-00001", "failed")])
    with pytest.raises(Invalid, match="尚未支付，不能登记退票"):
        batches.record_results(maker, batch.no, [batches.Result("ZF26-0001-00001", "returned", reason="退回")])


def test_a_look_at_full_accounts_is_kept(home, draft):
    funds.drive(home, draft, State.PAY_PREPARED)
    batch = PaymentBatch.get()
    seen = batches.reveal_accounts(home.actor("finance_checker"), batch.no)
    assert [number for _, number in seen] == [funds.ACCOUNT]
    assert funds.ACCOUNT not in PaymentLine.get().account_sealed
    assert Party.get_by_id(home.coop.id).account_last4 == funds.ACCOUNT[-4:]


def test_the_checks_find_a_kept_sum_that_was_altered(home, draft, scheme):
    funds.drive(home, draft, State.APPROVED)
    with pytest.raises(IntegrityError, match="budget moves with transfers only"):
        Budget.update(committed_fen=Budget.committed_fen - 1).execute()
    for trigger in ("budget_follows",):
        db.execute_sql(f"DROP TRIGGER {trigger}" + (" ON budget" if is_postgres() else ""))
    Budget.update(committed_fen=Budget.committed_fen - 1).execute()
    assert any(scheme.code in finding for finding in findings())
