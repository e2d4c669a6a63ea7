"""Reading supervision. A township sees its own findings once a paper went out; the county's roles see all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db import lock_row
from trace.files.models import StoredFile
from trace.land.models import Plot
from trace.registry.models import Party, Township
from trace.supervision import rules
from trace.supervision.models import (
    Evaluation,
    Finding,
    FindingPhoto,
    FindingStep,
    Inspection,
    LateMark,
)
from trace.supervision.rules import State

BEFORE_ISSUE = (State.FOUND.value, State.NOTICE_DRAFT.value)
CLOCK_RUNS = tuple(state.value for state in rules.WITH_TOWNSHIP[:4])
"""Not yet reported: here a deadline can pass."""


def visible_inspections(actor: Actor) -> Any:
    """Inspections with their township; a township sees its own."""
    query = Inspection.select(Inspection, Township).join(Township)
    return query if actor.county_wide else query.where(Township.code.in_(list(actor.township_codes)))


def get_inspection(actor: Actor, no: str) -> Inspection:
    """One inspection the actor may see."""
    found = visible_inspections(actor).where(Inspection.no == no).first()
    if found is None:
        raise NotFound()
    return found


def findings_joined() -> Any:
    """Findings with township, party, plot and inspection, so that no page loads them one by one."""
    return (
        Finding.select(Finding, Township, Party, Plot, Inspection)
        .join(Township)
        .switch(Finding)
        .join(Party, JOIN.LEFT_OUTER)
        .switch(Finding)
        .join(Plot, JOIN.LEFT_OUTER, on=Finding.plot)
        .switch(Finding)
        .join(Inspection, JOIN.LEFT_OUTER)
    )


def visible_findings(actor: Actor) -> Any:
    """All for the county's roles; a township its own, from the day the paper went out."""
    query = findings_joined()
    if actor.county_wide:
        return query
    return query.where(Township.code.in_(list(actor.township_codes)), Finding.state.not_in(BEFORE_ISSUE))


def get_finding(actor: Actor, code: str) -> Finding:
    """One finding the actor may see."""
    found = visible_findings(actor).where(Finding.code == code).first()
    if found is None:
        raise NotFound()
    return found


def lock_finding(actor: Actor, code: str) -> Finding:
    """The same, locked until the transaction ends; read again after the lock."""
    found = get_finding(actor, code)
    lock_row(Finding.select().where(Finding.id == found.id)).get()
    return get_finding(actor, code)


def filtered_findings(
    actor: Actor, *, state: str = "", township: str = "", cause: str = "", late: datetime | None = None
) -> Any:
    """Narrowed by state (``open`` for all that are not closed), township, cause; ``late`` keeps those overdue at an instant."""
    query = visible_findings(actor)
    if state == "open":
        query = query.where(Finding.state != State.CLOSED)
    elif state:
        query = query.where(Finding.state == state)
    if township:
        query = query.where(Township.code == township)
    if cause:
        query = query.where(Finding.cause == cause)
    return query if late is None else query.where(overdue_at(late))


def overdue_at(now: datetime) -> Any:
    """The condition “a notice whose deadline has passed without an answer”."""
    return (Finding.paper == "notice") & Finding.state.in_(CLOCK_RUNS) & (Finding.due_at < now)


def steps_of(finding: Finding) -> list[FindingStep]:
    """What was done, oldest first."""
    return list(FindingStep.select().where(FindingStep.finding == finding).order_by(FindingStep.number))


def photos_of(finding: Finding) -> dict[int, list[FindingPhoto]]:
    """Photographs by the number of their step."""
    query = (
        FindingPhoto.select(FindingPhoto, FindingStep, StoredFile)
        .join(FindingStep)
        .switch(FindingPhoto)
        .join(StoredFile)
        .where(FindingStep.finding == finding)
        .order_by(FindingStep.number, FindingPhoto.number)
    )
    found: dict[int, list[FindingPhoto]] = {}
    for photo in query:
        found.setdefault(photo.step.number, []).append(photo)
    return found


def get_photo(finding: Finding, step: int, number: int) -> StoredFile:
    """One photograph of a finding."""
    for photo in photos_of(finding).get(step, []):
        if photo.number == number:
            return photo.file
    raise NotFound()


def late_marks(findings: Iterable[Finding]) -> dict[int, list[LateMark]]:
    """Late marks by finding, oldest first."""
    found: dict[int, list[LateMark]] = {}
    for mark in LateMark.select().where(LateMark.finding.in_([f.id for f in findings])).order_by(LateMark.due_at):
        found.setdefault(mark.finding_id, []).append(mark)
    return found


def fixers(finding: Finding) -> frozenset[int]:
    """Who reported a plan or a fix: none of them may recheck it."""
    wanted = (rules.Action.SUBMIT_PLAN.value, rules.Action.START.value, rules.Action.REPORT.value)
    rows = FindingStep.select(FindingStep.actor_id).where(
        FindingStep.finding == finding, FindingStep.action.in_(wanted)
    )
    return frozenset(row.actor_id for row in rows)


def standing(finding: Finding, now: datetime) -> rules.Standing:
    """What the rules need to know of a finding at an instant."""
    late = rules.is_late(finding.paper, finding.due_at, finding.reported_at, now)
    return rules.Standing(
        State(finding.state), finding.paper, finding.authority_ref, finding.extended, finding.escalated_to, finding.finder_id,
        fixers(finding), late or LateMark.select().where(LateMark.finding == finding).exists(),
    )  # fmt: skip


def allowed(actor: Actor, finding: Finding, now: datetime) -> list[rules.Action]:
    """What this person may do with it now."""
    return rules.allowed(standing(finding, now), actor.can, actor.user_id)


def counts(actor: Actor, now: datetime) -> dict[str, int]:
    """Open, overdue and closed findings."""
    mine = visible_findings(actor)
    return {
        "open": mine.where(Finding.state != State.CLOSED).count(), "late": mine.where(overdue_at(now)).count(),
        "closed": mine.where(Finding.state == State.CLOSED).count(),
    }  # fmt: skip


def by_cause(actor: Actor) -> list[tuple[str, int, int]]:
    """The systemic view: (cause, how many, of these closed), most frequent first."""
    total: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    query = visible_findings(actor).select(Finding.cause, Finding.state, fn.COUNT(Finding.id))
    for cause, state, n in query.group_by(Finding.cause, Finding.state).tuples():
        total[cause] += n
        closed[cause] += n if state == State.CLOSED else 0
    return [(cause, n, closed[cause]) for cause, n in sorted(total.items(), key=lambda item: (-item[1], item[0]))]


def visible_evaluations(actor: Actor) -> Any:
    """Third-party evaluations: of the whole county for all who may read, of a township for that township."""
    query = (
        Evaluation.select(Evaluation, Township, StoredFile)
        .join(Township, JOIN.LEFT_OUTER)
        .switch(Evaluation)
        .join(StoredFile, JOIN.LEFT_OUTER)
    )
    if actor.county_wide:
        return query
    return query.where(Evaluation.township.is_null() | Township.code.in_(list(actor.township_codes)))


def get_evaluation(actor: Actor, code: str) -> Evaluation:
    """One evaluation the actor may see."""
    found = visible_evaluations(actor).where(Evaluation.code == code).first()
    if found is None:
        raise NotFound()
    return found
