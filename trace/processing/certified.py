"""Is what is bought or sent covered by a certificate? Known to the domain of quality above, which the composition root connects here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trace.audit import Operation
from trace.files.rules import Upload
from trace.lots.models import Lot
from trace.processing.models import Receipt


@dataclass(frozen=True)
class Papers:
    """What a buyer took with the goods besides the platform's own certificates: a photographed paper one, or the own check of a household's goods."""

    paper_no: str = ""
    scan: Upload | None = None
    self_check: str = ""


NO_PAPERS = Papers()
Collect = Callable[[Operation, Receipt, Lot, Papers], None]
"""(the buyer's operation, the receipt, the seller's lot, papers): keeps what was collected, or refuses the purchase."""
MayLeave = Callable[[Lot, int], None]
"""(lot, quantity): refuses to send what still needs a new certificate."""
_rules: list[tuple[Collect, MayLeave]] = []


def connect(collect: Collect, may_leave: MayLeave) -> None:
    """Hand in the two rules."""
    _rules[:] = [(collect, may_leave)]


def collected(op: Operation, receipt: Receipt, lot: Lot, papers: Papers) -> None:
    """Keep what was collected with a receipt; refuses what the law does not let anybody buy."""
    for collect, _ in _rules:
        collect(op, receipt, lot, papers)


def may_leave(lot: Lot, quantity: int) -> None:
    """Refuse to send a mixed lot without its new certificate."""
    for _, leave in _rules:
        leave(lot, quantity)
