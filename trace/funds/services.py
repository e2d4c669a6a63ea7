"""Applications from draft to review: every verb is one operation, one legal step, one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import IntegrityError

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db import db
from trace.db.counters import next_number
from trace.funds import approvals, claims, file_queries, findings, gate, queries, rules, terms, workflow
from trace.funds import archive as archive_files
from trace.funds.amounts import sheet_of
from trace.funds.dossier import Defect
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.land import queries as land
from trace.programmes.queries import get_programme


def create_application(
    actor: Actor,
    programme_code: str,
    plot_code: str,
    *,
    applied_m2: int | None = None,
    note: str = "",
    send: bool = False,
) -> Application:
    """Draft an application for a plot of one's own, of a member, or of one's township; the money goes to the operator.

    With ``send`` it is submitted in the same transaction: when a condition is not met nothing is kept.
    """
    with operation(actor, Permission.APPLICATION_SUBMIT) as op:
        programme = get_programme(actor, programme_code)
        plot = land.get_plot(actor, plot_code)
        if actor.county_wide:
            raise NotFound()
        by_other = actor.party_id is not None and actor.party_id != plot.operator_id
        application = Application.create(
            no=f"SB{programme.year % 100:02d}-{next_number(f'SB{programme.year}'):04d}", programme=programme, plot=plot,
            applicant=plot.operator_id, agent=actor.party_id if by_other else None, state=State.DRAFT.value,
            applied_m2=applied_m2 or plot.area_m2, note=note.strip(), created_by=actor.user_id, created_at=op.at,
        )  # fmt: skip
        op.record(
            "application.create",
            application,
            programme=programme.code,
            plot=plot.code,
            applied_m2=application.applied_m2,
        )
        return submit(actor, application.no) if send else application


def submit(actor: Actor, no: str, opinion: str = "", answers: Sequence[str] = ()) -> Application:
    """Send an application to the township; refused outside the window, below the least area, on basic farmland, or twice.

    After a return ``answers`` says for each defect what was changed, in the order of the notice; ``opinion`` can say it for all.
    """
    with workflow.acting(actor, rules.permissions_for(Action.SUBMIT), Action.SUBMIT, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.SUBMIT)
        queries.lock_ground(application)
        gate.require(application, business_date(op.at))
        if application.state == State.RETURNED:
            _answer_defects(op, application, answers, opinion)
        changes = {"active_key": findings.active_key(application), "submitted_at": op.at}
        try:
            with db.atomic():
                terms.pin(application, op.at)
                claims.hold(application)
                workflow.advance(op, application, step, opinion=opinion, changes=changes)
        except IntegrityError as error:
            message = findings.duplicate(application)
            raise RuleBroken(message.template, code="DUPLICATE", **message.values) from error
        return application


def withdraw(actor: Actor, no: str, opinion: str = "") -> Application:
    """Take an application back before the township has passed it."""
    return _simple(actor, no, Action.WITHDRAW, opinion)


def review(actor: Actor, no: str, opinion: str = "") -> Application:
    """Compute what the application is worth, after both have signed."""
    with workflow.acting(actor, rules.permissions_for(Action.REVIEW), Action.REVIEW, no) as op:
        application = workflow.lock_application(actor, no)
        if application.state == State.FIELD_SCHEDULED:
            signed = {record.side for record in queries.field_records(application)}
            raise RuleBroken(
                "缺少%(who)s签字。", code="SIGNATURE_MISSING", who="、".join(rules.missing_signatures(signed))
            )
        step = workflow.require_step(op, application, Action.REVIEW)
        sheet = sheet_of(application)
        changes: dict[str, Any] = {
            "sheet": sheet.as_json(),
            "accepted_m2": sheet.accepted_m2,
            "amount_fen": sheet.amount_fen,
        }
        workflow.advance(
            op,
            application,
            step,
            opinion=opinion,
            changes=changes,
            accepted_m2=sheet.accepted_m2,
            amount_fen=sheet.amount_fen,
        )
        return application


def reject(actor: Actor, no: str, opinion: str) -> Application:
    """Refuse an application for good: by the township, after a failed verification, or by the leading group."""
    return _leave(actor, no, Action.REJECT, _needed(opinion, "请填写不予支持的理由。"), "rejected")


def send_back(actor: Actor, no: str, opinion: str) -> Application:
    """The leading group changes no single amount: it sends the application back to be reviewed again."""
    return _leave(actor, no, Action.SEND_BACK, _needed(opinion, "请写明退回复核的原因。"), "back")


def close(actor: Actor, no: str, opinion: str = "") -> Application:
    """Everything is paid; the file can be made up for the archive."""
    return _simple(actor, no, Action.CLOSE, opinion)


def archive(actor: Actor, no: str, opinion: str = "") -> Application:
    """Give a closed file its number in the archive."""
    with workflow.acting(actor, rules.permissions_for(Action.ARCHIVE), Action.ARCHIVE, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.ARCHIVE)
        archive_files.require_complete(application)
        year = business_date(op.at).year
        number = f"LYJ-TPP-{year}-{next_number(f'DA{year}'):05d}"
        workflow.advance(
            op, application, step, opinion=opinion.strip(), changes={"archive_no": number}, archive_no=number
        )
        return application


def _simple(actor: Actor, no: str, action: Action, opinion: str) -> Application:
    with workflow.acting(actor, rules.permissions_for(action), action, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, action)
        workflow.advance(op, application, step, opinion=opinion.strip())
        return application


def _leave(actor: Actor, no: str, action: Action, opinion: str, outcome: str) -> Application:
    """Send back or refuse; an application that stands before the leading group gives its reserved money free."""
    with workflow.acting(actor, rules.permissions_for(action), action, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, action)
        if application.state == State.APPROVING:
            approvals.let_go(op, application, outcome)
        workflow.advance(op, application, step, opinion=opinion)
        return application


def _answer_defects(op: Operation, application: Application, answers: Sequence[str], opinion: str) -> None:
    """Every defect of the last notice gets its answer."""
    defects = file_queries.last_defects(application)
    errors = []
    for place, defect in enumerate(defects):
        text = (answers[place] if place < len(answers) else "").strip() or opinion.strip()
        if not text:
            message = Message("请说明第 %(n)s 条怎样补正。", {"n": defect.seq})
            errors.append(FieldError(f"answer-{defect.seq}", "MISSING", message))
            continue
        defect.answer, defect.answered_at = text[:300], op.at
        defect.save(only=[Defect.answer, Defect.answered_at])
    if errors:
        raise Invalid.of(errors)


def _needed(opinion: str, message: str) -> str:
    if not opinion.strip():
        raise Invalid(message, field="opinion", code="MISSING")
    return opinion.strip()
