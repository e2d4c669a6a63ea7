"""Reading the money: what left the paid account of each application and when, and what a programme's books come to. Fen.

Everything comes from the entries of the double-entry books, so that a returned payment and a reversal count as the books count them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from peewee import fn

from trace.core.clock import SHANGHAI, business_date
from trace.funds.ledger_models import Account, Transfer
from trace.funds.ledger_queries import CREDIT_NORMAL
from trace.funds.models import Application


@dataclass(frozen=True)
class Paid:
    """What one application received in one year: payments less those the bank returned."""

    application_id: int
    programme_id: int
    plot_id: int
    applicant_id: int
    year: int
    first_on: date
    fen: int


def end_of(day: date) -> datetime:
    """The instant after which a day of the county is over."""
    return datetime.combine(day + timedelta(days=1), time.min, SHANGHAI).astimezone(UTC)


def payments(until: date | None = None) -> list[Paid]:
    """Net payments by application and year up to a day, oldest first; what came back in full is left out. Two statements."""
    found: dict[tuple[int, int, int, int, int], list[tuple[date, int]]] = defaultdict(list)
    for sign, side in ((1, Transfer.debit), (-1, Transfer.credit)):
        rows = (
            Transfer.select(
                Transfer.application, Transfer.programme, Application.plot, Application.applicant, Transfer.at, Transfer.amount_fen
            )
            .join(Account, on=(side == Account.id))
            .switch(Transfer)
            .join(Application, on=(Transfer.application == Application.id))
            .where(Account.kind == "paid")
        )  # fmt: skip
        if until is not None:
            rows = rows.where(Transfer.at < end_of(until))
        for application, programme, plot, applicant, at, fen in rows.order_by(Transfer.id).tuples():
            on = business_date(at)
            found[application, programme, plot, applicant, on.year].append((on, sign * fen))
    made = [
        Paid(*key, min(on for on, _ in entries), sum(fen for _, fen in entries))
        for key, entries in found.items()
        if sum(fen for _, fen in entries)
    ]
    return sorted(made, key=lambda paid: (paid.first_on, paid.application_id))


def balances(programme_ids: Iterable[int], until: date) -> dict[int, dict[str, int]]:
    """What the accounts of programmes come to at the end of a day, in the sense in which they are read. Two statements."""
    wanted = list(programme_ids)
    found: dict[int, dict[str, int]] = {key: defaultdict(int) for key in wanted}
    for sign, side in ((1, Transfer.debit), (-1, Transfer.credit)):
        rows = (
            Transfer.select(Transfer.programme, Account.kind, fn.SUM(Transfer.amount_fen))
            .join(Account, on=(side == Account.id))
            .where(Transfer.programme.in_(wanted), Transfer.at < end_of(until))
            .group_by(Transfer.programme, Account.kind)
        )
        for programme, kind, fen in rows.tuples():
            found[programme][kind] += int(fen) * sign * (-1 if kind in CREDIT_NORMAL else 1)
    return found


def claimed(programme_ids: Iterable[int], until: date) -> int:
    """What was decided to be claimed back, less what was waived."""
    rows = (
        Transfer.select(Transfer.kind, fn.SUM(Transfer.amount_fen))
        .where(
            Transfer.programme.in_(list(programme_ids)),
            Transfer.kind.in_(["claim", "waive"]),
            Transfer.at < end_of(until),
        )
        .group_by(Transfer.kind)
    )
    found = {kind: int(fen) for kind, fen in rows.tuples()}
    return found.get("claim", 0) - found.get("waive", 0)


def decided_on() -> dict[int, date]:
    """The day each application was approved: its first commitment in the books."""
    rows = (
        Transfer.select(Transfer.application, fn.MIN(Transfer.at))
        .where(Transfer.kind == "commit", Transfer.application.is_null(False))
        .group_by(Transfer.application)
    )
    return {application: business_date(as_instant(at)) for application, at in rows.tuples()}


def as_instant(value: datetime | str) -> datetime:
    """An instant out of an aggregate: one engine gives it as text."""
    return Transfer.at.python_value(value) if isinstance(value, str) else value
