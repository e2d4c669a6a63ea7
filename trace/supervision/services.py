"""Writing inspections, findings and what happens to them; evaluations by third parties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from trace.audit import Operation, operation, record_system
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.db import db
from trace.db.counters import next_number
from trace.files import services as files
from trace.files.rules import Upload
from trace.land import queries as land
from trace.registry import queries as register
from trace.supervision import queries, rules
from trace.supervision.models import Evaluation, Finding, FindingPhoto, FindingStep, Inspection, LateMark
from trace.supervision.rules import Action, State


def plan_inspection(
    actor: Actor, *, kind: str, title: str, township: str, planned_on: date, people: str = "", basis: str = ""
) -> Inspection:
    """Plan a visit to a township."""
    with operation(actor, Permission.SUPERVISION_INSPECT) as op:
        return write_inspection(
            op, kind=kind, title=title, township=township, planned_on=planned_on, people=people, basis=basis
        )


def write_inspection(op: Operation, *, township: str, planned_on: date, **values: Any) -> Inspection:
    """The row of a planned visit, inside an operation."""
    row = Inspection.create(
        no=f"DC{planned_on.year % 100:02d}-{next_number(f'DC{planned_on.year}'):04d}", township=register.get_township(township),
        planned_on=planned_on, planned_by=op.actor.user_id, planner_name=op.actor.display_name, planned_at=op.at, **values,
    )  # fmt: skip
    op.record("inspection.plan", row, township=township, planned_on=planned_on.isoformat())
    return row


def visit(actor: Actor, no: str, *, visited_on: date, people: str, summary: str) -> Inspection:
    """Record that the visit took place, by whom and what was seen; a visit lies neither in the future nor changes later."""
    with operation(actor, Permission.SUPERVISION_INSPECT) as op:
        row = queries.get_inspection(actor, no)
        if row.state != "planned":
            raise Invalid("这次督查已经登记过，不能再改。", field="visited_on", code="VISITED")
        if visited_on > business_date(op.at):
            raise Invalid("督查日期不能晚于今天。", field="visited_on", code="FUTURE")
        return write_visit(op, row, visited_on=visited_on, people=people, summary=summary)


def write_visit(op: Operation, row: Inspection, *, visited_on: date, people: str, summary: str) -> Inspection:
    """Keep the visit, inside an operation."""
    row.state, row.visited_on, row.people, row.summary = "visited", visited_on, people.strip(), summary.strip()
    row.save(only=[Inspection.state, Inspection.visited_on, Inspection.people, Inspection.summary])
    op.record("inspection.visit", row, visited_on=visited_on.isoformat())
    return row


def find(
    actor: Actor, *, photos: Sequence[Upload] = (), inspection: str = "", party: str = "", plot: str = "", **values: Any
) -> Finding:
    """Write down a problem with its facts and photographs: on an inspection, or from a complaint, a rule of the system, an audit."""
    with operation(actor, Permission.SUPERVISION_INSPECT) as op:
        visited = queries.get_inspection(actor, inspection) if inspection else None
        if visited is not None:
            values = {**values, "township": visited.township.code, "source": visited.kind}
        values["party"] = register.get_party(actor, party) if party else None
        values["plot"] = land.get_plot(actor, plot) if plot else None
        return write_finding(op, inspection=visited, photos=photos, **values)


def write_finding(
    op: Operation,
    *,
    township: str,
    facts: str,
    found_on: date | None = None,
    photos: Sequence[Upload] = (),
    **values: Any,
) -> Finding:
    """The finding, its first step and the photographs, inside an operation."""
    day = found_on or business_date(op.at)
    if day > business_date(op.at):
        raise Invalid("发现日期不能晚于今天。", field="found_on", code="FUTURE")
    row = Finding.create(
        code=f"ZG{day.year % 100:02d}-{next_number(f'ZG{day.year}'):04d}", township=register.get_township(township), facts=facts.strip(),
        found_on=day, finder_id=op.actor.user_id, finder_name=op.actor.display_name, **values,
    )  # fmt: skip
    _keep_step(op, row, "find", facts, photos)
    op.record("finding.find", row, township=township, cause=row.cause, source=row.source)
    return row


def act(
    actor: Actor, code: str, action: str, values: dict[str, Any] | None = None, photos: Sequence[Upload] = ()
) -> Finding:
    """One step on the way; raises :class:`RuleBroken` with the allowed actions when it is not open now."""
    queries.get_finding(actor, code)
    try:
        chosen = Action(action)
    except ValueError as error:
        raise Invalid("没有这种操作。", field="action", code="ACTION_UNKNOWN") from error
    with operation(actor, rules.STEPS[chosen].permission) as op:
        return perform(op, queries.lock_finding(actor, code), chosen, values or {}, photos)


def perform(
    op: Operation, finding: Finding, action: Action, values: dict[str, Any], photos: Sequence[Upload] = ()
) -> Finding:
    """Check the arrow, write what changes, keep the step; inside an operation. A deadline that has passed is marked first."""
    mark_if_late(finding, op.at)
    step = rules.require_step(queries.standing(finding, op.at), action, op.actor.can, op.actor.user_id)
    text = str(values.get("text", "")).strip()
    if step.text_needed and not text:
        raise Invalid("请填写说明。", field="text", code="TEXT_MISSING")
    if special := SPECIALS.get(action):
        special(op, finding, values)
    if step.to is not None:
        finding.state = step.to.value
    finding.save()
    _keep_step(op, finding, action.value, text, photos)
    op.record("finding.act", finding, step=action.value, state=finding.state)
    return finding


def mark_late(now: datetime) -> int:
    """Mark every notice whose deadline has passed without an answer; a mark is written once and never taken back."""
    with db.atomic():
        marked = LateMark.select(LateMark.finding).where(LateMark.due_at == Finding.due_at)
        found = list(Finding.select().where(queries.overdue_at(now), Finding.id.not_in(marked)))
        for finding in found:
            mark_if_late(finding, now)
            record_system("finding.late", finding, due_at=finding.due_at.isoformat())
    return len(found)


def mark_if_late(finding: Finding, now: datetime) -> None:
    """Write the mark of the deadline in force when it has passed and the township has not reported."""
    if finding.state in queries.CLOCK_RUNS and rules.is_late(finding.paper, finding.due_at, None, now):
        LateMark.insert(finding=finding, due_at=finding.due_at, marked_at=now).on_conflict_ignore().execute()


def evaluate(actor: Actor, *, township: str = "", report: Upload | None = None, **values: Any) -> Evaluation:
    """Keep an evaluation made by a third party, with its report."""
    with operation(actor, Permission.SUPERVISION_INSPECT) as op:
        if values["reported_on"] > business_date(op.at):
            raise Invalid("报告日期不能晚于今天。", field="reported_on", code="FUTURE")
        year = values["year"]
        row = Evaluation.create(
            code=f"PG{year % 100:02d}-{next_number(f'PG{year}'):04d}", township=register.get_township(township) if township else None,
            report=files.keep(op, report) if report else None, recorded_at=op.at, recorded_by=actor.user_id,
            recorder_name=actor.display_name, **values,
        )  # fmt: skip
        op.record("evaluation.record", row, evaluator=row.evaluator, year=year)
        return row


def _draft(_op: Operation, finding: Finding, values: dict[str, Any]) -> None:
    """What is demanded, until when, of whom, and by which authority: without one the paper is a 提示函."""
    reference = str(values.get("authority_ref", "")).strip()
    paper = values.get("paper") or ("notice" if reference else "letter")
    rules.check_paper(paper, reference)
    finding.paper, finding.authority_ref = paper, reference
    finding.requirement = str(values.get("text", "")).strip()
    finding.urgency, finding.days = values.get("urgency", "normal"), values.get("days", rules.DEFAULT_DAYS)
    finding.responsible = str(values.get("responsible", "")).strip()


def _issue(op: Operation, finding: Finding, _values: dict[str, Any]) -> None:
    finding.issued_at = op.at
    _set_due(op, finding, finding.urgency, finding.days)


def _convert(op: Operation, finding: Finding, values: dict[str, Any]) -> None:
    """From advice to demand: a new deadline from today, under the authority named."""
    reference = str(values.get("authority_ref", "")).strip()
    rules.check_paper("notice", reference)
    finding.paper, finding.authority_ref = "notice", reference
    _set_due(op, finding, "normal", values.get("days", rules.DEFAULT_DAYS))


def _extend(op: Operation, finding: Finding, values: dict[str, Any]) -> None:
    """Once, counted from the old deadline while it runs, from today when it has passed; the late mark stays."""
    start = max(finding.due_at, op.at)
    finding.extended = True
    _set_due(op, finding, "normal", values.get("days", rules.DEFAULT_DAYS), start)


def _report(op: Operation, finding: Finding, _values: dict[str, Any]) -> None:
    finding.reported_at = op.at


def _pass(op: Operation, finding: Finding, _values: dict[str, Any]) -> None:
    finding.closed_at = op.at


def _resume(op: Operation, finding: Finding, values: dict[str, Any]) -> None:
    finding.reported_at = None
    _set_due(op, finding, "normal", values.get("days", rules.DEFAULT_DAYS))


def _escalate(_op: Operation, finding: Finding, values: dict[str, Any]) -> None:
    to = values.get("escalated_to", "")
    if to not in rules.ESCALATED_TO:
        raise Invalid("请选择提请哪一级督办。", field="escalated_to", code="MISSING")
    finding.escalated_to = to


SPECIALS: dict[Action, Callable[[Operation, Finding, dict[str, Any]], None]] = {
    Action.DRAFT: _draft, Action.ISSUE: _issue, Action.CONVERT: _convert, Action.EXTEND: _extend, Action.REPORT: _report,
    Action.PASS: _pass, Action.RESUME: _resume, Action.ESCALATE: _escalate,
}  # fmt: skip


def _set_due(op: Operation, finding: Finding, urgency: str, days: int, start: datetime | None = None) -> None:
    begin = start or op.at
    first = business_date(begin)
    calendar = register.working_calendar(first, date(first.year + 1, 12, 31))
    finding.due_at = rules.due_at(begin, urgency, days, calendar)


def _keep_step(op: Operation, finding: Finding, action: str, text: str, photos: Sequence[Upload]) -> None:
    if len(photos) > rules.MAX_PHOTOS:
        raise Invalid("一次最多上传 %(n)s 张照片。", field="photos", code="PHOTOS", n=rules.MAX_PHOTOS)
    number = FindingStep.select().where(FindingStep.finding == finding).count() + 1
    step = FindingStep.create(
        finding=finding, number=number, action=action, to_state=State(finding.state).value, text=text.strip(), due_at=finding.due_at,
        at=op.at, actor_id=op.actor.user_id, actor_name=op.actor.display_name,
    )  # fmt: skip
    for n, photo in enumerate(photos, 1):
        FindingPhoto.create(step=step, number=n, file=files.keep(op, photo))
