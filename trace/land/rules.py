"""States and thresholds of plots. Pure. Sources: domain brief §1.1, §6.2 (GB/T 15776 family)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from trace.core.text import N_

PLOT_STATES = {
    "planned": N_("规划"),
    "prepared": N_("整地"),
    "planted": N_("已栽待查"),
    "survived": N_("成活"),
    "established": N_("保存"),
    "bearing": N_("挂果"),
    "replant_needed": N_("需补植"),
    "failed": N_("造林失败"),
    "converted": N_("改种"),
    "lost": N_("灭失"),
}

STOCK_STATES = ("survived", "established", "bearing")
"""States whose area counts as planting stock (indicator 1)."""

LAND_CLASSES = {
    "forest": N_("林地"),
    "suitable_waste": N_("宜林荒山荒地"),
    "cropland": N_("耕地"),
    "basic_farmland": N_("永久基本农田"),
    "other": N_("其他"),
}

MANAGEMENT_MODES = {
    "conventional": N_("常规"),
    "green_food": N_("绿色食品"),
    "organic_conversion": N_("有机转换"),
    "organic": N_("有机"),
}

SURVIVAL_QUALIFIED = Fraction(85, 100)
SURVIVAL_FAILED = Fraction(40, 100)
PRESERVATION_QUALIFIED = Fraction(80, 100)
VERIFICATION_MONTHS = 24
"""A verification older than this no longer supports a stock figure (indicator card 1)."""


def state_after_visit(kind: str, sampled: int, alive: int) -> str:
    """The state a survival visit leads to: ≥85 % survived, ≤40 % failed, between needs replanting; at three years ≥80 % established."""
    rate = Fraction(alive, sampled)
    if kind == "year3":
        return "established" if rate >= PRESERVATION_QUALIFIED else "replant_needed"
    if rate >= SURVIVAL_QUALIFIED:
        return "survived"
    return "failed" if rate <= SURVIVAL_FAILED else "replant_needed"


def tree_age(planted_on: date, on: date) -> int:
    """Whole calendar years since planting, as growers count them."""
    return on.year - planted_on.year
