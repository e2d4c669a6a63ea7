"""An application's whole life, and what happens when somebody steps out of line."""

from __future__ import annotations

import pytest
from peewee import IntegrityError

from tests.factories import county as make
from tests.factories import funds
from trace.audit.models import AuditEntry
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken
from trace.funds import actions, checks, queries, services, township
from trace.funds.ledger_models import Budget, Transfer
from trace.funds.models import Application, ApplicationDuty, ApplicationStep
from trace.funds.rules import BATCHED, BY_SYSTEM, CASES, STEPS, Action, Duty, State, step_of
from trace.land.models import Plot, SurvivalVisit
from trace.payments import checks as payment_checks
from trace.payments.models import PaymentBatch

ACTOR_OF = {
    Action.SUBMIT: "coop", Action.WITHDRAW: "coop", Action.ACCEPT: "township", Action.RETURN: "township",
    Action.POST_TOWNSHIP: "township", Action.PASS_TOWNSHIP: "township", Action.RECTIFY: "coop", Action.RECHECK: "bureau",
    Action.TAKE_DOWN: "office", Action.ORDER_RECTIFY: "office", Action.CONVENE: "office", Action.SEND_BACK: "leader",
    Action.CANCEL_PAYMENT: "finance_maker", Action.RETURN_PAYMENT: "finance_maker", Action.CLOSE: "bureau", Action.ARCHIVE: "bureau",
    Action.OPEN_AUDIT: "auditor", Action.CLEAR_AUDIT: "auditor", Action.DECIDE_CLAWBACK: "bureau", Action.COLLECT: "finance_maker",
    Action.SCHEDULE: "bureau", Action.VERIFY_FORESTRY: "verifier_forestry", Action.VERIFY_FINANCE: "verifier_finance",
    Action.REVIEW: "bureau", Action.PUBLICISE: "office", Action.OBJECT: "office", Action.DISMISS: "office",
    Action.END_PUBLICITY: "office", Action.APPROVE: "leader", Action.REJECT: "leader", Action.PREPARE: "finance_maker",
    Action.RELEASE: "finance_checker", Action.PAY: "finance_maker", Action.FAIL_PAYMENT: "finance_maker",
}  # fmt: skip


def findings() -> list[str]:
    return [finding for module in (checks, payment_checks) for check in module.CHECKS for finding in check()]


def test_full_chain_pays_once_and_balances(home, draft, scheme):
    paid = funds.drive(home, draft, State.PAID)
    plot = Plot.get_by_id(draft.plot_id)
    assert paid.accepted_m2 == plot.area_m2
    assert paid.amount_fen == (plot.area_m2 * 15 * funds.RATE_FEN * 2 + 10_000) // 20_000
    budget = Budget.get(Budget.programme == scheme)
    assert (budget.committed_fen, budget.paid_fen) == (0, paid.amount_fen)
    kinds = [row.kind for row in Transfer.select().order_by(Transfer.id)]
    assert kinds == ["appropriate", "reserve", "commit", "pay"]
    assert [row.duty for row in ApplicationDuty.select().order_by(ApplicationDuty.id)] == [
        duty.value for duty in Duty if duty != Duty.AUDIT
    ]
    assert findings() == []


def test_steps_say_who_in_which_role_and_cannot_be_changed(home, draft):
    funds.drive(home, draft, State.TOWNSHIP_PASSED)
    last = ApplicationStep.select().order_by(ApplicationStep.id.desc()).get()
    assert (last.actor_name, last.role) == ("演示乡镇（街道）", "乡镇（街道）")
    assert last.detail["companion"] == "同行甲"
    assert (last.from_state, last.to_state, last.opinion) == ("TOWNSHIP_ACCEPTED", "TOWNSHIP_PASSED", "同意。")
    with pytest.raises(IntegrityError, match="append-only"):
        ApplicationStep.update(opinion="另一种意见").execute()


