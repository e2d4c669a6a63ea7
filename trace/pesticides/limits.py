"""Residue limits: what a lookup answers, and what a result means beside it. Pure.

The standard lists limits as food path → active. A tree that appears nowhere has no limit, and no limit is never a pass (domain brief §2.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trace.core.text import N_, Labelled, Message

NG_PER_MG = 1_000_000
_EXCEPT = re.compile(r"(.*?)[(（](.*?)除外[)）]")


class Answer(Labelled):
    """What the loaded tables say about an active in a food."""

    LIMIT = "limit", N_("有限量")
    NO_LIMIT = "no_limit", N_("无对应限量")


class Outcome(Labelled):
    """What a measured residue means. Only ``WITHIN`` may ever be called a pass."""

    NOT_FOUND = "not_found", N_("未检出")
    WITHIN = "within", N_("合格")
    OVER = "over", N_("不合格")
    NO_LIMIT = "no_limit", N_("无限量，仅供参考")


@dataclass(frozen=True)
class Limit:
    """One row of the standard; ``ng_kg``: nanograms in a kilogram, exact to a millionth of 1 mg/kg."""

    food_path: str
    active: str
    ng_kg: int
    std_version: str = ""


@dataclass(frozen=True)
class LimitAnswer:
    """The answer to “how much of this active may be in this food”."""

    answer: Answer
    limit: Limit | None = None

    @property
    def words(self) -> Message:
        """The answer as people read it; without a limit it says so, and nothing that sounds like a pass."""
        if self.limit is None:
            return Message(N_("无对应限量"))
        return Message(N_("%(value)s mg/kg（%(path)s）"), {"value": mg(self.limit.ng_kg), "path": self.limit.food_path})


def find_limit(limits: Iterable[Limit], food_path: str | None, active: str) -> LimitAnswer:
    """The limit of the nearest group the food belongs to: its own path, then each wider one, exceptions respected."""
    rows = [limit for limit in limits if limit.active == active]
    for path in _wider(food_path or ""):
        for row in rows:
            if _fits(row.food_path, path, food_path or ""):
                return LimitAnswer(Answer.LIMIT, row)
    return LimitAnswer(Answer.NO_LIMIT)


def outcome(answer: LimitAnswer, result_ng_kg: int, lod_ng_kg: int = 0) -> Outcome:
    """Below the detection limit: not found; without a limit: for reference only; equal to the limit is within it."""
    if result_ng_kg < lod_ng_kg:
        return Outcome.NOT_FOUND
    if answer.limit is None:
        return Outcome.NO_LIMIT
    return Outcome.WITHIN if result_ng_kg <= answer.limit.ng_kg else Outcome.OVER


def mg(ng_kg: int) -> str:
    """mg/kg without idle noughts."""
    text = f"{Decimal(ng_kg) / NG_PER_MG:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _wider(path: str) -> Iterable[str]:
    parts = [part.strip() for part in re.split(r"[:：]", path) if part.strip()]
    while parts:
        yield ":".join(parts)
        parts.pop()


def _fits(listed: str, path: str, food: str) -> bool:
    """Does a path of the standard, perhaps with “(…除外)”, mean this one, and is the food not among its exceptions?"""
    plain = ":".join(part.strip() for part in re.split(r"[:：]", listed))
    found = _EXCEPT.fullmatch(plain)
    if found is None:
        return plain == path
    left_out = {name.strip() for name in re.split(r"[、,，]", found[2])}
    own = {part.strip() for part in re.split(r"[:：]", food)}
    return found[1].strip() == path and not own & left_out
