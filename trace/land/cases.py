"""Overlap cases: a clerk hands a boundary on registered ground to the bureau, somebody else there decides, with a reason."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from peewee import JOIN

from trace.audit import operation
from trace.audit.operation import Operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db.counters import next_number
from trace.land import drafts, overlaps, queries
from trace.land.assess import Assessment, Source, assess, present_boundary
from trace.land.dossier import BoundaryCase, OverlapDecision
from trace.land.models import Plot
from trace.land.overlap_rules import DECISIONS
from trace.registry import queries as register
from trace.registry.models import Party, Township

REFUSE = "refuse"
_DATES = ("planted_on", "valid_from")


def submit_plot(actor: Actor, values: dict[str, Any]) -> BoundaryCase:
    """Hand a plot that overlaps to the bureau. ``values`` as for registering; everything else about it must be right."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        draft = drafts.draft_plot(op, actor, values)
        return _open(op, values, draft.judged, draft.village.township, draft.steward)


def submit_boundary(actor: Actor, code: str, values: dict[str, Any]) -> BoundaryCase:
    """Hand a new boundary that overlaps to the bureau. ``values``: geometry, reason, valid_from and how it was made."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        draft = drafts.draft_boundary(op, plot, values)
        return _open(op, values, draft.judged, plot.village.township, plot.steward, plot)


def decide_case(actor: Actor, code: str, decision: str, reason: str) -> BoundaryCase:
    """Register what was handed in, with a decision about each overlap, or give it back (``decision`` "refuse")."""
    with operation(actor, Permission.PLOT_DECIDE) as op:
        case = _lock_open(actor, code)
        if case.submitted_by == actor.user_id:
            raise RuleBroken("这件申请是您提交的，请由其他人裁定。", code="NOT_INDEPENDENT")
        _check_decision(decision, reason, (REFUSE, *DECISIONS))
        if decision == REFUSE:
            op.record("plot.case_refuse", case, reason=reason.strip())
        else:
            _carry_out(op, actor, case, decision, reason.strip())
        return _close(op, case, "refused" if decision == REFUSE else "accepted", reason.strip())


def withdraw_case(actor: Actor, code: str) -> BoundaryCase:
    """Take back what one's own side handed in."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        case = _lock_open(actor, code)
        op.record("plot.case_withdraw", case)
        return _close(op, case, "withdrawn", "")


def decide_pair(actor: Actor, code: str, other_code: str, decision: str, reason: str) -> OverlapDecision:
    """A new decision about two registered plots that share ground; the earlier ones stay readable."""
    with operation(actor, Permission.PLOT_DECIDE) as op:
        plot = queries.get_plot(actor, code)
        _check_decision(decision, reason, tuple(DECISIONS))
        for shared in overlaps.overlaps_of(plot):
            if shared.plot.code == other_code:
                if plot.registered_by == actor.user_id:
                    raise RuleBroken("这块地是您登记的，请由其他人裁定。", code="NOT_INDEPENDENT")
                return _keep(op, plot, present_boundary(plot).version, shared, decision, reason.strip())
        raise RuleBroken("这两块地现在没有重叠。", code="NO_OVERLAP")


def visible_cases(actor: Actor, state: str = "") -> Any:
    """Cases of one's own organisation or townships; all for county-wide roles. Plot, township and party joined."""
    query = BoundaryCase.select(BoundaryCase, Plot, Township, Party)
    query = query.join(Plot, JOIN.LEFT_OUTER).switch(BoundaryCase).join(Township).switch(BoundaryCase)
    query = query.join(Party, JOIN.LEFT_OUTER)
    if state:
        query = query.where(BoundaryCase.state == state)
    if actor.county_wide:
        return query
    mine = (BoundaryCase.party == (actor.party_id or 0)) | (BoundaryCase.submitted_by == actor.user_id)
    if actor.township_codes:
        mine = mine | Township.code.in_(list(actor.township_codes))
    return query.where(mine)


def get_case(actor: Actor, code: str) -> BoundaryCase:
    """A case the actor may see."""
    found = visible_cases(actor).where(BoundaryCase.code == code).first()
    if found is None:
        raise NotFound()
    return found