@pytest.mark.parametrize("state", list(State))
def test_every_illegal_step_is_refused_with_what_is_possible(home, draft, state):
    reached = reach(home, draft, state)
    assert reached.state == state
    for action in Action:
        if action in BY_SYSTEM:
            with pytest.raises(NotFound):
                funds.step(home, draft.no, "office", action)
            continue
        if step_of(state, action) or (state == State.FIELD_SCHEDULED and action == Action.REVIEW):
            continue
        if state == State.DRAFT and ACTOR_OF[action] not in ("coop", "township"):
            with pytest.raises(NotFound):
                funds.step(home, draft.no, ACTOR_OF[action], action)
            continue
        with pytest.raises(RuleBroken) as refused:
            funds.step(home, draft.no, ACTOR_OF[action], action)
        if (state, action) == (State.PUBLICITY, Action.APPROVE) and refused.value.code == "PERIOD_OPEN":
            continue
        assert refused.value.code == "ILLEGAL_STEP"
        assert f"当前状态‘{state.label}’，不能执行‘{action.label}’。" in str(refused.value)
        possible = {step.action.label for step in STEPS if step.source == state and step.permission}
        assert set(refused.value.allowed) <= possible
        assert bool(refused.value.allowed) == bool(possible)
    assert Application.get_by_id(draft.id).state == state


def reach(home, draft, state: State) -> Application:
    """Bring a draft into any state."""
    if state == State.WITHDRAWN:
        return funds.step(home, draft.no, "coop", Action.WITHDRAW)
    if state == State.TOWNSHIP_PUBLICITY:
        funds.drive(home, draft, State.TOWNSHIP_ACCEPTED)
        return funds.step(home, draft.no, "township", Action.POST_TOWNSHIP)
    if state == State.RECTIFYING:
        reach(home, draft, State.FIELD_FAILED)
        return funds.step(home, draft.no, "coop", Action.RECTIFY, opinion="开春补植 60 株。")
    if state in (State.CLOSED, State.ARCHIVED):
        funds.paper(home, draft.no, "coop", "identity")
        funds.drive(home, draft, State.PAID)
        closed = funds.step(home, draft.no, "bureau", Action.CLOSE)
        return funds.step(home, draft.no, "bureau", Action.ARCHIVE) if state == State.ARCHIVED else closed
    if state in (*CASES, State.NEXT_INSTALMENT_WAIT):
        funds.drive(home, draft, State.PAID)
        Application.update(state=state.value, held_state=State.PAID.value).execute()
        return Application.get_by_id(draft.id)
    if state == State.RETURNED:
        funds.drive(home, draft, State.SUBMITTED)
        return funds.step(home, draft.no, "township", Action.RETURN)
    if state == State.FIELD_FAILED:
        funds.drive(home, draft, State.FIELD_SCHEDULED)
        return funds.step(home, draft.no, "verifier_finance", Action.VERIFY_FINANCE, passed=False)
    if state == State.OBJECTION:
        funds.drive(home, draft, State.PUBLICITY)
        return funds.step(home, draft.no, "office", Action.OBJECT, opinion="这块地去年领过。")
    if state == State.REJECTED:
        funds.drive(home, draft, State.APPROVING)
        return funds.step(home, draft.no, "leader", Action.REJECT)
    return funds.drive(home, draft, state)


def test_the_words_of_the_brief(home, draft):
    funds.drive(home, draft, State.BUREAU_REVIEWED)
    funds.step(home, draft.no, "office", Action.PUBLICISE, starts_on=None)
    with pytest.raises(RuleBroken, match="^当前状态‘公示中’，不能执行‘支付’。可执行：受理异议、撤回公示。$") as refused:
        funds.step(home, draft.no, "finance_maker", Action.PAY)
    assert refused.value.allowed == ["受理异议", "撤回公示"]


def test_payment_goes_by_batch_only(home, draft):
    funds.drive(home, draft, State.APPROVED)
    with pytest.raises(RuleBroken, match="支付须按批次办理"):
        funds.step(home, draft.no, "finance_maker", Action.PREPARE)


