"""Verification on the ground: a team is sent, two sign, and what fails is put right once a season."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from trace.accounts.models import User
from trace.audit import Operation
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import format_mu, format_pct
from trace.funds import field_form, file_queries, interests, queries, rules, workflow
from trace.funds.dossier import FieldTeam
from trace.funds.models import Application, ApplicationDuty, FieldRecord
from trace.funds.rules import Action, Duty, State, Step
from trace.land import queries as land
from trace.land.rules import SURVIVAL_QUALIFIED
from trace.land.services import record_visit

TEAM_DAYS = 5
"""Working days until a visit that is arranged without a date [A]."""
SIDES = {"forestry": ("verifier_forestry", "林业验收人", Duty.FORESTRY), "finance": ("verifier_finance", "财政验收人", Duty.FINANCE)}  # fmt: skip


@dataclass(frozen=True)
class Team:
    """Who goes, by sign-in names; empty: whoever of the role is free. ``whole``: the whole plot, else a sample."""

    forestry: str = ""
    finance: str = ""
    planned_on: date | None = None
    whole: bool = True


@dataclass(frozen=True)
class Verification:
    """What one verifier found on the ground. ``sample_plots``: trees counted and alive of each sample plot."""

    passed: bool = True
    verified_m2: int | None = None
    sampled: int | None = None
    alive: int | None = None
    visited_on: date | None = None
    note: str = ""
    qualified_m2: int | None = None
    lost_m2: int | None = None
    sample_plots: Sequence[Sequence[int]] = ()
    columns: Mapping[str, str] = field(default_factory=dict)


def schedule(actor: Actor, no: str, opinion: str = "", team: Team | None = None) -> Application:
    """Send a team of forestry and finance; after putting right, and for the next instalment, it starts a new round."""
    with workflow.acting(actor, rules.permissions_for(Action.SCHEDULE), Action.SCHEDULE, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.SCHEDULE)
        _require_time(application, business_date(op.at))
        _send(op, application, step, opinion, team or Team())
        return application


def recheck(actor: Actor, no: str, opinion: str, team: Team | None = None) -> Application:
    """The bureau does not believe a verification and orders a new one."""
    with workflow.acting(actor, rules.permissions_for(Action.RECHECK), Action.RECHECK, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.RECHECK)
        if not opinion.strip():
            raise Invalid("请写明需要重新验收的原因。", field="opinion", code="MISSING")
        _send(op, application, step, opinion, team or Team())
        return application


def verify(actor: Actor, no: str, side: str, found: Verification) -> Application:
    """Sign a joint verification for forestry or finance. Only both signatures pass it; one refusal fails it."""
    action = Action(f"verify_{side}")
    with workflow.acting(actor, rules.permissions_for(action), action, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, action)
        records = {record.side: record for record in queries.field_records(application)}
        if side in records:
            raise RuleBroken("%(who)s已经签过字。", code="ALREADY_SIGNED", who=SIDES[side][1])
        _require_named(actor, application, side)
        day = found.visited_on or business_date(op.at)
        sampled, alive = field_form.counted(found.sample_plots, found.sampled, found.alive)
        area = _verified_area(application, found, records)
        if side == "forestry":
            _count_trees(actor, application, found.passed, sampled, alive, day, area)
            field_form.fill(op, application, found, sampled, alive, area)
        records[side] = FieldRecord.create(
            application=application, round=application.field_round, side=side, verified_m2=area, sampled=sampled,
            alive=alive, passed=found.passed, note=found.note, visited_on=day, verifier_id=actor.user_id,
            verifier_name=actor.display_name, signed_at=op.at,
        )  # fmt: skip
        target, changes = _after_signature(application, found.passed, records)
        workflow.advance(
            op, application, step, target=target, opinion=found.note, changes=changes, verified_m2=area, passed=found.passed
        )  # fmt: skip
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


def free_verifiers(application: Application, side: str, day: date) -> list[User]:
    """The accounts of a side that may judge this application: no interest in it, no other part taken, by no hand of theirs."""
    role, _, duty = SIDES[side]
    taken = ApplicationDuty.select().where(
        ApplicationDuty.application == application.id, ApplicationDuty.duty != duty.value
    )
    busy = {row.user_id for row in taken}
    found = []
    for user in file_queries.verifiers(role):
        together = interests.hands(user.id, day)
        if not together & busy and not interests.conflicts(together, application):
            found.append(user)
    return found


def _require_time(application: Application, today: date) -> None:
    """Replanting wants its evidence, the next instalment its day."""
    if application.state == State.RECTIFYING:
        papers = file_queries.documents_of(application)
        if not any(row.kind == "replant" and row.round == application.field_round for row in papers):
            raise RuleBroken("申请人还没有上传补植整改证明，不能安排复验。", code="REPLANT_MISSING")
    if application.state == State.NEXT_INSTALMENT_WAIT and application.due_on and today < application.due_on:
        raise RuleBroken(
            "第 %(n)s 期 %(day)s 起才能验收。", code="INSTALMENT_EARLY", n=application.instalment, day=application.due_on.isoformat()
        )  # fmt: skip


def _send(op: Operation, application: Application, step: Step, opinion: str, team: Team) -> None:
    today = business_date(op.at)
    forestry, finance = (
        _chosen(application, side, name, today)
        for side, name in (("forestry", team.forestry), ("finance", team.finance))
    )
    if team.planned_on is not None and team.planned_on < today:
        raise Invalid("验收日期不能早于今天。", field="planned_on", code="DATE_PAST")
    planned = team.planned_on or queries.calendar_for(today, TEAM_DAYS).add_working_days(today, TEAM_DAYS)
    changes = {"field_round": application.field_round + 1, "verified_m2": None, "accepted_m2": None}
    FieldTeam.create(
        application=application, round=changes["field_round"], forestry=forestry, finance=finance, planned_on=planned,
        whole=team.whole, named_by=op.actor.display_name, named_at=op.at,
    )  # fmt: skip
    workflow.advance(
        op, application, step, opinion=opinion.strip(), changes=changes, forestry=forestry.username, finance=finance.username,
        planned_on=planned.isoformat(),
    )  # fmt: skip


def _chosen(application: Application, side: str, username: str, day: date) -> User:
    """The person named, or the first who is free; whoever must step back is not sent."""
    free = free_verifiers(application, side, day)
    if not username:
        if free:
            return free[0]
        raise RuleBroken(
            "没有可以派出的%(who)s，他们都须回避或已参与其他环节。", code="NOBODY_FREE", who=SIDES[side][1]
        )
    named = next((user for user in file_queries.verifiers(SIDES[side][0]) if user.username == username), None)
    if named is None:
        raise Invalid("请选择%(who)s。", field=side, code="USER_UNKNOWN", who=SIDES[side][1])
    if named not in free:
        raise RuleBroken(
            "%(name)s 须回避或已参与其他环节，请另选%(who)s。", code="RECUSED", field=side, name=named.display_name, who=SIDES[side][1]
        )  # fmt: skip
    return named


def _require_named(actor: Actor, application: Application, side: str) -> None:
    """Only who was sent signs; rounds arranged before teams were named are open to the role."""
    team = file_queries.team_of(application)
    if team is None:
        return
    named = team.forestry if side == "forestry" else team.finance
    if named.id not in interests.hands(actor.user_id, business_date()):
        raise RuleBroken("本次验收派的是 %(name)s，您不在验收组内。", code="NOT_IN_TEAM", name=named.display_name)


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


def _count_trees(
    actor: Actor, application: Application, passed: bool, sampled: int | None, alive: int | None, day: date, area: int
) -> None:
    """Keep the counted sample as a survival visit of the plot; a planting below the line can not pass."""
    if sampled is None or alive is None:
        return
    rate = Fraction(alive, sampled)
    if passed and rate < SURVIVAL_QUALIFIED:
        raise RuleBroken(
            "成活率 %(rate)s，低于要求的 %(line)s，不能验收合格。", code="SURVIVAL_LOW", field="alive", rate=format_pct(rate),
            line=format_pct(SURVIVAL_QUALIFIED),
        )  # fmt: skip
    plot = application.plot
    if any(visit.kind == "year1" and visit.visited_on == day for visit in land.visits(plot)):
        raise RuleBroken("地块当天已有成活率查验记录，抽查株数请留空。", code="VISIT_EXISTS", field="sampled")
    record_visit(
        actor, plot.code, kind="year1", visited_on=day, sampled=sampled, alive=alive, verified_m2=area, note=application.no
    )  # fmt: skip


def _after_signature(
    application: Application, passed: bool, records: dict[str, FieldRecord]
) -> tuple[State, dict[str, Any]]:
    if not passed:
        return State.FIELD_FAILED, {}
    if len(records) < 2:
        return State.FIELD_SCHEDULED, {}
    areas = [record.verified_m2 for record in records.values()]
    form = file_queries.form_of(application)
    if form is None:
        raise NotFound()
    return State.FIELD_PASSED, {"verified_m2": min([*areas, form.qualified_m2])}
