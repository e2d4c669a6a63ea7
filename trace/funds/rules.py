"""States, the table of legal steps, and who must be different from whom. Pure. Source: domain brief §5.2–5.3."""

from __future__ import annotations

from typing import NamedTuple

from trace.core.actor import GRANTS, Actor, Permission, Role
from trace.core.text import N_, Labelled

P = Permission


class State(Labelled):
    """Where an application stands."""

    DRAFT = "DRAFT", N_("草稿")
    SUBMITTED = "SUBMITTED", N_("待乡镇受理")
    RETURNED = "RETURNED", N_("退回补正")
    TOWNSHIP_ACCEPTED = "TOWNSHIP_ACCEPTED", N_("乡镇初审中")
    TOWNSHIP_PUBLICITY = "TOWNSHIP_PUBLICITY", N_("乡镇公示中")
    TOWNSHIP_PASSED = "TOWNSHIP_PASSED", N_("乡镇初审通过")
    FIELD_SCHEDULED = "FIELD_SCHEDULED", N_("待现场验收")
    FIELD_PASSED = "FIELD_PASSED", N_("验收合格")
    FIELD_FAILED = "FIELD_FAILED", N_("验收不合格")
    RECTIFYING = "RECTIFYING", N_("整改补植中")
    BUREAU_REVIEWED = "BUREAU_REVIEWED", N_("林业复核通过")
    PUBLICITY = "PUBLICITY", N_("公示中")
    OBJECTION = "OBJECTION", N_("异议处理中")
    PUBLICITY_PASSED = "PUBLICITY_PASSED", N_("公示期满")
    APPROVING = "APPROVING", N_("待审定")
    APPROVED = "APPROVED", N_("已审定")
    REJECTED = "REJECTED", N_("不予支持")
    PAY_PREPARED = "PAY_PREPARED", N_("支付待复核")
    PAY_RELEASED = "PAY_RELEASED", N_("已发银行")
    PAID = "PAID", N_("已支付")
    PAY_FAILED = "PAY_FAILED", N_("支付失败")
    NEXT_INSTALMENT_WAIT = "NEXT_INSTALMENT_WAIT", N_("待下期验收")
    CLOSED = "CLOSED", N_("已办结")
    ARCHIVED = "ARCHIVED", N_("已归档")
    UNDER_AUDIT = "UNDER_AUDIT", N_("审计核查中")
    CLAWBACK = "CLAWBACK", N_("追缴中")
    CLAWED_BACK = "CLAWED_BACK", N_("已追回")
    WITHDRAWN = "WITHDRAWN", N_("已撤回")


INACTIVE = (State.DRAFT, State.REJECTED, State.WITHDRAWN)
"""States in which an application does not occupy its plot, purpose and year."""

COMMITTED = (State.APPROVED, State.PAY_PREPARED, State.PAY_RELEASED, State.PAY_FAILED)
"""States whose amount is reserved in the budget and not yet paid."""

SETTLED = (State.PAID, State.NEXT_INSTALMENT_WAIT, State.CLOSED, State.ARCHIVED)
"""States in which every instalment approved so far has been paid."""

FINAL = (State.ARCHIVED, State.CLAWED_BACK, State.REJECTED, State.WITHDRAWN)
"""States nothing leads out of, an audit of an archived file apart."""

AUDITABLE = (State.APPROVED, State.PAY_PREPARED, State.PAY_FAILED, *SETTLED)
"""“Any after APPROVED”, but for money that is on its way: its audit begins when the bank has answered."""

CASES = (State.UNDER_AUDIT, State.CLAWBACK, State.CLAWED_BACK)
"""States of an audit and what follows; ``held_state`` says where the application stood."""

STOPPED = (
    State.RETURNED, State.FIELD_FAILED, State.OBJECTION, State.REJECTED, State.PAY_FAILED, State.UNDER_AUDIT, State.CLAWBACK,
)  # fmt: skip
TONES = {
    **dict.fromkeys(STOPPED, "stop"), State.DRAFT: "draft", State.WITHDRAWN: "void", State.CLAWED_BACK: "void",
    State.PAID: "ok", State.APPROVED: "ok", State.CLOSED: "ok", State.ARCHIVED: "ok", State.PUBLICITY: "info",
    State.TOWNSHIP_PUBLICITY: "info", State.NEXT_INSTALMENT_WAIT: "info",
}  # fmt: skip
"""The look of a state; the others are waiting for someone."""