@pytest.mark.parametrize("first", [duty for duty in Duty if duty != Duty.AUDIT])
@pytest.mark.parametrize("second", [duty for duty in Duty if duty != Duty.AUDIT])
def test_nobody_takes_two_parts(home, draft, first, second):
    """For every pair of parts: whoever took the first is refused when the second comes, whichever comes earlier in the chain."""
    by_duty = {step.duty: step for step in STEPS if step.duty and step.source not in (State.RETURNED, State.PAY_FAILED)}
    by_duty[Duty.SUBMIT] = step_of(State.DRAFT, Action.SUBMIT)
    by_duty[Duty.PAY_MAKE] = step_of(State.APPROVED, Action.PREPARE)
    by_duty[Duty.REVIEW] = step_of(State.FIELD_PASSED, Action.REVIEW)
    by_duty[Duty.PUBLICISE] = step_of(State.BUREAU_REVIEWED, Action.PUBLICISE)
    by_duty[Duty.TOWNSHIP] = step_of(State.SUBMITTED, Action.ACCEPT)
    by_duty[Duty.APPROVE] = step_of(State.APPROVING, Action.APPROVE)
    by_duty[Duty.PAY_CHECK] = step_of(State.PAY_PREPARED, Action.RELEASE)
    target = by_duty[second]
    reach(home, draft, target.source)
    username = ACTOR_OF[target.action]
    actor = home.actor(username)
    if first == second:
        assert attempt(home, draft, target.action) is None
        return
    ApplicationDuty.create(application=draft, user_id=actor.user_id, duty=first.value, taken_at=draft.created_at)
    refused = attempt(home, draft, target.action)
    assert refused is not None and refused.code == "SAME_PERSON"
    now = (
        "验收"
        if second in (Duty.FORESTRY, Duty.FINANCE) and first not in (Duty.FORESTRY, Duty.FINANCE)
        else second.label
    )
    assert str(refused) == f"您已参与该申请的{first.label}，不能再参加{now}。"
    kept = AuditEntry.get(AuditEntry.refused == 1)
    assert kept.detail["code"] == "SAME_PERSON"
    assert Application.get_by_id(draft.id).state == target.source


def attempt(home, draft, action: Action) -> RuleBroken | None:
    """Try an action, batches included; the refusal if there is one."""
    try:
        if action not in BATCHED:
            funds.step(home, draft.no, ACTOR_OF[action], action)
        elif action == Action.PREPARE:
            funds.pay(home, [draft.no], State.PAY_PREPARED)
        else:
            batch = PaymentBatch.get()
            funds.release(home, batch.no)
    except RuleBroken as error:
        return error
    return None


def test_the_database_itself_refuses_a_second_part(home, draft):
    funds.drive(home, draft, State.SUBMITTED)
    taken = ApplicationDuty.get()
    with pytest.raises(IntegrityError):
        ApplicationDuty.create(application=draft, user_id=taken.user_id, duty="township", taken_at=taken.taken_at)


def test_a_township_officer_who_applied_cannot_pass_it(home, scheme):
    plot = make.plot(home.actor("coop"), home)
    officer = home.actor("township")
    application = services.create_application(officer, scheme.code, plot.code, send=True)
    with pytest.raises(RuleBroken, match="您已参与该申请的申报，不能再参加乡镇初审。"):
        township.accept(officer, application.no)


def test_the_maker_does_not_release_and_the_database_agrees(home, draft):
    funds.drive(home, draft, State.APPROVED)
    batch = funds.pay(home, [draft.no], State.PAY_PREPARED)
    PaymentBatch.update(maker_id=home.actor("finance_checker").user_id).execute()
    with pytest.raises(RuleBroken, match="制单和复核须由两人办理"):
        funds.release(home, batch.no)
    with pytest.raises(IntegrityError):
        PaymentBatch.update(checker_id=PaymentBatch.maker_id, state="released", released_at=draft.created_at).execute()


