"""The parameters of each kind of reckoning: what the form asks, how it is read, how it is said. Every figure is data of a notice, none is code. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from trace.core.errors import FieldError, Invalid
from trace.core.text import N_, Message
from trace.core.units import format_mu, format_wan_yuan, format_yuan, normalise_digits, parse_area_mu, parse_yuan
from trace.programmes.rules import AREA_KINDS

MOST_TIERS = 5
TIER_MODES = {"whole": N_("整体套档：达到哪一档，全部按该档"), "slice": N_("分段累进：每一段按本段的标准")}
SALES_MODES = {**TIER_MODES, "fixed": N_("按档定额：达到哪一档，奖该档金额")}
BASES = {"360": N_("360 天（银行通行）"), "365": N_("365 天")}


def read_pct(text: str, field: str) -> str:
    """A percentage as typed, kept as exact decimal text: “3”, “4.35”, “30%”."""
    typed = normalise_digits(text).removesuffix("%").strip()
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,4})?", typed) or not 0 < Fraction(typed) <= 100:
        raise Invalid("请填 0 到 100 之间的百分数，最多四位小数。", field=field, code="PCT_RANGE")
    return typed


def read_count(text: str, field: str) -> int:
    """A whole number, nought included."""
    typed = normalise_digits(text).strip()
    if not re.fullmatch(r"\d{1,7}", typed):
        raise Invalid("请填整数。", field=field, code="NOT_A_COUNT")
    return int(typed)


def read_points(text: str, field: str) -> int:
    """Basis points above (plus) or below (minus) a reference rate."""
    typed = normalise_digits(text).replace("＋", "+").strip()
    if not re.fullmatch(r"[+-]?\d{1,4}", typed):
        raise Invalid("请填基点数，如 50 或 -20。", field=field, code="NOT_A_COUNT")
    return int(typed)


def read_text(text: str, field: str) -> str:
    """A few words."""
    return text.strip()[:200]


Read = Callable[[str, str], Any]


@dataclass(frozen=True)
class Param:
    """One parameter: the field of the form, the key it is kept under, and how it is asked for."""

    name: str
    key: str
    label: str
    read: Read
    unit: str = ""
    required: bool = True
    hint: str = ""
    options: Mapping[str, str] | None = None
    default: str = ""


def _yuan(text: str, field: str) -> int:
    return parse_yuan(text, field)


_CAP = Param("cap", "cap_fen", N_("单项封顶"), _yuan, N_("元"), required=False, hint=N_("不填则不封顶"))
SIMPLE: dict[str, tuple[Param, ...]] = {
    "per_area": (),
    "per_area_instalments": (),
    "per_unit": (
        Param("unit", "unit", N_("计量单位"), read_text, default="株", hint=N_("株、吨、台等")),
        Param("rate", "rate_fen", N_("单价标准"), _yuan, N_("元")),
        Param("min_units", "min_units", N_("最低数量"), read_count, required=False),
    ),
    "fixed_award": (Param("award", "award_fen", N_("定额"), _yuan, N_("元")),),
    "pct_capped": (
        Param("pct", "pct", N_("补助比例"), read_pct, "%"),
        _CAP,
        Param("min_total", "min_total_fen", N_("最低合规投资"), _yuan, N_("元"), required=False),
    ),
    "interest_discount": (
        Param("rate_pct", "rate_pct", N_("贴息年利率"), read_pct, "%"),
        Param("base", "base", N_("计息天数"), lambda text, field: int(text), options=BASES, default="360"),
        Param("share_pct", "share_pct", N_("最多贴实付利息的"), read_pct, "%", default="100"),
        Param("lpr_plus_bp", "lpr_plus_bp", N_("利率上限：放款日一年期 LPR 加"), read_points, N_("基点"), required=False, hint=N_("不填则不设上限；减点写负数")),
        Param("max_months", "max_months", N_("自放款起最长贴息"), read_count, N_("个月"), required=False),
        Param("scope", "scope", N_("贷款用途范围"), read_text, required=False, hint=N_("范围以外的贷款不贴息")),
    ),
    "fee_discount": (Param("pct", "pct", N_("补贴比例"), read_pct, "%"), _CAP),
    "sales_award": (),
}  # fmt: skip
"""The parameters that are single figures; tiers and instalments are lists."""


def read_params(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a kind out of typed values; raises one :class:`Invalid` with every mistake."""
    errors: list[FieldError] = []
    found: dict[str, Any] = {}

    def attempt(key: str, read: Callable[[], Any]) -> None:
        try:
            found[key] = read()
        except Invalid as error:
            errors.extend(error.errors)

    for param in SIMPLE[kind]:
        attempt(param.key, lambda param=param: _single(param, values))  # type: ignore[misc]
    if kind in AREA_KINDS or kind == "sales_award":
        modes = SALES_MODES if kind == "sales_award" else TIER_MODES
        attempt("tier_mode", lambda: _mode(values, modes))
        attempt("tiers", lambda: _tiers(kind, values))
    if kind == "per_area_instalments":
        attempt("instalments", lambda: _instalments(values))
    if errors:
        raise Invalid(errors=errors)
    return {key: value for key, value in found.items() if value is not None}


