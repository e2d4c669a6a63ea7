"""States of codes, ranges of labels, marks. Pure."""

from __future__ import annotations

from trace.core.errors import Invalid
from trace.core.text import N_, Labelled

RUN_KINDS = {"unit": N_("一物一码"), "batch": N_("批次码"), "carton": N_("箱码")}
MAX_RUN = 1_000_000
MAX_UNITS = 10_000
"""Single labels voided or reprinted at once: each gets a row of its own; more than that is a whole run."""
MAX_PER_CARTON = 10_000


class UnitState(Labelled):
    """What is true of one code; whether it was scanned stands beside it."""

    MADE = "made", N_("已生成")
    PRINTED = "printed", N_("已打印")
    ACTIVATED = "activated", N_("已启用")
    VOIDED = "voided", N_("已作废")
    REPRINTED = "reprinted", N_("已补打，旧码作废")


TONES = {"made": "todo", "printed": "todo", "activated": "ok", "voided": "void", "reprinted": "void"}

MARKS = {
    "brand_user": N_("“清泉农夫”品牌授权"),
    "gi_user": N_("地理标志专用标志"),
    "organic": N_("有机产品"),
    "green_food": N_("绿色食品"),
}
"""Marks a label may carry, by the kind of title that allows it."""
HOME_MARKS = frozenset({"brand_user", "gi_user"})
"""Marks that say where the fruit grew: only when the whole origin is known and lies in the county (scenario F11)."""
COUNTY = "430422"


def check_range(first: int, last: int, count: int) -> None:
    """A range of labels of a run, counted from 1, must lie in the run."""
    if not 1 <= first <= last <= count:
        raise Invalid(
            "这批标签编号为第 1 至 %(count)s 枚，请填写其中的起止枚数。",
            code="RANGE_OUTSIDE",
            field="first",
            count=count,
        )


def carton_span(number: int, per_carton: int, units: int) -> tuple[int, int]:
    """First and last unit (counted from 1) of the n-th carton (counted from 0)."""
    return number * per_carton + 1, min((number + 1) * per_carton, units)
