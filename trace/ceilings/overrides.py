"""Overrides: the bureau lets one arrow pass, by name, with a reason, until a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import JOIN

from trace.audit import operation
from trace.ceilings.models import CeilingOverride
from trace.ceilings.rules import ARROWS, Arrow, Override
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db.counters import next_number
from trace.land import queries as land
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Lot

LONGEST_DAYS = 366
"""Assumed: an override is for a season, not for ever (open question for the county)."""


def for_seasons(plot_ids: list[int], today: date) -> dict[tuple[str, int, int, str], Override]:
    """Overrides in force of these plots by (arrow, plot, year, part)."""
    found: dict[tuple[str, int, int, str], Override] = {}
    for start in range(0, len(plot_ids), 500):
        for row in _in_force(today).where(CeilingOverride.plot.in_(plot_ids[start : start + 500])):
            found[row.arrow, row.plot_id, row.year, row.part] = _shown(row)
    return found


def for_lot(lot: Lot, today: date) -> dict[str, Override]:
    """Overrides in force of a lot by arrow."""
    return {row.arrow: _shown(row) for row in _in_force(today).where(CeilingOverride.lot == lot.id)}


def listed(actor: Actor) -> Any:
    """All overrides, newest first, plot and lot joined: only for those who see the whole county; others see those on their own pages."""
    query = (
        CeilingOverride.select(CeilingOverride, Plot, Lot)
        .join(Plot, JOIN.LEFT_OUTER)
        .switch(CeilingOverride)
        .join(Lot, JOIN.LEFT_OUTER, on=(CeilingOverride.lot == Lot.id))
        .order_by(CeilingOverride.id.desc())
    )
    return query if actor.county_wide else query.where(CeilingOverride.id == 0)


def grant(
    actor: Actor, *, arrow: str, reason: str, valid_to: date, lot: str = "", plot: str = "", year: int | None = None, part: str = "",
) -> CeilingOverride:  # fmt: skip
    """Let an arrow pass for a lot, or for a plot in one season, until a day (at most a year on). Every mistake is named at once."""
    with operation(actor, Permission.CEILING_OVERRIDE) as op:
        today = business_date(op.at)
        errors = _mistakes(arrow, reason, valid_to, today)
        if errors:
            raise Invalid(errors=errors)
        of_lot = arrow in (Arrow.BATCH.value, Arrow.LABELS.value)
        about: dict[str, Any] = (
            {"lot": lots.get_lot(actor, lot).id} if of_lot else {"plot": land.get_plot(actor, plot).id, "year": year, "part": part}
        )  # fmt: skip
        if not of_lot and (year is None or not part):
            raise Invalid("请写明年份和部位。", field="year", code="SEASON_MISSING")
        same = [getattr(CeilingOverride, name) == value for name, value in about.items()]
        if _in_force(today).where(CeilingOverride.arrow == arrow, *same).exists():
            raise RuleBroken("这一环已经放行。", code="ALREADY_OVERRIDDEN")
        row = CeilingOverride.create(
            code=f"FX{op.at.year % 100:02d}-{next_number(f'FX{op.at.year}'):04d}", arrow=arrow, reason=reason.strip(), valid_to=valid_to,
            granted_at=op.at, granted_by=actor.user_id, granter_name=actor.display_name, **about,
        )  # fmt: skip
        op.record(
            "ceiling.override", row, arrow=arrow, lot=lot, plot=plot, year=year, reason=row.reason, until=str(valid_to)
        )
        return row


def withdraw(actor: Actor, code: str, reason: str) -> CeilingOverride:
    """End an override before its day; it stays readable."""
    with operation(actor, Permission.CEILING_OVERRIDE) as op:
        row = CeilingOverride.get_or_none(CeilingOverride.code == code)
        if row is None:
            raise NotFound()
        if row.withdrawn_at is not None:
            raise RuleBroken("这条放行已经收回。", code="ALREADY_WITHDRAWN")
        if not reason.strip():
            raise Invalid("请填写收回的原因。", field="reason", code="REASON_MISSING")
        row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = op.at, actor.display_name, reason.strip()
        row.save(only=[CeilingOverride.withdrawn_at, CeilingOverride.withdrawn_by, CeilingOverride.withdraw_reason])
        op.record("ceiling.withdraw", row, reason=row.withdraw_reason)
        return row


def _in_force(today: date) -> Any:
    return CeilingOverride.select().where(CeilingOverride.withdrawn_at.is_null(), CeilingOverride.valid_to >= today)


def _shown(row: CeilingOverride) -> Override:
    return Override(row.code, row.reason, row.granter_name, str(row.valid_to))


def _mistakes(arrow: str, reason: str, valid_to: date, today: date) -> list[FieldError]:
    found = []
    if arrow not in ARROWS:
        found.append(FieldError("arrow", "ARROW_UNKNOWN", Message("请从列表中选择。")))
    if not reason.strip():
        found.append(FieldError("reason", "REASON_MISSING", Message("请填写放行的理由。")))
    if not 0 <= (valid_to - today).days <= LONGEST_DAYS:
        found.append(FieldError("valid_to", "DATE_RANGE", Message("放行期限应在今天与一年之内。")))
    return found
