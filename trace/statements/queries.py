"""Reading statements: one's own, the calendar of what is due, comparisons across townships, what was locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from peewee import fn

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.db import lock_row
from trace.land.models import Plot
from trace.registry import queries as register
from trace.registry.models import Township
from trace.statements import prefill, rules
from trace.statements.models import (
    Statement,
    StatementLate,
    StatementLine,
    StatementSample,
    StatementSnapshot,
    StatementStep,
)
from trace.statements.rules import State
from trace.targets.rules import period_of, previous, quarter_end


def visible_statements(actor: Actor) -> Any:
    """All for the county's roles, those of its townships for a township; township joined."""
    query = Statement.select(Statement, Township).join(Township)
    return query if actor.county_wide else query.where(Township.code.in_(list(actor.township_codes)))


def get_statement(actor: Actor, code: str) -> Statement:
    """One statement the actor may see."""
    found = visible_statements(actor).where(Statement.code == code).first()
    if found is None:
        raise NotFound()
    return found


def lock_statement(actor: Actor, code: str) -> Statement:
    """The same, locked until the transaction ends."""
    found = get_statement(actor, code)
    lock_row(Statement.select().where(Statement.id == found.id)).get()
    return get_statement(actor, code)


def lines_of(statement: Statement) -> dict[str, StatementLine]:
    """Its lines by key."""
    return {row.key: row for row in StatementLine.select().where(StatementLine.statement == statement)}


def steps_of(statement: Statement) -> list[StatementStep]:
    """What was done, oldest first."""
    return list(StatementStep.select().where(StatementStep.statement == statement).order_by(StatementStep.id))


def sample_of(statement: Statement) -> list[StatementSample]:
    """The drawn plots, plot joined."""
    query = StatementSample.select(StatementSample, Plot).join(Plot).where(StatementSample.statement == statement)
    return list(query.order_by(Plot.code))


def late_mark(statement: Statement) -> StatementLate | None:
    """The mark of lateness of a statement, or of the original it amends."""
    same = (Statement.township == statement.township_id) & (Statement.period == statement.period)
    return StatementLate.select().join(Statement).where(same).first()


def snapshot_of(statement: Statement) -> StatementSnapshot | None:
    """What was locked."""
    return StatementSnapshot.get_or_none(StatementSnapshot.statement == statement)


def versions_of(statement: Statement) -> list[Statement]:
    """The original and its amendments, oldest first."""
    same = (Statement.township == statement.township_id) & (Statement.period == statement.period)
    return list(Statement.select().where(same).order_by(Statement.amendment))


def in_force(township: str, period: str) -> Statement | None:
    """The newest locked statement of a township's period, else the newest signed one."""
    query = (
        Statement.select(Statement, Township)
        .join(Township)
        .where(Township.code == township, Statement.period == period)
    )
    rows = list(query.where(Statement.state.in_(("locked", "signed"))).order_by(Statement.amendment.desc()))
    return next((row for row in rows if row.state == State.LOCKED), rows[0] if rows else None)


def last_figures(township: str, period: str) -> dict[str, int]:
    """What was reported for the period before, where something was."""
    found = in_force(township, previous(period))
    if found is None:
        return {}
    return {key: row.reported for key, row in lines_of(found).items() if row.reported is not None}


def due_days() -> tuple[int, int]:
    """The setting of the days."""
    return tuple(register.site_setting(rules.DUE_KEY, list(rules.DUE_DEFAULT)))


@dataclass(frozen=True)
class Due:
    """One township and period: the statement if there is one, and how it stands against its day."""

    township: Township
    period: str
    due_on: date
    statement: Statement | None
    tone: str


def calendar(actor: Actor, periods: list[str], today: date) -> list[Due]:
    """What every township with a task owes for these periods, with where it stands."""
    days = due_days()
    rows = visible_statements(actor).where(Statement.period.in_(periods), Statement.amendment == 0)
    known = {(row.township.code, row.period): row for row in rows}
    found = []
    for period in periods:
        wanted = set(prefill.must_report(period))
        due = rules.due_on(period, days)
        for township in register.townships():
            row = known.get((township.code, period))
            if not actor.county_wide and township.code not in actor.township_codes:
                continue
            if row is None and township.code not in wanted:
                continue
            signed = business_date(row.signed_at) if row and row.signed_at else None
            found.append(Due(township, period, due, row, rules.tone(due, first_signed(row, signed), today)))
    return found


