"""Verification on the ground: a team is sent, two sign, and what fails is put right once a season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.core.units import format_mu, format_pct
from trace.funds import queries, rules, workflow
from trace.funds.models import Application, FieldRecord
from trace.funds.rules import Action, State
from trace.land import queries as land
from trace.land.rules import SURVIVAL_QUALIFIED
from trace.land.services import record_visit


@dataclass(frozen=True)
class Verification:
    """What one verifier found on the ground."""

    passed: bool = True
    verified_m2: int | None = None
    sampled: int | None = None
    alive: int | None = None
    visited_on: date | None = None
    note: str = ""


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


def rectify(actor: Actor, no: str, opinion: str) -> Application:
    """Begin to replant what failed: once a season, else the application can only be refused."""
    with workflow.acting(actor, rules.permissions_for(Action.RECTIFY), Action.RECTIFY, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.RECTIFY)
        if not opinion.strip():
            raise Invalid("请写明整改补植的安排。", field="opinion", code="MISSING")
        require_first_this_season(application, business_date(op.at))
        workflow.advance(op, application, step, opinion=opinion.strip())
        return application


def require_first_this_season(application: Application, today: date) -> None:
    """Refuse a second rectification in one planting season (a calendar year)."""
    for step in queries.steps(application):
        if step.to_state == State.RECTIFYING and business_date(step.at).year == today.year:
            raise RuleBroken(
                "该申请 %(year)s 年已整改补植过一次，同一造林季不能再次整改。",
                code="RECTIFIED_ALREADY",
                year=today.year,
            )


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
