"""Interest discounts, span by span. Pure and exact. Source: domain brief §5.5.

``discount = Σ principal × min(rate of the programme, rate of the contract, cap) × days / base``, then the least of that, the interest really paid times
the share less what other funds discounted, and the ceilings. The first day counts, the last does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from trace.core.calendar import months_after
from trace.core.errors import Invalid


@dataclass(frozen=True)
class Span:
    """A time of constant principal and constant contract rate (% a year); ``end`` is not counted."""

    start: date
    end: date
    principal_fen: int
    rate_pct: Fraction

    @property
    def days(self) -> int:
        """Days counted."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Loan:
    """A loan as its papers give it. ``repayments``: day → fen of principal; ``rates``: day from which → % a year (the first from the draw);
    ``overdue``: times (last day not counted) for which nothing is discounted. ``interest_paid_fen`` without penalties, for the programme's year."""

    name: str
    drawn_on: date
    due_on: date
    principal_fen: int
    rates: Sequence[tuple[date, Fraction]]
    interest_paid_fen: int
    repayments: Sequence[tuple[date, int]] = ()
    overdue: Sequence[tuple[date, date]] = ()
    other_discounts_fen: int = 0


@dataclass(frozen=True)
class InterestRule:
    """The terms of a discount: % a year, day base, share of the interest paid (%), longest time from the draw, points over or under LPR as a cap."""

    rate_pct: Fraction
    base: int = 360
    share_pct: Fraction = Fraction(100)
    max_months: int | None = None
    lpr_plus_bp: int | None = None


LprTable = Sequence[tuple[date, Fraction]]
"""Day of announcement → one-year LPR in %, oldest first."""


def lpr_on(table: LprTable, day: date) -> Fraction:
    """The one-year LPR in force on a day; refused when the table does not reach back so far."""
    found = [rate for since, rate in table if since <= day]
    if not found:
        raise Invalid(
            "LPR 表中没有 %(day)s 及以前的报价，请先补录。", field="lpr", code="LPR_MISSING", day=day.isoformat()
        )
    return found[-1]


def spans(loan: Loan, first: date, last: date, max_months: int | None = None) -> list[Span]:
    """The loan cut at every change of principal or rate, inside the window ``first`` … ``last`` (not counted), without overdue times."""
    start, end = max(first, loan.drawn_on), min(last, loan.due_on)
    if max_months is not None:
        end = min(end, months_after(loan.drawn_on, max_months))
    cuts = {start, end}
    cuts |= {day for day, _ in (*loan.repayments, *loan.rates)}
    cuts |= {day for pair in loan.overdue for day in pair}
    days = sorted(day for day in cuts if start <= day <= end)
    found = []
    for left, right in zip(days, days[1:], strict=False):
        principal = loan.principal_fen - sum(fen for day, fen in loan.repayments if day <= left)
        late = any(since <= left < until for since, until in loan.overdue)
        if principal > 0 and not late:
            found.append(Span(left, right, principal, _rate_on(loan, left)))
    return found


def discount_of(span: Span, rule: InterestRule, cap_pct: Fraction | None) -> Fraction:
    """What one span comes to in fen, exact."""
    return span.principal_fen * rate_of(span, rule, cap_pct) / 100 * span.days / rule.base


def rate_of(span: Span, rule: InterestRule, cap_pct: Fraction | None) -> Fraction:
    """The least of the programme's rate, the contract's and the cap."""
    rates = [rule.rate_pct, span.rate_pct, *([] if cap_pct is None else [cap_pct])]
    return max(Fraction(0), min(rates))


def cap_of(loan: Loan, rule: InterestRule, table: LprTable) -> Fraction | None:
    """LPR on the day of the draw plus or minus points, where the notice caps the rate so."""
    if rule.lpr_plus_bp is None:
        return None
    return lpr_on(table, loan.drawn_on) + Fraction(rule.lpr_plus_bp, 100)


def most_of(loan: Loan, rule: InterestRule) -> int:
    """The most a loan's discount may be in fen: the share of the interest really paid, all discounts together never above that interest."""
    share = loan.interest_paid_fen * rule.share_pct // 100
    return max(0, min(int(share), loan.interest_paid_fen - loan.other_discounts_fen))


def _rate_on(loan: Loan, day: date) -> Fraction:
    rates = sorted(loan.rates)
    return next((rate for since, rate in reversed(rates) if since <= day), rates[0][1])