def first_signed(row: Statement | None, signed: date | None) -> date | None:
    """The day it was first signed: a later signature after a return does not make it late, nor on time."""
    if row is None:
        return None
    step = (
        StatementStep.select(fn.MIN(StatementStep.at))
        .where(StatementStep.statement == row, StatementStep.action == "sign")
        .scalar()
    )
    return business_date(StatementStep.at.python_value(step)) if step else signed


def recent_periods(today: date, quarters: int = 4) -> list[str]:
    """The quarters that are over, newest first, and last year."""
    period, found = previous(period_of(today)), []
    for _ in range(quarters):
        found.append(period)
        period = previous(period)
    return [*found, str(today.year - 1)]


def on_time(year: int, at: date) -> dict[str, tuple[int, int]]:
    """Township → (statements of a year first signed on time, statements due by a day)."""
    periods = [f"{year}Q{n}" for n in (1, 2, 3, 4)] + [str(year)]
    days = due_days()
    asked = [p for p in periods if rules.due_on(p, days) < at]
    signed: dict[tuple[str, str], date] = {}
    query = (
        StatementStep.select(Township.code, Statement.period, fn.MIN(StatementStep.at))
        .join(Statement)
        .join(Township)
        .where(Statement.period.in_(asked or [""]), Statement.amendment == 0, StatementStep.action == "sign")
        .group_by(Township.code, Statement.period)
    )
    for code, period, first in query.tuples():
        signed[code, period] = business_date(StatementStep.at.python_value(first))
    found: dict[str, tuple[int, int]] = {}
    for code in {code for period in asked for code in prefill.must_report(period)}:
        good = sum((day := signed.get((code, p))) is not None and day <= rules.due_on(p, days) for p in asked)
        found[code] = (good, len(asked))
    return found


def outliers(period: str) -> dict[str, dict[str, Fraction]]:
    """Township → line → standard deviations off the county's mean, over all signed and locked statements of a period."""
    rows = (
        StatementLine.select(Township.code, StatementLine.key, StatementLine.reported)
        .join(Statement)
        .join(Township)
        .where(
            Statement.period == period, Statement.amendment == 0, Statement.state.in_(("signed", "locked")),
            StatementLine.reported.is_null(False),
        )
    )  # fmt: skip
    by_key: dict[str, dict[str, int]] = {}
    for code, key, value in rows.tuples():
        by_key.setdefault(key, {})[code] = int(value)
    found: dict[str, dict[str, Fraction]] = {}
    for key, figures in by_key.items():
        for code, z in rules.outliers(figures).items():
            found.setdefault(code, {})[key] = z
    return found


def missing(actor: Actor, today: date) -> list[Due]:
    """What is not signed and near or past its day, most overdue first."""
    rows = calendar(actor, recent_periods(today), today)
    open_rows = [row for row in rows if row.tone in ("soon", "late", "circular") and _unsigned(row.statement)]
    return sorted(open_rows, key=lambda row: (row.due_on, row.township.code))


def _unsigned(row: Statement | None) -> bool:
    return row is None or (row.signed_at is None)


def waiting() -> list[Statement]:
    """Signed statements that wait for the bureau, township joined."""
    query = Statement.select(Statement, Township).join(Township)
    return list(query.where(Statement.state == State.SIGNED).order_by(Statement.signed_at))


def may_open(period: str, today: date) -> bool:
    """Is the period over?"""
    return today > quarter_end(period)


def filtered(actor: Actor, *, period: str = "", township: str = "") -> list[Statement]:
    """Visible statements of a period and township, newest first."""
    query = visible_statements(actor)
    if period:
        query = query.where(Statement.period == period)
    if township:
        query = query.where(Township.code == township)
    return list(query.order_by(Statement.id.desc()).limit(500))
