"""What a reckoning starts from: the claim of one application, and what its caps need to know of the world. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from trace.programmes.interest import Loan, LprTable


@dataclass(frozen=True)
class Item:
    """Something claimed: an invoice, a fee, a quantity or a sale, with its name; ``value`` in fen or in units (exact)."""

    name: str
    value: Fraction | int


@dataclass(frozen=True)
class Limits:
    """What caps need to know of the world: fen already granted to the beneficiary with linked parties and in the programme, other funds' support."""

    granted_fen: int = 0
    programme_granted_fen: int = 0
    other_support_fen: int = 0
    linked: bool = False


@dataclass(frozen=True)
class Claim:
    """What one application claims. Areas count for area kinds; ``items`` for units, invoices, fees and sales; ``loans`` for interest.

    ``instalment``: which one is due; earlier ones are taken as the same total's earlier shares.
    """

    applied_m2: int = 0
    verified_m2: int = 0
    plot_m2: int = 0
    instalment: int = 1
    items: Sequence[Item] = ()
    loans: Sequence[Loan] = ()
    lpr: LprTable = ()

    @property
    def accepted_m2(self) -> int:
        """The least of applied, verified and registered (domain brief §5.4)."""
        return min(self.applied_m2, self.verified_m2, self.plot_m2)
