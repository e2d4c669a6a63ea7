"""Units as people type and read them: 斤 and 公斤, 亩 and 公顷, 元 and 万元. Integers inside, exact arithmetic.

Sources: 1 亩 = 10 000/15 m² exactly, 1 斤 = 500 g (domain brief §1.1); rounding half up, “—” for nothing (§2.12).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from trace.core.errors import Invalid
from trace.core.money import round_half_up
from trace.core.text import N_

THIN = "\u2009"
DASH = "—"
MAX_TYPED = 40
MAX_KEPT = 20
"""A longer number is kept without its idle noughts: the column holds no more, and no exact weight needs more."""
M2_PER_MU = Fraction(10_000, 15)

# Only the full-width forms are folded: NFKC would also turn “5²” into 52 and “½” into nonsense.
_FOLD = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: " ", ord("。"): ".", 0x2212: "-"}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_TYPED = re.compile(r"([+-]?[0-9.][0-9.,\s]*?)\s*([mM]2|[^0-9.,\s+-]+)?")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_SURE_GROUPS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|(?:,[0-9]{3})+\.[0-9]+|(?:\s[0-9]{3})+(?:\.[0-9]+)?)"
)
_ONE_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_NOUGHT = re.compile(r"(?:(?:0+\.?0*|\.0+)\s*(?:公斤|千克|kg|斤|市斤|克|g)?)?")
_COMMA_POINT = re.compile(r"[+-]?[0-9]+,[0-9]+")


@dataclass(frozen=True)
class _Kind:
    """What may be typed for one kind of quantity: units with their factors, a ceiling, and the messages."""

    units: Mapping[str, Fraction | int]
    default_unit: str
    most: int
    missing: str
    not_a_number: str
    unknown_unit: str
    not_positive: str
    too_precise: str
    too_large: str
    comma_groups: bool = False


_WEIGHT = _Kind(
    units={
        "公斤": 1000,
        "千克": 1000,
        "kg": 1000,
        "㎏": 1000,
        "斤": 500,
        "市斤": 500,
        "克": 1,
        "g": 1,
        "吨": 1_000_000,
        "t": 1_000_000,
    },
    default_unit="公斤",
    most=10**11,
    missing=N_("请填写重量。"),
    not_a_number=N_("重量只能填数字。"),
    unknown_unit=N_("重量单位“%(unit)s”不认识，请用公斤或斤。"),
    not_positive=N_("重量必须大于 0。"),
    too_precise=N_("重量最多精确到 1 克。"),
    too_large=N_("重量过大，请核对数字和单位。"),
)
_VOLUME = _Kind(
    units={"升": 1000, "l": 1000, "毫升": 1, "ml": 1},
    default_unit="升",
    most=10**11,
    missing=N_("请填写数量。"),
    not_a_number=N_("数量只能填数字。"),
    unknown_unit=N_("数量单位“%(unit)s”不认识，请用升或毫升。"),
    not_positive=N_("数量必须大于 0。"),
    too_precise=N_("数量最多精确到 1 毫升。"),
    too_large=N_("数量过大，请核对数字和单位。"),
)
_PIECES = _Kind(
    units=dict.fromkeys(("件", "株", "袋", "瓶", "盒", "箱", "个"), 1),
    default_unit="件",
    most=10**11,
    missing=N_("请填写数量。"),
    not_a_number=N_("数量只能填数字。"),
    unknown_unit=N_("数量单位“%(unit)s”不认识，请只填数字。"),
    not_positive=N_("数量必须大于 0。"),
    too_precise=N_("数量填得过细，请填整数。"),
    too_large=N_("数量过大，请核对数字和单位。"),
)
_AREA = _Kind(
    units={"亩": M2_PER_MU, "公顷": 10_000, "平方米": 1, "㎡": 1, "m²": 1, "m2": 1},
    default_unit="亩",
    most=10**9,
    missing=N_("请填写面积。"),
    not_a_number=N_("面积只能填数字。"),
    unknown_unit=N_("面积单位“%(unit)s”不认识，请用亩、公顷或平方米。"),
    not_positive=N_("面积必须大于 0。"),
    too_precise="",
    too_large=N_("面积过大，请核对数字和单位。"),
)
_MONEY = _Kind(
    units={"元": 100, "万元": 10**6, "万": 10**6, "亿元": 10**10, "亿": 10**10},
    default_unit="元",
    most=10**14,
    missing=N_("请填写金额。"),
    not_a_number=N_("金额只能填数字。"),
    unknown_unit=N_("金额单位“%(unit)s”不认识，请用元或万元。"),
    not_positive=N_("金额必须大于 0。"),
    too_precise=N_("金额最多精确到分。"),
    too_large=N_("金额过大，请核对数字和单位。"),
    comma_groups=True,
)
_AMOUNT = _Kind(
    units={"": 1000},
    default_unit="",
    most=10**9,
    missing=N_("请填写用量。"),
    not_a_number=N_("用量只能填数字。"),
    unknown_unit=N_("用量请只填数字，单位在旁边选。"),
    not_positive=N_("用量必须大于 0。"),
    too_precise=N_("用量最多填三位小数。"),
    too_large=N_("用量过大，请核对数字和单位。"),
)
_LOT_KINDS = {"g": _WEIGHT, "ml": _VOLUME, "pcs": _PIECES}
PLANTS = "plants"  # how the pieces of a seedling lot are called when shown; stored as pcs


@dataclass(frozen=True)
class Weight:
    """A weight in grams together with what was typed."""

    grams: int
    typed_quantity: str
    typed_unit: str


def normalise_digits(text: str) -> str:
    """Full-width digits, letters and points become plain ones; invisible characters and outer blanks go."""
    return _INVISIBLE.sub("", str(text).translate(_FOLD)).strip()


def parse_weight(text: str, default_unit: str = "公斤", field: str = "quantity") -> Weight:
    """A typed weight: “420.5”, “４２０．５”, “420.5斤”. Kept as typed and in grams, or refused with the reason."""
    return Weight(*_whole(text, _WEIGHT, default_unit, field))


def parse_weight_or_none(text: str, default_unit: str = "公斤", field: str = "quantity") -> Weight | None:
    """A typed weight that may be missing or nought (a tare, a damage): None then; all else as :func:`parse_weight`."""
    if _NOUGHT.fullmatch(normalise_digits(text)):
        return None
    return parse_weight(text, default_unit, field)


def parse_quantity(text: str, unit: str, field: str = "quantity") -> tuple[int, tuple[str, str]]:
    """A typed quantity of a lot's base unit (``g`` typed in 公斤, ``ml`` in 升, ``pcs`` in 件), with what was typed."""
    kind = _LOT_KINDS[unit]
    value, number, typed_unit = _whole(text, kind, kind.default_unit, field)
    return value, (number, typed_unit)


