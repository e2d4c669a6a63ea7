"""What an application is worth, line by line. Pure; rates come from the programme, never from here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from trace.core.errors import RuleBroken
from trace.core.money import round_half_up
from trace.core.units import M2_PER_MU


@dataclass(frozen=True)
class Sheet:
    """The calculation sheet kept with an application."""

    kind: str
    applied_m2: int
    verified_m2: int
    plot_m2: int
    accepted_m2: int
    rate_fen: int | None
    award_fen: int | None
    amount_fen: int

    def as_json(self) -> dict[str, Any]:
        """The sheet as it is stored and shown."""
        return asdict(self)


def calculate(
    kind: str, *, rate_fen: int | None, award_fen: int | None, applied_m2: int, verified_m2: int, plot_m2: int
) -> Sheet:
    """Accepted area is the least of applied, verified and registered; 亩 stay exact, the fen is rounded once, halves up."""
    accepted = min(applied_m2, verified_m2, plot_m2)
    if kind == "fixed_award":
        amount = int(award_fen or 0) if accepted else 0
    else:
        amount = int(round_half_up(Fraction(accepted) / M2_PER_MU * int(rate_fen or 0)))
    if amount <= 0:
        raise RuleBroken("核定金额为 0，不能通过复核，请退回验收。", code="AMOUNT_ZERO")
    return Sheet(kind, applied_m2, verified_m2, plot_m2, accepted, rate_fen, award_fen, amount)