def typed_params(kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The other way round: kept parameters as the form shows them."""
    shown: dict[str, Any] = {}
    for param in SIMPLE[kind]:
        value = params.get(param.key)
        if value is not None:
            shown[param.name] = plain_yuan(value) if param.read is _yuan else str(value)
    if "tiers" in params:
        shown["tier_mode"] = params["tier_mode"]
        shown["tier_over"] = [_bound_text(kind, over) for over, _ in params["tiers"]]
        pct = kind == "sales_award" and params["tier_mode"] != "fixed"
        shown["tier_rate"] = [str(rate) if pct else plain_yuan(rate) for _, rate in params["tiers"]]
    if "instalments" in params:
        for place, name in enumerate(("share", "after", "survival")):
            shown[name] = [str(row[place]) for row in params["instalments"]]
    return shown


def plain_yuan(fen: int) -> str:
    """Fen as a clerk types yuan: 600, 12.5, no grouping."""
    return f"{fen / 100:.2f}".removesuffix(".00") if fen < 10**15 else str(fen // 100)


def standard(kind: str, params: Mapping[str, Any]) -> list[Message]:
    """The standard of a notice in words, a sentence for each tier or figure."""
    if kind in AREA_KINDS:
        found = [_area_words(over, rate, len(params["tiers"])) for over, rate in params["tiers"]]
        return [*found, *_instalment_words(params)]
    if kind == "sales_award":
        return [_sales_words(over, rate, params["tier_mode"]) for over, rate in params["tiers"]]
    return _SAID[kind](params)


def _cap_words(params: Mapping[str, Any]) -> list[Message]:
    return [Message("最高 %(yuan)s 元", {"yuan": format_yuan(params["cap_fen"])})] if params.get("cap_fen") else []


_SAID: dict[str, Callable[[Mapping[str, Any]], list[Message]]] = {
    "per_unit": lambda p: [Message("每%(unit)s %(yuan)s 元", {"unit": p["unit"], "yuan": format_yuan(p["rate_fen"])})],
    "fixed_award": lambda p: [Message("每项 %(yuan)s 元", {"yuan": format_yuan(p["award_fen"])})],
    "pct_capped": lambda p: [Message("合规投资的 %(pct)s%%", {"pct": p["pct"]}), *_cap_words(p)],
    "interest_discount": lambda p: [Message("年利率 %(pct)s%%，按 %(base)s 天计", {"pct": p["rate_pct"], "base": str(p["base"])})],
    "fee_discount": lambda p: [Message("实缴费用的 %(pct)s%%", {"pct": p["pct"]}), *_cap_words(p)],
}  # fmt: skip


def _area_words(over: int, rate: int, tiers: int) -> Message:
    if tiers == 1 and not over:
        return Message("每亩 %(yuan)s 元", {"yuan": format_yuan(rate)})
    return Message("%(mu)s 亩起每亩 %(yuan)s 元", {"mu": format_mu(over), "yuan": format_yuan(rate)})


def _instalment_words(params: Mapping[str, Any]) -> list[Message]:
    return [
        Message("第 %(n)s 期 %(pct)s%%", {"n": str(n), "pct": str(row[0])})
        for n, row in enumerate(params.get("instalments", []), 1)
    ]


def _sales_words(over: int, rate: Any, mode: str) -> Message:
    wan = format_wan_yuan(over) if over else "0"
    if mode == "fixed":
        return Message("销售额 %(wan)s 万元起奖 %(yuan)s 元", {"wan": wan, "yuan": format_yuan(rate)})
    return Message("销售额 %(wan)s 万元起按 %(pct)s%%", {"wan": wan, "pct": str(rate)})


def _single(param: Param, values: Mapping[str, Any]) -> Any:
    text = str(values.get(param.name) or "").strip() or param.default
    if not text:
        if param.required:
            raise Invalid("请填写%(label)s。", field=param.name, code="MISSING", label=param.label)
        return None
    if param.options is not None and text not in param.options:
        raise Invalid("请从列表中选择。", field=param.name, code="CHOICE")
    return param.read(text, param.name)


def _mode(values: Mapping[str, Any], modes: Mapping[str, str]) -> str:
    mode = str(values.get("tier_mode") or "whole")
    if mode not in modes:
        raise Invalid("请从列表中选择。", field="tier_mode", code="CHOICE")
    return mode


def _tiers(kind: str, values: Mapping[str, Any]) -> list[list[Any]]:
    """Rows “from … up, so much”; a single ``rate`` stands for one tier from nought."""
    pairs = _rows(values, "tier_over", "tier_rate")
    if not pairs and values.get("rate"):
        pairs = [("0", str(values["rate"]))]
    if not pairs:
        raise Invalid("请填写奖补标准。", field="rate", code="MISSING")
    fixed = kind in AREA_KINDS or str(values.get("tier_mode")) == "fixed"
    found = [[_bound(kind, over), _yuan(rate, "rate") if fixed else read_pct(rate, "rate")] for over, rate in pairs]
    bounds = [row[0] for row in found]
    if bounds != sorted(set(bounds)):
        raise Invalid("各档起点要从小到大、互不相同。", field="rate", code="TIER_ORDER")
    return found


def _bound(kind: str, text: str) -> int:
    """Where a tier begins, in m² or fen; nought or nothing is the very beginning."""
    typed = normalise_digits(text).strip()
    if not typed or not typed.strip("0."):
        return 0
    if kind == "sales_award":
        return parse_yuan(f"{typed}万元" if typed[-1].isdigit() else typed, "rate")
    return parse_area_mu(typed, "rate")


def _bound_text(kind: str, over: int) -> str:
    if not over:
        return "0"
    if kind == "sales_award":
        return format_wan_yuan(over).replace("\u2009", "")
    return format_mu(over).replace("\u2009", "")


def _instalments(values: Mapping[str, Any]) -> list[list[Any]]:
    """Rows share %, months after acceptance, survival % wanted; shares add up to 100."""
    rows = _rows(values, "share", "after", "survival")
    if len(rows) < 2:
        raise Invalid("请至少填写两期。", field="share", code="MISSING")
    found: list[list[Any]] = [
        [read_pct(share, "share"), read_count(after or "0", "share"), read_pct(survival, "share") if survival else ""]
        for share, after, survival in rows
    ]
    if sum(Fraction(row[0]) for row in found) != 100:
        raise Invalid("各期比例合计应为 100。", field="share", code="SHARES")
    if [row[1] for row in found] != sorted(row[1] for row in found):
        raise Invalid("后一期的时间不能早于前一期。", field="share", code="TIER_ORDER")
    return found


def _rows(values: Mapping[str, Any], *names: str) -> list[tuple[str, ...]]:
    """The filled rows of a small table; a row counts when its last but decisive cells hold something."""
    columns = [_as_list(values.get(name)) for name in names]
    longest = max((len(column) for column in columns), default=0)
    rows = [tuple(column[n] if n < len(column) else "" for column in columns) for n in range(longest)]
    decisive = 1 if names[0] == "tier_over" else 0
    return [row for row in rows if row[decisive]]


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    items: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    return [str(item).strip() for item in items]
