"""What a residue test means for its lot (domain brief §2.4 “Tests”). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from trace.core.errors import Invalid
from trace.core.text import N_
from trace.core.units import normalise_digits
from trace.pesticides.limits import NG_PER_MG, LimitAnswer, Outcome, outcome

METHODS = {"rapid": N_("快速检测"), "quant": N_("定量检测")}
CONCLUSIONS = {
    "pass": N_("合格"),
    "reference": N_("无限量，仅供参考"),
    "fail": N_("不合格"),
    "to_confirm": N_("快检阳性，待定量确证"),
}
BAD = ("fail", "to_confirm")
"""Conclusions that hold the lot."""
NOT_FOUND_WORDS = ("未检出", "ND", "")
EARLY = N_("采样日期早于采收日期。")
MOST_MG = 100_000
RULE_NAME = "检测结果判定"


@dataclass(frozen=True)
class Item:
    """One active looked for: what was found in nanograms a kilogram, from which amount on it can be seen, and what is allowed."""

    active: str
    result_ng: int
    lod_ng: int
    limit: LimitAnswer
    is_banned: bool = False

    @property
    def verdict(self) -> Outcome:
        """未检出 below the detection limit; a banned active that was found is over, whatever the limit."""
        found = outcome(self.limit, self.result_ng, self.lod_ng)
        return Outcome.OVER if self.is_banned and self.is_found else found

    @property
    def is_found(self) -> bool:
        """Was anything there at all?"""
        return self.result_ng > 0 and self.result_ng >= self.lod_ng


def conclusion(method: str, items: Iterable[Item]) -> str:
    """Of the whole report. A rapid test only ever suspects: what it finds over a limit, or without one, a quantitative test must confirm."""
    rows = list(items)
    if method == "rapid" and any(i.verdict in (Outcome.OVER, Outcome.NO_LIMIT) and i.is_found for i in rows):
        return "to_confirm"
    if any(item.verdict is Outcome.OVER for item in rows):
        return "fail"
    return "reference" if any(item.verdict is Outcome.NO_LIMIT for item in rows) else "pass"


def parse_mg(text: str, field: str) -> int:
    """“0.05” mg/kg as nanograms a kilogram; “未检出” as nothing. Refuses what is no number, negative, or finer than a millionth."""
    plain = normalise_digits(str(text)).strip()
    if plain.upper() in NOT_FOUND_WORDS:
        return 0
    try:
        value = Decimal(plain)
        exact = value * NG_PER_MG
        if not value.is_finite() or not 0 <= value <= MOST_MG or exact != exact.to_integral_value():
            raise InvalidOperation
    except InvalidOperation as error:
        raise Invalid("检测结果请填数字（mg/kg）或“未检出”。", field=field, code="RESULT_FORMAT") from error
    return int(exact)