def parse_amount(text: str, field: str = "amount") -> tuple[int, str]:
    """A typed plain number, its unit chosen beside it: thousandths, and the number as typed."""
    value, number, _ = _whole(text, _AMOUNT, _AMOUNT.default_unit, field)
    return value, number


def parse_area_mu(text: str, field: str = "area") -> int:
    """A typed area in 亩 (or with its unit: 公顷, 平方米) as whole square metres."""
    exact, _, _ = _exact(text, _AREA, _AREA.default_unit, field)
    m2 = int(round_half_up(exact))
    if m2 == 0:
        raise Invalid(_AREA.not_positive, field=field, code="NOT_POSITIVE")
    return m2


def parse_yuan(text: str, field: str = "amount") -> int:
    """A typed amount in 元 (万元 and 亿元 named) as fen; fractions of a fen are refused."""
    return _whole(normalise_digits(text).lstrip("¥￥").lstrip(), _MONEY, _MONEY.default_unit, field)[0]


def mu_from_m2(m2: int | Fraction, places: int = 2) -> Decimal:
    """Square metres as 亩, rounded half up."""
    return round_half_up(Fraction(m2) / M2_PER_MU, places)


def m2_from_mu(mu: Decimal | int) -> int:
    """亩 as whole square metres, rounded half up."""
    return int(round_half_up(Fraction(mu) * M2_PER_MU))


def format_mu(m2: int | Fraction | None, places: int = 2) -> str:
    """``12.34`` 亩 of an area in m²."""
    return DASH if m2 is None else _grouped(mu_from_m2(m2, places), places)


def format_kg(g: int | None) -> str:
    """``1 234.50`` 公斤; a third decimal only when there is one."""
    return DASH if g is None else _grouped(Decimal(g) / 1000, 3 if g % 10 else 2)


def quantity_parts(quantity: int, unit: str) -> tuple[str, str]:
    """A quantity as figure and unit word (公斤, 升, 件 or 株), for doors that translate the word."""
    if unit == PLANTS:
        return format_int(quantity), "株"
    return format_int(quantity) if unit == "pcs" else format_kg(quantity), _LOT_KINDS[unit].default_unit


