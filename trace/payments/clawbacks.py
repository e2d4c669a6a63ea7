"""Money that must come back: the auditor opens, the bureau hears and decides, finance books what comes in. Nobody does two of these."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction

from peewee import IntegrityError, fn

from trace import audit
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, to_local
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.core.units import format_yuan
from trace.db import db, lock_row
from trace.db.counters import next_number
from trace.funds import ledger, workflow
from trace.funds import queries as funds
from trace.funds import rules as states
from trace.funds.ledger import Posting
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.payments import case_queries, case_rules
from trace.payments.case_models import Clawback, ClawbackReceipt
from trace.payments.models import PaymentLine
from trace.registry.queries import site_setting


def open_case(actor: Actor, no: str, cause: str, facts: str, *, finding: str = "") -> Clawback:
    """The auditor opens a case against one application; whatever was to be paid on it waits."""
    with workflow.acting(actor, states.permissions_for(Action.OPEN_AUDIT), Action.OPEN_AUDIT, no) as op:
        if not facts.strip():
            raise Invalid("请写明核查发现的事实。", field="facts", code="MISSING")
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.OPEN_AUDIT)
        found = case_queries.get_finding(actor, finding) if finding else None
        try:
            with db.atomic():
                case = Clawback.create(
                    code=f"ZJ{next_number('clawback'):06d}", application=application, finding=found, cause=cause, facts=facts.strip(),
                    state="opened", opener_id=actor.user_id, opener_name=actor.display_name, opened_at=op.at,
                )  # fmt: skip
        except IntegrityError as error:
            raise RuleBroken("这份申请已有未办结的核查案件。", code="CASE_OPEN") from error
        workflow.advance(
            op,
            application,
            step,
            opinion=facts.strip()[:500],
            changes={"held_state": application.state},
            case=case.code,
        )
        op.record("clawback.open", case, application=no, cause=cause)
        return case


def clear(actor: Actor, code: str, outcome: str) -> Clawback:
    """The auditor found nothing: the application stands again where it stood."""
    with _deciding(actor, Action.CLEAR_AUDIT, code) as (op, case, application):
        if not outcome.strip():
            raise Invalid("请写明核查结论。", field="text", code="MISSING")
        step = workflow.require_step(op, application, Action.CLEAR_AUDIT)
        workflow.advance(
            op, application, step, target=State(application.held_state), opinion=outcome.strip()[:500], changes={"held_state": None},
            case=case.code,
        )  # fmt: skip
        case.state, case.closed_at, case.outcome = "cleared", op.at, outcome.strip()
        case.save()
        op.record("clawback.clear", case, outcome=case.outcome)
        return case


def notify(actor: Actor, code: str, notice_no: str) -> Clawback:
    """The bureau tells the beneficiary what was found and until when he may state his case."""
    with _handling(actor, code, ("opened",)) as (op, case):
        if not notice_no.strip():
            raise Invalid("请填写告知书文号。", field="notice_no", code="MISSING")
        days = int(site_setting(case_rules.HEARING_KEY, case_rules.HEARING_DAYS))
        today = business_date(op.at)
        case.notice_no = notice_no.strip()
        case.hearing_due_on = funds.calendar_for(today, days).add_working_days(today, days)
        case.state = "notified"
        case.save()
        op.record("clawback.notify", case, notice_no=case.notice_no, until=case.hearing_due_on.isoformat())
        return case


def hear(actor: Actor, code: str, text: str, heard_on: date | None = None) -> Clawback:
    """Write down what the beneficiary said for himself."""
    with _handling(actor, code, ("notified",)) as (op, case):
        day = heard_on or business_date(op.at)
        faults = []
        if not text.strip():
            faults.append(FieldError("text", "MISSING", Message("请记录陈述申辩的内容；放弃陈述的也要写明。")))
        if day > business_date(op.at):
            faults.append(FieldError("heard_on", "DATE_FUTURE", Message("陈述日期不能晚于今天。")))
        if faults:
            raise Invalid(errors=faults)
        case.hearing_text, case.heard_on, case.state = text.strip(), day, "heard"
        case.save()
        op.record("clawback.hear", case, on=day.isoformat())
        return case


def decide(
    actor: Actor, code: str, *, decision_no: str, principal_fen: int, rate: Decimal | None = None, interest_basis: str = "",
    due_on: date | None = None,
) -> Clawback:  # fmt: skip
    """Decide what comes back and by when. Without a statement only after the time for it has passed; never more than was paid.

    ``rate`` is percent a year and needs the words of the notice it rests on; what was approved and not paid is cancelled with the decision.
    """
    with _deciding(actor, Action.DECIDE_CLAWBACK, code) as (op, case, application):
        step = workflow.require_step(op, application, Action.DECIDE_CLAWBACK)
        today = business_date(op.at)
        if case.state == "opened":
            raise RuleBroken("还没有告知当事人，不能决定追缴。", code="NOT_NOTIFIED")
        if case.state == "notified" and today <= case.hearing_due_on:
            raise RuleBroken(
                "陈述申辩期至 %(day)s，期满或听取陈述后才能决定追缴。",
                code="HEARING_OPEN",
                day=case.hearing_due_on.isoformat(),
            )
        paid = net_paid_fen(application)
        cancelled = application.amount_fen if application.held_state in states.COMMITTED else 0
        due = due_on or default_due(today)
        _require_decision(decision_no, principal_fen, rate, interest_basis, paid, cancelled, due, today)
        interest = _interest(application, principal_fen, rate, today)
        case.decision_no, case.decided_on, case.principal_fen, case.interest_fen = (
            decision_no.strip(),
            today,
            principal_fen,
            interest,
        )
        case.cancelled_fen, case.interest_basis, case.due_on, case.state = (
            cancelled,
            interest_basis.strip(),
            due,
            "decided",
        )
        case.decider_id, case.decider_name = actor.user_id, actor.display_name
        case.save()
        ledger.post_all(op, _decision_postings(case, application))
        workflow.advance(
            op,
            application,
            step,
            opinion=decision_no.strip(),
            case=case.code,
            principal_fen=principal_fen,
            interest_fen=interest,
        )
        op.record(
            "clawback.decide", case, decision_no=case.decision_no, principal_fen=principal_fen, interest_fen=interest
        )
        return case


def receive(
    actor: Actor, code: str, receipt_no: str, amount_fen: int, received_on: date | None = None
) -> ClawbackReceipt | None:
    """Book money that came back: principal first, interest after; the last fen closes the case. The same receipt again changes nothing.

    A case with nothing to collect (only cancelled money) is closed by the same verb without a receipt.
    """
    with workflow.acting(actor, [Permission.PAYMENT_MAKE], Action.COLLECT, code) as op:
        case = _lock_case(actor, code)
        known = (
            ClawbackReceipt.get_or_none(ClawbackReceipt.receipt_no == receipt_no.strip())
            if receipt_no.strip()
            else None
        )
        if (
            known is not None
            and known.clawback_id == case.id
            and known.principal_fen + known.interest_fen == amount_fen
        ):
            op.record("clawback.receive", case, repeated=True)
            return known
        application = workflow.lock_application(actor, case.application.no)
        if case.state != "decided":
            raise RuleBroken("案件 %(case)s 还没有决定追缴，或已经办结。", code="NOT_DECIDED", case=code)
        left = outstanding_fen(case)
        receipt = None
        if left:
            _require_receipt(known, receipt_no, amount_fen, left, received_on, business_date(op.at))
            receipt = _book_receipt(
                op, case, application, receipt_no.strip(), amount_fen, received_on or business_date(op.at)
            )
        if outstanding_fen(case) == 0:
            step = workflow.require_step(op, application, Action.COLLECT)
            workflow.advance(op, application, step, case=case.code)
            case.state, case.closed_at = "settled", op.at
            case.save()
        op.record("clawback.receive", case, amount_fen=amount_fen, left_fen=outstanding_fen(case))
        return receipt


def net_paid_fen(application: Application) -> int:
    """What was paid on an application and has not come back."""
    rows = PaymentLine.select(fn.COALESCE(fn.SUM(PaymentLine.amount_fen), 0)).where(
        PaymentLine.application == application.id, PaymentLine.state == "paid"
    )
    back = (
        ClawbackReceipt.select(fn.COALESCE(fn.SUM(ClawbackReceipt.principal_fen), 0))
        .join(Clawback)
        .where(Clawback.application == application.id)
    )
    return int(rows.scalar()) - int(back.scalar())


def received_fen(case: Clawback) -> tuple[int, int]:
    """Principal and interest received on a case so far."""
    principal, interest = (
        ClawbackReceipt.select(
            fn.COALESCE(fn.SUM(ClawbackReceipt.principal_fen), 0), fn.COALESCE(fn.SUM(ClawbackReceipt.interest_fen), 0)
        )
        .where(ClawbackReceipt.clawback == case.id)
        .tuples()
        .get()
    )
    return int(principal), int(interest)


def outstanding_fen(case: Clawback) -> int:
    """What is still to come."""
    return case.principal_fen + case.interest_fen - sum(received_fen(case))


def default_due(today: date) -> date:
    """The last day to pay, when the decision names none."""
    return date.fromordinal(today.toordinal() + int(site_setting(case_rules.DECISION_KEY, case_rules.DECISION_DAYS)))


def _decision_postings(case: Clawback, application: Application) -> list[Posting]:
    base = {
        "programme_id": application.programme_id,
        "doc_kind": "clawback",
        "doc_no": case.code,
        "application_id": application.id,
    }
    found = []
    if case.principal_fen + case.interest_fen:
        found.append(
            Posting("claim", amount_fen=case.principal_fen + case.interest_fen, key=f"claim:{case.code}", **base)
        )
    if case.cancelled_fen:
        found.append(Posting("cancel", amount_fen=case.cancelled_fen, key=f"cancel:{case.code}", **base))
    return found


def _book_receipt(
    op: audit.Operation, case: Clawback, application: Application, receipt_no: str, amount_fen: int, day: date
) -> ClawbackReceipt:
    principal = min(amount_fen, case.principal_fen - received_fen(case)[0])
    made = ClawbackReceipt.create(
        clawback=case, receipt_no=receipt_no, received_on=day, principal_fen=principal, interest_fen=amount_fen - principal,
        booked_by=op.actor.user_id, booker_name=op.actor.display_name, at=op.at,
    )  # fmt: skip
    base = {
        "programme_id": application.programme_id,
        "doc_kind": "clawback",
        "doc_no": case.code,
        "application_id": application.id,
    }
    parts = (("settle", amount_fen), ("recover", principal), ("interest", amount_fen - principal))
    ledger.post_all(
        op,
        [
            Posting(kind, amount_fen=amount, key=f"{kind}:{case.code}:{made.id}", **base)
            for kind, amount in parts
            if amount
        ],
    )
    return made


def _interest(application: Application, principal_fen: int, rate: Decimal | None, today: date) -> int:
    if not rate:
        return 0
    row = (
        PaymentLine.select(fn.MIN(PaymentLine.answered_at))
        .where(PaymentLine.application == application.id, PaymentLine.state == "paid")
        .scalar(as_tuple=False)
    )
    first = PaymentLine.answered_at.python_value(row) if row is not None else None
    paid_on = to_local(first).date() if first else today
    return case_rules.interest_fen(principal_fen, Fraction(rate) / 100, paid_on, today)


def _require_decision(
    decision_no: str,
    principal: int,
    rate: Decimal | None,
    basis: str,
    paid: int,
    cancelled: int,
    due: date,
    today: date,
) -> None:
    faults = []
    if not decision_no.strip():
        faults.append(FieldError("decision_no", "MISSING", Message("请填写追缴决定文号。")))
    if principal > paid:
        words = Message("追缴本金不能超过已支付未收回的 %(paid)s 元。", {"paid": format_yuan(paid)})
        faults.append(FieldError("principal", "ABOVE_PAID", words))
    if principal == 0 and not cancelled:
        faults.append(FieldError("principal", "MISSING", Message("请填写追缴金额。")))
    if rate is not None and not 0 <= rate <= 24:
        faults.append(FieldError("rate", "RATE", Message("年利率应在 0 至 24 之间（百分数）。")))
    if rate and not basis.strip():
        faults.append(FieldError("interest_basis", "MISSING", Message("计收利息须写明项目通知中的依据条款。")))
    if due < today:
        faults.append(FieldError("due_on", "DATE_PAST", Message("缴款期限不能早于今天。")))
    if faults:
        raise Invalid(errors=faults)


def _require_receipt(
    known: ClawbackReceipt | None, receipt_no: str, amount: int, left: int, received_on: date | None, today: date
) -> None:
    faults = []
    if not receipt_no.strip():
        faults.append(FieldError("receipt_no", "MISSING", Message("请填写缴款凭证号。")))
    if known is not None:
        faults.append(FieldError("receipt_no", "RECEIPT_USED", Message("这张缴款凭证已经登记过，金额或案件不同。")))
    if not 0 < amount <= left:
        faults.append(
            FieldError(
                "amount",
                "AMOUNT_RANGE",
                Message("到账金额应大于 0，且不超过尚欠的 %(left)s 元。", {"left": format_yuan(left)}),
            )
        )
    if received_on is not None and received_on > today:
        faults.append(FieldError("received_on", "DATE_FUTURE", Message("到账日期不能晚于今天。")))
    if faults:
        raise Invalid(errors=faults)


def _lock_case(actor: Actor, code: str) -> Clawback:
    seen = case_queries.get_case(actor, code)
    list(lock_row(Clawback.select(Clawback.id).where(Clawback.id == seen.id)))
    return case_queries.get_case(actor, code)


@contextmanager
def _handling(actor: Actor, code: str, wanted: tuple[str, ...]) -> Iterator[tuple[audit.Operation, Clawback]]:
    """The bureau at work on a case in one of these states; who opened it does not hear it."""
    with workflow.acting(actor, [Permission.CLAWBACK_DECIDE], Action.DECIDE_CLAWBACK, code) as op:
        case = _lock_case(actor, code)
        if case.opener_id == actor.user_id:
            raise RuleBroken("立案和决定追缴须由两人办理。", code="SAME_PERSON")
        if case.state not in wanted:
            words = case_rules.CASE_STATES[case.state]
            raise RuleBroken("案件当前为“%(state)s”，不能办理这一步。", code="ILLEGAL_STEP", state=words)
        yield op, case


@contextmanager
def _deciding(actor: Actor, action: Action, code: str) -> Iterator[tuple[audit.Operation, Clawback, Application]]:
    """A case that is open, and its application, both locked."""
    with workflow.acting(actor, states.permissions_for(action), action, code) as op:
        case = _lock_case(actor, code)
        if case.closed_at is not None or case.state == "decided":
            words = case_rules.CASE_STATES[case.state]
            raise RuleBroken("案件当前为“%(state)s”，不能办理这一步。", code="ILLEGAL_STEP", state=words)
        yield op, case, workflow.lock_application(actor, case.application.no)
