"""The checklist of legal steps before a notice: consultations with their term, other steps with their papers, steps that do not apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission, Role
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.programmes import queries
from trace.programmes.models import Programme, ProgrammeStep
from trace.programmes.rules import CONSULTED, LEGAL_STEPS, REPLY_DAYS
from trace.registry.queries import working_calendar


@dataclass(frozen=True)
class Entry:
    """What is entered for a step: a paper, a request sent for an answer, or why it does not apply."""

    doc_ref: str = ""
    sent_on: date | None = None
    done_on: date | None = None
    waived: bool = False
    note: str = ""


def record_step(actor: Actor, code: str, step: str, entry: Entry) -> ProgrammeStep:
    """Enter one step; an earlier entry stays in the file. The leading group's word on an expired basis is the leader's own."""
    if step not in LEGAL_STEPS:
        raise NotFound()
    permission = Permission.APPLICATION_APPROVE if step == "basis" else Permission.PROGRAMME_DRAFT
    with operation(actor, permission) as op:
        programme = queries.get_programme(actor, code)
        _require_entry(step, entry, business_date(op.at))
        row = ProgrammeStep.create(
            programme=programme, step=step, waived=entry.waived, doc_ref=entry.doc_ref.strip(), sent_on=entry.sent_on,
            due_on=_due(entry.sent_on), done_on=entry.done_on or (business_date(op.at) if entry.doc_ref.strip() else None),
            note=entry.note.strip(), actor_id=actor.user_id, actor_name=actor.display_name, at=op.at,
        )  # fmt: skip
        if step == "finance" and row.doc_ref and programme.state == "draft":
            Programme.update(finance_ref=row.doc_ref[:80]).where(Programme.id == programme.id).execute()
        op.record("programme.step", programme, step=step, doc_ref=row.doc_ref, waived=row.waived, note=row.note)
        return row


def _due(sent_on: date | None) -> date | None:
    """The last day for an answer: three working days after the day it was sent."""
    if sent_on is None:
        return None
    until = date(sent_on.year + 1, 12, 31)
    return working_calendar(sent_on, until).add_working_days(sent_on, REPLY_DAYS)


def _require_entry(step: str, entry: Entry, today: date) -> None:
    if step not in LEGAL_STEPS:
        raise Invalid("请从列表中选择。", field="step", code="CHOICE")
    if entry.waived and step in ("finance", "basis", "collective"):
        raise RuleBroken("这一步不能免。", code="STEP_NEEDED", field="waived")
    if entry.waived and not entry.note.strip():
        raise Invalid("请说明不适用的理由。", field="note", code="MISSING")
    if entry.sent_on is not None and step not in CONSULTED:
        raise Invalid("只有征求意见才填发出日期。", field="sent_on", code="NOT_CONSULTED")
    if any(day is not None and day > today for day in (entry.sent_on, entry.done_on)):
        raise Invalid("日期不能晚于今天。", field="sent_on" if entry.sent_on else "done_on", code="DATE_FUTURE")
    if not entry.waived and entry.sent_on is None and not entry.doc_ref.strip():
        raise Invalid("请填写文号或材料名称。", field="doc_ref", code="MISSING")


def may_enter(actor: Actor, step: str) -> bool:
    """May this person enter a step?"""
    return Role.LEADER in actor.roles if step == "basis" else actor.can(Permission.PROGRAMME_DRAFT)


def steps_for(programme: Programme, today: date) -> list[dict[str, Any]]:
    """The checklist as the page shows it: each step with its newest entry and how it stands. The basis step only when it is needed."""
    newest = queries.newest_steps(programme)
    expired = programme.basis_valid_to is not None and programme.basis_valid_to < today
    shown = [step for step in LEGAL_STEPS if step != "basis" or expired or step in newest]
    return [
        {"step": step, "row": newest.get(step), "state": queries.state_of(newest.get(step), today)} for step in shown
    ]