class Action(Labelled):
    """What can be done with an application."""

    SUBMIT = "submit", N_("提交申报")
    WITHDRAW = "withdraw", N_("撤回申报")
    LAPSE = "lapse", N_("逾期未补正，自动撤回")
    ACCEPT = "accept", N_("受理")
    RETURN = "return", N_("退回补正")
    POST_TOWNSHIP = "post_township", N_("乡镇公示")
    PASS_TOWNSHIP = "pass_township", N_("初审通过")
    SCHEDULE = "schedule", N_("安排验收")
    VERIFY_FORESTRY = "verify_forestry", N_("林业验收签字")
    VERIFY_FINANCE = "verify_finance", N_("财政验收签字")
    RECTIFY = "rectify", N_("开始整改补植")
    REVIEW = "review", N_("复核通过")
    RECHECK = "recheck", N_("退回重新验收")
    PUBLICISE = "publicise", N_("发布公示")
    TAKE_DOWN = "take_down", N_("撤回公示")
    OBJECT = "object", N_("受理异议")
    DISMISS = "dismiss", N_("异议不成立，重新公示")
    ORDER_RECTIFY = "order_rectify", N_("异议成立，责令整改")
    END_PUBLICITY = "end_publicity", N_("公示期满")
    CONVENE = "convene", N_("提交审定")
    APPROVE = "approve", N_("审定通过")
    SEND_BACK = "send_back", N_("退回复核")
    REJECT = "reject", N_("不予支持")
    PREPARE = "prepare", N_("支付制单")
    CANCEL_PAYMENT = "cancel_payment", N_("撤销制单")
    RELEASE = "release", N_("支付复核")
    PAY = "pay", N_("支付")
    FAIL_PAYMENT = "fail_payment", N_("登记支付失败")
    RETURN_PAYMENT = "return_payment", N_("登记银行退票")
    AWAIT_INSTALMENT = "await_instalment", N_("等待下期")
    CLOSE = "close", N_("办结")
    ARCHIVE = "archive", N_("归档")
    OPEN_AUDIT = "open_audit", N_("立案核查")
    CLEAR_AUDIT = "clear_audit", N_("核查无问题")
    DECIDE_CLAWBACK = "decide_clawback", N_("决定追缴")
    COLLECT = "collect", N_("登记追缴到账")


BATCHED = (
    Action.PREPARE, Action.CANCEL_PAYMENT, Action.RELEASE, Action.PAY, Action.FAIL_PAYMENT, Action.RETURN_PAYMENT,
)  # fmt: skip
"""Done for a whole payment batch, never for one application by itself."""

BY_CASE = (Action.OPEN_AUDIT, Action.CLEAR_AUDIT, Action.DECIDE_CLAWBACK, Action.COLLECT)
"""Done in the case of an audit or a clawback, which carries finding, hearing, decision, amount and receipt."""

BY_SYSTEM = (Action.LAPSE, Action.AWAIT_INSTALMENT)
"""Done by the nightly job alone, when a date has passed; nobody is offered them."""


class Duty(Labelled):
    """The part a person takes in an application; whoever holds one can not take another."""

    SUBMIT = "submit", N_("申报")
    TOWNSHIP = "township", N_("乡镇初审")
    FORESTRY = "verify_forestry", N_("林业验收")
    FINANCE = "verify_finance", N_("财政验收")
    REVIEW = "review", N_("林业复核")
    PUBLICISE = "publicise", N_("公示")
    APPROVE = "approve", N_("审定")
    PAY_MAKE = "pay_make", N_("支付制单")
    PAY_CHECK = "pay_check", N_("支付复核")
    AUDIT = "audit", N_("审计核查")


class Step(NamedTuple):
    """One legal step. ``duty`` is None for arranging and reporting, which judge nothing; ``permission`` is None for the system's own steps."""

    source: State
    action: Action
    target: State
    permission: Permission | None
    duty: Duty | None


