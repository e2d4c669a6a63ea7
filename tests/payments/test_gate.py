"""What stops a payment: another's account, a change not cooled down, an objection, a complaint, a hold, a payment made before."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.factories import county as make
from tests.factories import funds
from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.files.rules import Upload
from trace.funds.models import Application, Objection
from trace.funds.rules import State
from trace.payments import batches, grievances, payee_accounts
from trace.payments.models import PayeeAccount, PaymentLine
from trace.quality.services import place_hold, release
from trace.registry.models import Party

OTHER = "6217995560011112222"


def paper(field: str = "evidence") -> Upload:
    out = BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return Upload("开户证明.png", out.getvalue(), field)


def propose(payable, **values):
    given = {
        "holder_name": "青坡合作社",
        "number": OTHER,
        "bank_name": "衡南农商行",
        "reason": "原账户已销户",
        "evidence": paper(),
        **values,
    }
    return payee_accounts.propose_account(payable.actor("finance_maker"), payable.home.coop.code, **given)


def test_another_account_needs_evidence_a_second_person_and_three_days(payable, clock):
    maker, checker = payable.actor("finance_maker"), payable.actor("finance_checker")
    change = propose(payable)
    with pytest.raises(RuleBroken, match="收款账户正在变更，须先由另一人复核"):
        batches.make_batch(maker, payable.nos[:1])
    with pytest.raises(Forbidden):
        payee_accounts.decide_account(maker, change.code, agreed=True)
    payee_accounts.decide_account(checker, change.code, agreed=True)
    with pytest.raises(RuleBroken, match="冷静期内不能支付，2026-09-27 起可以支付"):
        batches.make_batch(maker, payable.nos[:1])
    clock.move_to("2026-09-27T04:00:00+00:00")
    batch = batches.make_batch(maker, payable.nos)
    assert {line.account_last4 for line in PaymentLine.select()} == {OTHER[-4:]} and batch.line_count == 3
    assert OTHER not in PayeeAccount.get().account_sealed


def test_everything_wrong_with_a_change_is_told_together(payable):
    with pytest.raises(Invalid) as refused:
        propose(payable, holder_name="白石合作社", number="12ab", reason=" ", evidence=None)
    assert [item.field for item in refused.value.errors] == ["holder_name", "number", "reason", "evidence"]
    assert str(refused.value.errors[0].message) == "收款户名‘白石合作社’与申请人‘青坡合作社’不一致。"


def test_who_proposed_does_not_confirm_and_a_refused_change_changes_nothing(payable):
    maker, checker = payable.actor("finance_maker"), payable.actor("finance_checker")
    change = propose(payable)
    PayeeAccount.update(proposer_id=checker.user_id).execute()
    with pytest.raises(RuleBroken, match="须由另一人复核"):
        payee_accounts.decide_account(checker, change.code, agreed=True)
    PayeeAccount.update(proposer_id=maker.user_id).execute()
    with pytest.raises(Invalid, match="请写明不予变更的原因"):
        payee_accounts.decide_account(checker, change.code, agreed=False)
    payee_accounts.decide_account(checker, change.code, agreed=False, note="证明看不清")
    batches.make_batch(maker, payable.nos)
    assert {line.account_last4 for line in PaymentLine.select()} == {funds.ACCOUNT[-4:]}


def test_the_account_name_must_be_the_beneficiarys(payable):
    change = propose(payable)
    payee_accounts.decide_account(payable.actor("finance_checker"), change.code, agreed=True)
    PayeeAccount.update(holder_name="衡南某某公司", usable_from="2026-09-01").execute()
    with pytest.raises(RuleBroken, match="^收款户名‘衡南某某公司’与申请人‘青坡合作社’不一致。$"):
        batches.make_batch(payable.actor("finance_maker"), payable.nos[:1])


def test_a_changed_register_is_no_way_around_the_second_person(payable):
    maker = payable.actor("finance_maker")
    funds.pay(payable.home, payable.nos[:1])
    funds.give_account(Party.get_by_id(payable.home.coop.id), OTHER)
    with pytest.raises(RuleBroken, match="与上次支付时不同，须先办理收款账户变更"):
        batches.make_batch(maker, payable.nos[1:2])


def test_already_paid_in_the_words_of_the_brief(payable):
    batch = funds.pay(payable.home, payable.nos[:1])
    Application.update(state=State.APPROVED.value).where(Application.no == payable.nos[0]).execute()
    with pytest.raises(RuleBroken) as refused:
        batches.make_batch(payable.actor("finance_maker"), payable.nos[:1])
    assert str(refused.value) == f"该申请第 1 期已支付 9\u2009000.00 元（批次 {batch.no}），不能重复支付。"


def test_an_open_objection_stops_making_and_releasing(payable):
    maker = payable.actor("finance_maker")
    batch = batches.make_batch(maker, payable.nos[:2])
    objection = Objection.create(
        application=payable.applications[0], text="不是他种的", received_at=batch.made_at, received_by=1
    )
    Objection.create(application=payable.applications[2], text="不实", received_at=batch.made_at, received_by=1)
    with pytest.raises(RuleBroken, match="有未处理的公示异议"):
        batches.make_batch(maker, payable.nos[2:])
    with pytest.raises(RuleBroken, match="有未处理的公示异议"):
        funds.release(payable.home, batch.no)
    Objection.update(handled_at=batch.made_at, upheld=False).where(Objection.id == objection.id).execute()
    assert funds.release(payable.home, batch.no).state == "released"


def test_a_complaint_that_stops_payment_stops_it_until_it_is_answered(payable):
    maker, auditor = payable.actor("finance_maker"), payable.actor("auditor")
    filed = grievances.file_grievance(None, kind="fraud", text="虚报面积", application=payable.nos[0])
    batches.cancel_batch(maker, batches.make_batch(maker, payable.nos[:1]).no, "试")
    grievances.take(auditor, filed.no, stop_payment=True)
    with pytest.raises(RuleBroken, match=f"有未办结的资金投诉 {filed.no}"):
        batches.make_batch(maker, payable.nos[:1])
    grievances.answer(auditor, filed.no, "groundless", "经核查面积属实。")
    assert batches.make_batch(maker, payable.nos[:1]).line_count == 1


def test_a_hold_on_a_lot_of_the_plot_stops_payment(payable):
    maker, bureau, market = payable.actor("finance_maker"), payable.actor("bureau"), payable.actor("market")
    lot = make.harvest(payable.actor("coop"), payable.applications[0].plot)
    hold = place_hold(bureau, lot.code, "农残超标")
    with pytest.raises(RuleBroken, match=f"批次 {lot.code} 正在封存（{hold.code}）"):
        batches.make_batch(maker, payable.nos[:1])
    assert batches.make_batch(maker, payable.nos[1:2]).line_count == 1
    release(market, hold.code, "复检合格")
    assert batches.make_batch(maker, payable.nos[:1]).line_count == 1


def test_all_that_stands_against_a_batch_is_told_together(payable, household):
    Party.update(account_sealed="", account_hash=None, account_last4="").execute()
    with pytest.raises(Invalid) as refused:
        batches.make_batch(payable.actor("finance_maker"), payable.nos)
    assert [str(item.message) for item in refused.value.errors] == [
        f"{no}：青坡合作社 没有登记收款账户，不能支付。" for no in payable.nos
    ]
