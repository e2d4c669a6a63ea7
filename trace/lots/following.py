"""What the ledger says when two entries of one party are to be merged."""

from __future__ import annotations

from trace.audit import Operation
from trace.core.errors import RuleBroken
from trace.lots.models import Lot
from trace.registry.models import Party


def refuse_lots(op: Operation, old: Party, new: Party) -> dict[str, int]:
    """Custody is history and never changes by a stroke of the pen: the entry that holds lots has to be the one that stays."""
    held = Lot.select().where(Lot.holder == old).count()
    if held:
        raise RuleBroken(
            "%(old)s 名下有 %(n)s 个批次，不能并入别的主体；请反过来，把 %(new)s 并入它。", code="HAS_LOTS",
            old=old.code, new=new.code, n=held,
        )  # fmt: skip
    return {}
