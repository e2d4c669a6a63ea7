"""Plausibility of a harvest. Pure; the ranges come from the register. Source: domain brief §2.2, §4.1, §7.1 C7–C8."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from trace.core.text import Message
from trace.core.units import format_int

LATE_DAYS_NEED_REASON = 7

WINDOWS = {"fruit": ((6, 10), (10, 15)), "leaf": ((4, 1), (10, 31)), "flower": ((3, 15), (5, 31))}
"""Harvest windows of the default taxon (month, day); outside them a harvest is accepted and marked."""


@dataclass(frozen=True)
class YieldJudgement:
    """What a season's weight per 亩 means: fine, to be explained, or impossible."""

    refused: Message | None = None
    needs_reason: Message | None = None


def judge_yield(season_g: int, area_m2: int, high_kg: int | None, hard_kg: int | None) -> YieldJudgement:
    """Season total of one plot and part against kg per 亩: over the reference high needs a reason, over the hard limit is refused."""

    def over(limit_kg: int | None) -> bool:
        """In whole numbers: season_g ÷ 1000 ÷ (area_m2 × 15 ÷ 10 000) > limit."""
        return limit_kg is not None and season_g * 10 > limit_kg * area_m2 * 15

    if not over(hard_kg) and not over(high_kg):
        return YieldJudgement()
    shown = format_int(round(Fraction(season_g * 10, area_m2 * 15)))
    if over(hard_kg):
        return YieldJudgement(
            refused=Message(
                "亩产 %(kg)s 公斤高于上限 %(hard)s 公斤，不能登记，请核对重量和地块。",
                {"kg": shown, "hard": format_int(hard_kg)},
            )
        )
    return YieldJudgement(
        needs_reason=Message(
            "亩产 %(kg)s 公斤高于参考上限 %(high)s 公斤，请确认并填写原因。",
            {"kg": shown, "high": format_int(high_kg)},
        )
    )


def young_tree_warning(
    planted_on: date | None, harvested_on: date, bearing_low: int, bearing_high: int
) -> Message | None:
    """Fruit from trees younger than the bearing age is kept but asked about."""
    if planted_on is None or harvested_on.year - planted_on.year >= bearing_low:
        return None
    return Message(
        "该地块 %(year)s 年栽植，树龄 %(age)s 年，通常 %(low)s–%(high)s 年挂果，请确认地块是否选错。",
        {"year": planted_on.year, "age": harvested_on.year - planted_on.year, "low": bearing_low, "high": bearing_high},
    )


def in_window(part: str, day: date) -> bool:
    """Is the day inside the usual harvest window of this part?"""
    first, last = WINDOWS[part]
    return first <= (day.month, day.day) <= last