def values_of(case: BoundaryCase) -> dict[str, Any]:
    """What was typed, as the services take it."""
    dates = {key: date.fromisoformat(case.typed[key]) for key in _DATES if case.typed.get(key)}
    return {**case.typed, **dates}


def judge_again(case: BoundaryCase) -> Assessment:
    """What the boundary handed in overlaps today: plots may have been registered or redrawn since."""
    source = Source(json.loads(case.geojson))
    return assess(source, township=case.township, plot=case.plot)


def operator_name(case: BoundaryCase) -> str:
    """Who runs the plot, or is to run it."""
    if case.plot is not None:
        return case.plot.operator.name
    return register.party_by_code(case.typed["operator"]).name


def ring_of(case: BoundaryCase) -> dict[str, Any]:
    """The boundary handed in, as GeoJSON."""
    return json.loads(case.geojson)


def _open(
    op: Operation,
    values: dict[str, Any],
    judged: Assessment,
    township: Township,
    party: Party | None,
    plot: Plot | None = None,
) -> BoundaryCase:
    if not judged.conflicts:
        raise RuleBroken("边界没有与其他地块重叠，可以直接登记。", code="NO_OVERLAP")
    measured = judged.measured
    typed = {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
    if not isinstance(typed["geometry"], (str, dict)):
        typed["geometry"] = measured.geojson
    case = BoundaryCase.create(
        code=f"CJ{business_date(op.at):%y}-{next_number(f'case-{business_date(op.at):%y}'):04d}", plot=plot, township=township,
        party=party, state="open", typed=typed, geojson=measured.geojson, area_m2=measured.area_m2,
        overlaps=[{"plot": item.plot.code, "area_m2": item.area_m2, "kind": item.kind} for item in judged.conflicts],
        submitted_by=op.actor.user_id, submitter_name=op.actor.display_name, submitted_at=op.at,
    )  # fmt: skip
    op.record("plot.case_submit", case, overlaps=case.overlaps)
    return case


def _carry_out(op: Operation, actor: Actor, case: BoundaryCase, decision: str, reason: str) -> None:
    values = values_of(case)
    if case.plot is None:
        new = drafts.draft_plot(op, actor, values)
        case.plot = drafts.write_plot(op, new, registered_by=case.submitted_by, steward=case.party)
        version, judged = 1, new.judged
    else:
        redrawn = drafts.draft_boundary(op, queries.get_plot(actor, case.plot.code), values)
        version, judged = drafts.replace_boundary(op, redrawn).version, redrawn.judged
    for shared in judged.conflicts:
        _keep(op, case.plot, version, shared, decision, reason)


def _keep(
    op: Operation, plot: Plot, version: int, shared: overlaps.Overlap, decision: str, reason: str
) -> OverlapDecision:
    row = overlaps.keep_decision(op, plot, version, shared, decision, reason)
    op.record("plot.decide", plot, other=shared.plot.code, area_m2=shared.area_m2, decision=decision, reason=reason)
    return row


def _check_decision(decision: str, reason: str, choices: tuple[str, ...]) -> None:
    errors = []
    if decision not in choices:
        errors.append(FieldError("decision", "MISSING", Message("请选择裁定意见。")))
    if not reason.strip():
        errors.append(FieldError("reason", "REASON_MISSING", Message("请填写裁定的理由。")))
    if errors:
        raise Invalid.of(errors)


def _lock_open(actor: Actor, code: str) -> BoundaryCase:
    case = get_case(actor, code)
    if case.state != "open":
        raise RuleBroken("这件申请已经办结。", code="CASE_CLOSED")
    return case


def _close(op: Operation, case: BoundaryCase, state: str, answer: str) -> BoundaryCase:
    closed = BoundaryCase.update(
        state=state, plot=case.plot, decided_by=op.actor.user_id if state != "withdrawn" else None,
        decider_name=op.actor.display_name, decided_at=op.at, answer=answer,
    ).where(BoundaryCase.id == case.id, BoundaryCase.state == "open")  # fmt: skip
    if closed.execute() != 1:
        raise RuleBroken("这件申请已经办结。", code="CASE_CLOSED")
    return BoundaryCase.get_by_id(case.id)
