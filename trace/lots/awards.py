"""A prize or premium for a batch, divided among the households whose fruit is in it (feature X7): exact shares, whole fen."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from trace.core.actor import Actor
from trace.core.errors import RuleBroken
from trace.core.units import format_pct
from trace.lots.genealogy import split_exactly
from trace.lots.origins import by_producer, origins
from trace.lots.tracing import trace_lot


class Portion(NamedTuple):
    """What one producer gets: its exact share of the batch and of the money."""

    code: str
    name: str
    fraction: Fraction
    amount_fen: int


def split_award(actor: Actor, code: str, amount_fen: int) -> list[Portion]:
    """Divide ``amount_fen`` among the producers behind a lot; the portions sum to the amount exactly.

    Each gets its share rounded down to the fen; the fen left over go one each to the largest remainders, equal remainders in the order of
    the producers' codes. A lot whose origin is not wholly known is not divided: money for an unknown part would go to the wrong people.
    """
    found = origins(actor, trace_lot(actor, code, "back"))
    if found.unknown:
        raise RuleBroken(
            "这一批有 %(share)s 查不到来源地块，不能分摊，请先补齐上游记录。", code="ORIGIN_UNKNOWN", field="amount",
            share=format_pct(found.unknown),
        )  # fmt: skip
    shares = by_producer(found)
    amounts = split_exactly(amount_fen, shares)
    return [Portion(code, name, share, amounts[code, name]) for (code, name), share in shares.items()]
