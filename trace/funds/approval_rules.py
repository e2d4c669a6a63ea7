"""What happens when the money of a programme does not reach, and when the head has to sign. Pure. Source: domain brief §5.3, §5.7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trace.core.money import pro_rata
from trace.core.text import N_

LIST_STATES = {"open": N_("待审定"), "approved": N_("已审定"), "emptied": N_("全部退回")}
LIST_TONES = {"open": "todo", "approved": "ok", "emptied": "void"}
ITEM_STATES = {"open": N_("待审定"), "approved": N_("已审定"), "back": N_("已退回"), "rejected": N_("不予支持")}
ITEM_TONES = {"open": "todo", "approved": "ok", "back": "stop", "rejected": "stop"}
SHORTAGES = {
    "none": N_("指标足够"),
    "queue": N_("按先后次序，用完为止"),
    "pro_rata": N_("按比例折减"),
}
HEAD_FEN, HEAD_KEY = 50_000_000, "funds.head_signature_fen"
"""A list of so many fen needs the head's own signature: 500 000 yuan assumed [A]; the county's number is a site setting."""


class Claim(NamedTuple):
    """What one application asks for, in the order in which it is served."""

    no: str
    amount_fen: int


class Share(NamedTuple):
    """What a list gives an application; 0 leaves it waiting."""

    no: str
    claimed_fen: int
    amount_fen: int


def shares(claims: Sequence[Claim], left_fen: int, shortage: str) -> list[Share]:
    """Divide what is left. ``queue`` serves in order and stops at the first that no longer fits, so that nobody is passed over by a smaller
    claim behind him; ``pro_rata`` reduces all alike, to the fen, by largest remainder. With enough money everybody gets the whole claim.
    """
    if sum(claim.amount_fen for claim in claims) <= left_fen:
        return [Share(claim.no, claim.amount_fen, claim.amount_fen) for claim in claims]
    if shortage == "pro_rata":
        parts = pro_rata([claim.amount_fen for claim in claims], max(left_fen, 0))
        return [Share(claim.no, claim.amount_fen, part) for claim, part in zip(claims, parts, strict=True)]
    found, used, open_still = [], 0, True
    for claim in claims:
        open_still = open_still and used + claim.amount_fen <= left_fen
        used += claim.amount_fen if open_still else 0
        found.append(Share(claim.no, claim.amount_fen, claim.amount_fen if open_still else 0))
    return found