def format_quantity(quantity: int | None, unit: str) -> str:
    """A quantity with its unit word: 公斤, 升, 件, or 株 for seedlings."""
    return DASH if quantity is None else " ".join(quantity_parts(quantity, unit))


def format_yuan(fen: int | None) -> str:
    """``1 234.50`` 元."""
    return DASH if fen is None else _grouped(Decimal(fen) / 100, 2)


def format_wan_yuan(fen: int | None) -> str:
    """Yuan in 万元 with two decimals, up to four where two would hide something."""
    if fen is None:
        return DASH
    amount = round_half_up(Fraction(fen, 10**6), 4)
    places = next(p for p in (2, 3, 4) if amount == round(amount, p))
    return _grouped(amount, places)


def format_yi_yuan(fen: int | None) -> str:
    """Yuan in 亿元 with four decimals."""
    return DASH if fen is None else _grouped(round_half_up(Fraction(fen, 10**10), 4), 4)


def format_int(value: int | None) -> str:
    """``12 345``."""
    return DASH if value is None else _grouped(Decimal(value), 0)


def format_pct(share: Fraction | float | None, places: int = 2) -> str:
    """``12.34%``; “—” when there is nothing to divide by."""
    return DASH if share is None else f"{round_half_up(Fraction(share) * 100, places):.{places}f}%"


def _whole(text: str, kind: _Kind, default_unit: str, field: str) -> tuple[int, str, str]:
    value, per, number, unit = _ratio(text, kind, default_unit, field)
    whole, rest = divmod(value, per)
    if rest:
        raise Invalid(kind.too_precise, field=field, code="TOO_PRECISE")
    return whole, number, unit


def _exact(text: str, kind: _Kind, default_unit: str, field: str) -> tuple[Fraction, str, str]:
    """The value in base units, the number and the unit as typed."""
    value, per, number, unit = _ratio(text, kind, default_unit, field)
    return Fraction(value, per), number, unit


def _ratio(text: str, kind: _Kind, default_unit: str, field: str) -> tuple[int, int, str, str]:
    """The value in base units as ``a / b`` (weights are read by the thousand, and a fraction costs more than all the rest), number and unit as typed."""
    plain = normalise_digits(text)
    if not plain:
        raise Invalid(kind.missing, field=field, code="MISSING")
    typed = _TYPED.fullmatch(plain) if len(plain) <= MAX_TYPED else None
    if typed is None:
        raise Invalid(kind.not_a_number, field=field, code="NOT_A_NUMBER")
    number, unit = _number(typed[1], kind, field), typed[2] or default_unit
    factor = kind.units.get(unit.lower())
    if factor is None:
        raise Invalid(kind.unknown_unit, field=field, code="UNIT_UNKNOWN", unit=unit)
    whole, _, decimals = number.partition(".")
    value, per = int(whole + decimals) * factor.numerator, 10 ** len(decimals) * factor.denominator
    if value <= 0:
        raise Invalid(kind.not_positive, field=field, code="NOT_POSITIVE")
    if value > kind.most * per:
        raise Invalid(kind.too_large, field=field, code="TOO_LARGE")
    return value, per, number, unit


def _number(typed: str, kind: _Kind, field: str) -> str:
    """The number without its grouping; a comma that may be a decimal point is asked about, never guessed."""
    if _SURE_GROUPS.fullmatch(typed) or (kind.comma_groups and _ONE_GROUP.fullmatch(typed)):
        typed = re.sub(r"[,\s]", "", typed)
    elif _ONE_GROUP.fullmatch(typed):
        raise Invalid(
            "看不出逗号是千位还是小数点，请写成 %(whole)s 或 %(point)s。",
            field=field,
            code="COMMA",
            whole=typed.replace(",", ""),
            point=typed.replace(",", "."),
        )
    elif _COMMA_POINT.fullmatch(typed):
        raise Invalid("请用小数点：%(number)s？", field=field, code="COMMA", number=typed.replace(",", "."))
    if not _PLAIN.fullmatch(typed):
        raise Invalid(kind.not_a_number, field=field, code="NOT_A_NUMBER")
    whole, _, decimals = typed.lstrip("+").partition(".")
    if len(typed) > MAX_KEPT:
        whole, decimals = whole.lstrip("0"), decimals.rstrip("0")
    return f"{whole or '0'}.{decimals}" if decimals else whole or "0"


def _grouped(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,.{places}f}".replace(",", THIN)