S, A, D = State, Action, Duty
STEPS = (
    Step(S.DRAFT, A.SUBMIT, S.SUBMITTED, P.APPLICATION_SUBMIT, D.SUBMIT),
    Step(S.DRAFT, A.WITHDRAW, S.WITHDRAWN, P.APPLICATION_SUBMIT, D.SUBMIT),
    Step(S.SUBMITTED, A.WITHDRAW, S.WITHDRAWN, P.APPLICATION_SUBMIT, D.SUBMIT),
    Step(S.SUBMITTED, A.ACCEPT, S.TOWNSHIP_ACCEPTED, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.SUBMITTED, A.RETURN, S.RETURNED, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.RETURNED, A.SUBMIT, S.SUBMITTED, P.APPLICATION_SUBMIT, D.SUBMIT),
    Step(S.RETURNED, A.WITHDRAW, S.WITHDRAWN, P.APPLICATION_SUBMIT, D.SUBMIT),
    Step(S.RETURNED, A.LAPSE, S.WITHDRAWN, None, None),
    Step(S.TOWNSHIP_ACCEPTED, A.PASS_TOWNSHIP, S.TOWNSHIP_PASSED, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.TOWNSHIP_ACCEPTED, A.POST_TOWNSHIP, S.TOWNSHIP_PUBLICITY, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.TOWNSHIP_ACCEPTED, A.REJECT, S.REJECTED, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.TOWNSHIP_PUBLICITY, A.PASS_TOWNSHIP, S.TOWNSHIP_PASSED, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.TOWNSHIP_PUBLICITY, A.REJECT, S.REJECTED, P.APPLICATION_ACCEPT, D.TOWNSHIP),
    Step(S.TOWNSHIP_PASSED, A.SCHEDULE, S.FIELD_SCHEDULED, P.APPLICATION_REVIEW, None),
    Step(S.FIELD_SCHEDULED, A.VERIFY_FORESTRY, S.FIELD_PASSED, P.APPLICATION_VERIFY_FORESTRY, D.FORESTRY),
    Step(S.FIELD_SCHEDULED, A.VERIFY_FINANCE, S.FIELD_PASSED, P.APPLICATION_VERIFY_FINANCE, D.FINANCE),
    Step(S.FIELD_FAILED, A.RECTIFY, S.RECTIFYING, P.APPLICATION_SUBMIT, D.SUBMIT),
    Step(S.FIELD_FAILED, A.REJECT, S.REJECTED, P.APPLICATION_REVIEW, D.REVIEW),
    Step(S.RECTIFYING, A.SCHEDULE, S.FIELD_SCHEDULED, P.APPLICATION_REVIEW, None),
    Step(S.RECTIFYING, A.REJECT, S.REJECTED, P.APPLICATION_REVIEW, D.REVIEW),
    Step(S.FIELD_PASSED, A.REVIEW, S.BUREAU_REVIEWED, P.APPLICATION_REVIEW, D.REVIEW),
    Step(S.FIELD_PASSED, A.RECHECK, S.FIELD_SCHEDULED, P.APPLICATION_REVIEW, D.REVIEW),
    Step(S.FIELD_PASSED, A.REJECT, S.REJECTED, P.APPLICATION_REVIEW, D.REVIEW),
    Step(S.BUREAU_REVIEWED, A.PUBLICISE, S.PUBLICITY, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.PUBLICITY, A.OBJECT, S.OBJECTION, P.APPLICATION_OBJECT, None),
    Step(S.PUBLICITY, A.TAKE_DOWN, S.BUREAU_REVIEWED, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.PUBLICITY, A.END_PUBLICITY, S.PUBLICITY_PASSED, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.OBJECTION, A.DISMISS, S.PUBLICITY, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.OBJECTION, A.ORDER_RECTIFY, S.RECTIFYING, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.OBJECTION, A.REJECT, S.REJECTED, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.PUBLICITY_PASSED, A.CONVENE, S.APPROVING, P.APPLICATION_PUBLICISE, D.PUBLICISE),
    Step(S.APPROVING, A.APPROVE, S.APPROVED, P.APPLICATION_APPROVE, D.APPROVE),
    Step(S.APPROVING, A.SEND_BACK, S.FIELD_PASSED, P.APPLICATION_APPROVE, D.APPROVE),
    Step(S.APPROVING, A.REJECT, S.REJECTED, P.APPLICATION_APPROVE, D.APPROVE),
    Step(S.APPROVED, A.PREPARE, S.PAY_PREPARED, P.PAYMENT_MAKE, D.PAY_MAKE),
    Step(S.PAY_FAILED, A.PREPARE, S.PAY_PREPARED, P.PAYMENT_MAKE, D.PAY_MAKE),
    Step(S.PAY_PREPARED, A.CANCEL_PAYMENT, S.APPROVED, P.PAYMENT_MAKE, D.PAY_MAKE),
    Step(S.PAY_PREPARED, A.RELEASE, S.PAY_RELEASED, P.PAYMENT_CHECK, D.PAY_CHECK),
    Step(S.PAY_RELEASED, A.PAY, S.PAID, P.PAYMENT_MAKE, D.PAY_MAKE),
    Step(S.PAY_RELEASED, A.FAIL_PAYMENT, S.PAY_FAILED, P.PAYMENT_MAKE, D.PAY_MAKE),
    Step(S.PAID, A.RETURN_PAYMENT, S.PAY_FAILED, P.PAYMENT_MAKE, D.PAY_MAKE),
    Step(S.PAID, A.AWAIT_INSTALMENT, S.NEXT_INSTALMENT_WAIT, None, None),
    Step(S.NEXT_INSTALMENT_WAIT, A.SCHEDULE, S.FIELD_SCHEDULED, P.APPLICATION_REVIEW, None),
    Step(S.PAID, A.CLOSE, S.CLOSED, P.APPLICATION_REVIEW, None),
    Step(S.CLOSED, A.ARCHIVE, S.ARCHIVED, P.APPLICATION_REVIEW, None),
    *(Step(state, A.OPEN_AUDIT, S.UNDER_AUDIT, P.APPLICATION_AUDIT, D.AUDIT) for state in AUDITABLE),
    Step(S.UNDER_AUDIT, A.CLEAR_AUDIT, S.PAID, P.APPLICATION_AUDIT, D.AUDIT),
    Step(S.UNDER_AUDIT, A.DECIDE_CLAWBACK, S.CLAWBACK, P.CLAWBACK_DECIDE, D.REVIEW),
    Step(S.CLAWBACK, A.COLLECT, S.CLAWED_BACK, P.PAYMENT_MAKE, D.PAY_MAKE),
)  # fmt: skip
"""Every legal step. Where two must sign (the two verifiers) the first signature leaves the state as it is;
a verifier who finds the planting wanting leads to FIELD_FAILED; an audit that finds nothing leads back to where it began (``held_state``)."""