def test_review_needs_both_signatures(home, draft):
    funds.drive(home, draft, State.FIELD_SCHEDULED)
    with pytest.raises(RuleBroken, match="缺少林业验收人、财政验收人签字。"):
        funds.step(home, draft.no, "bureau", Action.REVIEW)
    funds.step(home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY)
    with pytest.raises(RuleBroken, match="^缺少财政验收人签字。$"):
        funds.step(home, draft.no, "bureau", Action.REVIEW)
    with pytest.raises(RuleBroken, match="林业验收人已经签过字。"):
        funds.step(home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY)


def test_verified_area_is_the_smaller_signature_and_never_above_the_plot(home, draft):
    plot = Plot.get_by_id(draft.plot_id)
    funds.drive(home, draft, State.FIELD_SCHEDULED)
    with pytest.raises(Invalid, match="验收面积不能大于勾绘面积"):
        funds.step(home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY, verified_m2=plot.area_m2 + 1)
    funds.step(home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY, verified_m2=20_000, sampled=100, alive=92)
    funds.step(home, draft.no, "verifier_finance", Action.VERIFY_FINANCE, verified_m2=19_000)
    reviewed = funds.step(home, draft.no, "bureau", Action.REVIEW)
    assert (reviewed.verified_m2, reviewed.accepted_m2, reviewed.amount_fen) == (19_000, 19_000, 1_710_000)
    visit = SurvivalVisit.get()
    assert (visit.sampled, visit.alive, visit.verified_m2) == (100, 92, 20_000)
    assert Plot.get_by_id(plot.id).state == "survived"


def test_too_few_living_trees_cannot_pass(home, draft):
    funds.drive(home, draft, State.FIELD_SCHEDULED)
    with pytest.raises(RuleBroken, match="成活率 84.00%，低于要求的 85.00%"):
        funds.step(home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY, sampled=100, alive=84)
    assert not SurvivalVisit.select().exists()
    failed = funds.step(
        home, draft.no, "verifier_forestry", Action.VERIFY_FORESTRY, sampled=100, alive=84, passed=False
    )
    assert failed.state == State.FIELD_FAILED
    funds.step(home, draft.no, "coop", Action.RECTIFY, opinion="开春补植 60 株。")
    with pytest.raises(RuleBroken, match="还没有上传补植整改证明"):
        funds.step(home, draft.no, "bureau", Action.SCHEDULE)
    funds.paper(home, draft.no, "coop", "replant")
    again = funds.step(home, draft.no, "bureau", Action.SCHEDULE)
    assert (again.state, again.field_round) == (State.FIELD_SCHEDULED, 2)


@pytest.mark.parametrize("username", ["coop2", "plant", "grower", "township2"])
def test_other_people_s_applications_do_not_exist(home, draft, username):
    funds.drive(home, draft, State.SUBMITTED)
    actor = home.actor(username)
    assert queries.visible_applications(actor).count() == 0
    with pytest.raises(NotFound):
        queries.get_application(actor, draft.no)
    with pytest.raises((NotFound, Forbidden)):
        actions.act(actor, draft.no, "pass_township" if username == "township2" else "withdraw", {"opinion": "同意。"})


def test_county_roles_see_all_but_drafts(home, draft):
    office = home.actor("office")
    assert queries.visible_applications(office).count() == 0
    funds.drive(home, draft, State.SUBMITTED)
    assert queries.visible_applications(office).count() == 1


def test_what_waits_follows_the_chain(home, draft):
    def waiting(username: str) -> dict[str, int]:
        return {label: count for label, count, _ in queries.waiting_for(home.actor(username)) if count}

    assert waiting("coop") == {"待提交或补正的申报": 1}
    funds.drive(home, draft, State.SUBMITTED)
    assert waiting("township") == {"待乡镇受理的申报": 1} and waiting("coop") == {}
