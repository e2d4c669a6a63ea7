"""Applications from draft to review: every verb is one operation, one legal step, one person."""

from __future__ import annotations

from typing import Any

from peewee import IntegrityError

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.db.counters import next_number
from trace.funds import claims, findings, gate, queries, rules, terms, workflow
from trace.funds.amounts import sheet_of
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


def submit(actor: Actor, no: str, opinion: str = "") -> Application:
    """Send an application to the township; refused outside the window, below the least area, on basic farmland, or twice."""
    with workflow.acting(actor, rules.permissions_for(Action.SUBMIT), Action.SUBMIT, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.SUBMIT)
        queries.lock_ground(application)
        gate.require(application, business_date(op.at))
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


def accept(actor: Actor, no: str, opinion: str = "") -> Application:
    """The township takes an application in hand: its papers are complete."""
    return _simple(actor, no, Action.ACCEPT, opinion)


def withdraw(actor: Actor, no: str, opinion: str = "") -> Application:
    """Take an application back before the township has passed it."""
    return _simple(actor, no, Action.WITHDRAW, opinion)


def return_application(actor: Actor, no: str, opinion: str) -> Application:
    """Send an application back, with all defects named at once."""
    return _simple(actor, no, Action.RETURN, _needed(opinion, "请一次写清需要补正的全部内容。"))


def post_township(actor: Actor, no: str, opinion: str = "") -> Application:
    """Post an application in the village before the township passes it, where the township wants that; the period is the state's limit."""
    return _simple(actor, no, Action.POST_TOWNSHIP, opinion)


def pass_township(actor: Actor, no: str, opinion: str, companion: str) -> Application:
    """Two of the township have looked at papers and place: the one who signs here and the colleague named with him."""
    with workflow.acting(actor, rules.permissions_for(Action.PASS_TOWNSHIP), Action.PASS_TOWNSHIP, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.PASS_TOWNSHIP)
        _needed(opinion, "请签署初审意见。")
        companion = companion.strip()
        if not companion or companion == actor.display_name:
            raise Invalid("乡镇初审须两人到现场，请填写同行人员姓名。", field="companion", code="COMPANION_MISSING")
        if application.state == State.TOWNSHIP_PUBLICITY and business_date(op.at) <= application.due_on:
            raise RuleBroken(
                "乡镇公示期至 %(day)s，期满后才能初审通过。", code="PERIOD_OPEN", day=application.due_on.isoformat()
            )
        workflow.advance(op, application, step, opinion=opinion.strip(), companion=companion)
        return application


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
    return _simple(actor, no, Action.REJECT, _needed(opinion, "请填写不予支持的理由。"))


def recheck(actor: Actor, no: str, opinion: str) -> Application:
    """The bureau does not believe a verification and orders a new one."""
    opinion = _needed(opinion, "请写明需要重新验收的原因。")
    with workflow.acting(actor, rules.permissions_for(Action.RECHECK), Action.RECHECK, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.RECHECK)
        changes = {"field_round": application.field_round + 1, "verified_m2": None}
        workflow.advance(op, application, step, opinion=opinion, changes=changes)
        return application


def convene(actor: Actor, no: str, opinion: str = "") -> Application:
    """Lay an application before the leading group."""
    return _simple(actor, no, Action.CONVENE, opinion)


def send_back(actor: Actor, no: str, opinion: str) -> Application:
    """The leading group changes no single amount: it sends the application back to be reviewed again."""
    return _simple(actor, no, Action.SEND_BACK, _needed(opinion, "请写明退回复核的原因。"))


def close(actor: Actor, no: str, opinion: str = "") -> Application:
    """Everything is paid; the file can be made up for the archive."""
    return _simple(actor, no, Action.CLOSE, opinion)


def archive(actor: Actor, no: str, opinion: str = "") -> Application:
    """Give a closed file its number in the archive."""
    with workflow.acting(actor, rules.permissions_for(Action.ARCHIVE), Action.ARCHIVE, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.ARCHIVE)
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


def _needed(opinion: str, message: str) -> str:
    if not opinion.strip():
        raise Invalid(message, field="opinion", code="MISSING")
    return opinion.strip()