_BY_KEY = {(step.source, step.action): step for step in STEPS}

BATCH_STATES = {"prepared": N_("待复核"), "released": N_("已发银行"), "done": N_("已回单")}
BATCH_TONES = {"prepared": "todo", "released": "info", "done": "ok"}
LINE_STATES = {"pending": N_("待支付"), "paid": N_("已支付"), "failed": N_("支付失败")}
LINE_TONES = {"pending": "todo", "paid": "ok", "failed": "stop"}
NOTICE_KEPT_DAYS = 30
"""A public list disappears so many days after its period (domain brief §2.10)."""


def step_of(state: str, action: str) -> Step | None:
    """The legal step of an action in a state, if there is one."""
    return _BY_KEY.get((State(state), Action(action)))


def steps_from(state: str) -> list[Step]:
    """Every legal step in a state, in the order of the table."""
    return [step for step in STEPS if step.source == state]


def permissions_for(action: str) -> list[Permission]:
    """The permissions of which one is needed for an action."""
    found = (step.permission for step in STEPS if step.action == action and step.permission is not None)
    return list(dict.fromkeys(found))


def acting_role(actor: Actor, permission: Permission | None) -> str:
    """The role under which a person acts, as the file keeps it; empty for the system's own steps."""
    if permission is None:
        return ""
    return next((role.label for role in Role if role in actor.roles and permission in GRANTS[role]), "")


def duty_words(did: str, now: str) -> tuple[str, str]:
    """How to say which part was taken and which is refused; both verifications together are simply 验收."""
    field = (Duty.FORESTRY, Duty.FINANCE)
    refused = "验收" if now in field and did not in field else Duty(now).label
    return Duty(did).label, refused


def missing_signatures(signed: set[str]) -> list[str]:
    """Whose signature a verification still lacks."""
    return [label for side, label in (("forestry", "林业验收人"), ("finance", "财政验收人")) if side not in signed]
