"""Reading programmes, their versions and checklists: drafts are for county-wide roles only."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from trace.core.actor import Actor
from trace.core.calendar import months_after
from trace.core.errors import NotFound
from trace.programmes.interest import LprTable
from trace.programmes.models import LprRate, Programme, ProgrammeStep, ProgrammeVersion
from trace.programmes.rules import EVALUATE_MONTHS
from trace.programmes.terms import Terms


def visible_programmes(actor: Actor) -> Any:
    """Programmes, newest first; drafts only for county-wide roles."""
    query = Programme.select().order_by(Programme.id.desc())
    return query if actor.county_wide else query.where(Programme.state != "draft")


def open_programmes(actor: Actor) -> Any:
    """Programmes that take applications."""
    return visible_programmes(actor).where(Programme.state == "published")


def get_programme(actor: Actor, code: str) -> Programme:
    """A programme the actor may see."""
    found = visible_programmes(actor).where(Programme.code == code).first()
    if found is None:
        raise NotFound()
    return found


def versions(programme: Programme) -> list[ProgrammeVersion]:
    """The versions of a notice, newest first."""
    rows = ProgrammeVersion.select().where(ProgrammeVersion.programme == programme.id)
    return list(rows.order_by(ProgrammeVersion.number.desc()))


def version_row(programme: Programme, number: int | str) -> ProgrammeVersion:
    """One version of a notice, by its number as addresses carry it."""
    if not str(number).isdecimal() or len(str(number)) > 6:
        raise NotFound()
    found = ProgrammeVersion.get_or_none(ProgrammeVersion.programme == programme.id, ProgrammeVersion.number == number)
    if found is None:
        raise NotFound()
    return found


def terms_of_version(row: ProgrammeVersion) -> Terms:
    """The terms a version keeps."""
    return Terms.from_json(row.terms, row.number)


def present_terms(programme: Programme) -> Terms:
    """The terms that stand now, a draft's too."""
    return Terms.of(programme, programme.version)


def newest_steps(programme: Programme) -> dict[str, ProgrammeStep]:
    """The newest entry of each step of the checklist."""
    rows = ProgrammeStep.select().where(ProgrammeStep.programme == programme.id).order_by(ProgrammeStep.id)
    return {row.step: row for row in rows}


def state_of(row: ProgrammeStep | None, today: date) -> str:
    """How a step stands: open, waived, done, waiting for an answer, or silent (no answer in time counts as no objection, L227)."""
    if row is None:
        return "open"
    if row.waived:
        return "waived"
    if row.doc_ref:
        return "done"
    return "waiting" if row.due_on is not None and today <= row.due_on else "silent"


def step_done(programme: Programme, step: str, today: date) -> bool:
    """Is a step done, by paper or by silence?"""
    return state_of(newest_steps(programme).get(step), today) in ("done", "silent")


def finance_answer(programme: Programme, today: date) -> str:
    """The reference of the finance bureau's opinion, or the note of its silence; nothing while an answer is awaited."""
    row = newest_steps(programme).get("finance")
    if row is None or state_of(row, today) not in ("done", "silent"):
        return ""
    return row.doc_ref[:80] or f"{row.sent_on.isoformat()} 送县财政局，逾期未回复，视为无不同意见"


def basis_warning(programme: Programme, today: date) -> str:
    """``expired``, ``expiring`` (within the months in which it is to be evaluated) or nothing."""
    until = programme.basis_valid_to
    if until is None or programme.state == "closed":
        return ""
    if until < today:
        return "expired"
    return "expiring" if today >= months_after(until, -EVALUATE_MONTHS) else ""


def lpr_table() -> LprTable:
    """The one-year LPR, oldest first, in %."""
    rows = LprRate.select(LprRate.published_on, LprRate.one_year_bp).order_by(LprRate.published_on)
    return [(day, Fraction(points, 100)) for day, points in rows.tuples()]


def lpr_rows() -> list[LprRate]:
    """The announcements with their sources, newest first."""
    return list(LprRate.select().order_by(LprRate.published_on.desc()))
