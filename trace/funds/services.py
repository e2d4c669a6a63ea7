"""Applications from draft to review: every verb is one operation, one legal step, one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from peewee import IntegrityError

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import format_mu, format_pct
from trace.db import db
from trace.db.counters import next_number
from trace.funds import claims, findings, gate, queries, rules, terms, workflow
from trace.funds.amounts import sheet_of
from trace.funds.models import Application, FieldRecord
from trace.funds.rules import Action, State
from trace.land import queries as land
from trace.land.rules import SURVIVAL_QUALIFIED
from trace.land.services import record_visit
from trace.programmes.queries import get_programme


@dataclass(frozen=True)
class Verification:
    """What one verifier found on the ground."""

    passed: bool = True
    verified_m2: int | None = None
    sampled: int | None = None
    alive: int | None = None
    visited_on: date | None = None
    note: str = ""


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


def withdraw(actor: Actor, no: str, opinion: str = "") -> Application:
    """Take an application back before the township has passed it."""
    return _simple(actor, no, Action.WITHDRAW, opinion)


def return_application(actor: Actor, no: str, opinion: str) -> Application:
    """Send an application back, with all defects named at once."""
    return _simple(actor, no, Action.RETURN, _needed(opinion, "请一次写清需要补正的全部内容。"))


def pass_township(actor: Actor, no: str, opinion: str = "") -> Application:
    """The township has looked at the papers and the place."""
    return _simple(actor, no, Action.PASS_TOWNSHIP, opinion)


def schedule(actor: Actor, no: str, opinion: str = "") -> Application:
    """Order a joint verification; after a failed one it starts a new round."""
    with workflow.acting(actor, rules.permissions_for(Action.SCHEDULE), Action.SCHEDULE, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.SCHEDULE)
        changes = {"field_round": application.field_round + 1, "verified_m2": None}
        workflow.advance(op, application, step, opinion=opinion, changes=changes)
        return application


def verify(actor: Actor, no: str, side: str, found: Verification) -> Application:
    """Sign a joint verification for forestry or finance. Only both signatures pass it; one refusal fails it."""
    action = Action(f"verify_{side}")
    with workflow.acting(actor, rules.permissions_for(action), action, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, action)
        records = {record.side: record for record in queries.field_records(application)}
        if side in records:
            raise RuleBroken(
                "%(who)s已经签过字。", code="ALREADY_SIGNED", who="林业验收人" if side == "forestry" else "财政验收人"
            )
        day = found.visited_on or business_date(op.at)
        area = _verified_area(application, found, records)
        if side == "forestry":
            _count_trees(actor, application, found, day, area)
        records[side] = FieldRecord.create(
            application=application, round=application.field_round, side=side, verified_m2=area, sampled=found.sampled,
            alive=found.alive, passed=found.passed, note=found.note, visited_on=day, verifier_id=actor.user_id,
            verifier_name=actor.display_name, signed_at=op.at,
        )  # fmt: skip
        target, changes = _after_signature(found, records)
        workflow.advance(
            op,
            application,
            step,
            target=target,
            opinion=found.note,
            changes=changes,
            verified_m2=area,
            passed=found.passed,
        )
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
    """Refuse an application for good: after a failed verification, an upheld objection, or by the leading group."""
    return _simple(actor, no, Action.REJECT, _needed(opinion, "请填写不予支持的理由。"))


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


def _verified_area(application: Application, found: Verification, records: dict[str, FieldRecord]) -> int:
    """The area this verifier signs for: as typed, else what the other signed, else the whole plot; never more than the plot."""
    plot_m2 = application.plot.area_m2
    if found.verified_m2 is None:
        return min([plot_m2, *(record.verified_m2 for record in records.values())])
    if found.verified_m2 > plot_m2:
        raise Invalid(
            "验收面积不能大于勾绘面积 %(mu)s 亩。", field="verified_mu", code="AREA_RANGE", mu=format_mu(plot_m2)
        )
    return found.verified_m2


def _count_trees(actor: Actor, application: Application, found: Verification, day: date, area: int) -> None:
    """Keep the counted sample as a survival visit of the plot; a planting below the line can not pass."""
    if found.sampled is None or found.alive is None:
        if found.sampled is not None or found.alive is not None:
            raise Invalid("抽查株数和成活株数要一起填写。", field="alive", code="COUNT_RANGE")
        return
    if not 0 <= found.alive <= found.sampled or found.sampled == 0:
        raise Invalid("成活株数应在 0 与抽查株数之间。", field="alive", code="COUNT_RANGE")
    rate = Fraction(found.alive, found.sampled)
    if found.passed and rate < SURVIVAL_QUALIFIED:
        raise RuleBroken(
            "成活率 %(rate)s，低于要求的 %(line)s，不能验收合格。", code="SURVIVAL_LOW", field="alive", rate=format_pct(rate),
            line=format_pct(SURVIVAL_QUALIFIED),
        )  # fmt: skip
    plot = application.plot
    if any(visit.kind == "year1" and visit.visited_on == day for visit in land.visits(plot)):
        raise RuleBroken("地块当天已有成活率查验记录，抽查株数请留空。", code="VISIT_EXISTS", field="sampled")
    record_visit(
        actor,
        plot.code,
        kind="year1",
        visited_on=day,
        sampled=found.sampled,
        alive=found.alive,
        verified_m2=area,
        note=application.no,
    )


def _after_signature(found: Verification, records: dict[str, FieldRecord]) -> tuple[State, dict[str, Any]]:
    if not found.passed:
        return State.FIELD_FAILED, {}
    if len(records) < 2:
        return State.FIELD_SCHEDULED, {}
    return State.FIELD_PASSED, {"verified_m2": min(record.verified_m2 for record in records.values())}
