"""The dated table of the one-year loan prime rate: announcements are added, with where they were read."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.programmes.models import LprRate


def add_rate(actor: Actor, published_on: date, rate_pct: str, source: str) -> LprRate:
    """Enter an announcement (% a year, two decimals); a day has one."""
    with operation(actor, Permission.PROGRAMME_DRAFT) as op:
        if published_on > business_date(op.at):
            raise Invalid("日期不能晚于今天。", field="published_on", code="DATE_FUTURE")
        if LprRate.select().where(LprRate.published_on == published_on).exists():
            raise Invalid("这一天的报价已经登记。", field="published_on", code="LPR_TWICE")
        points = Fraction(rate_pct) * 100
        if points.denominator != 1:
            raise Invalid("报价最多两位小数。", field="rate", code="TOO_PRECISE")
        row = LprRate.create(
            published_on=published_on,
            one_year_bp=int(points),
            source=source.strip(),
            recorded_by=actor.display_name,
            recorded_at=op.at,
        )
        op.record(
            "lpr.add", published_on.isoformat(), published_on=published_on.isoformat(), one_year_bp=row.one_year_bp
        )
        return row
