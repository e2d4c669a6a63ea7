"""Money in fen: rounding, exact division of a budget, amounts in Chinese capitals.

Sources: domain brief §2.12, §5.7; 《正确填写票据和结算凭证的基本规定》.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def round_half_up(value: Fraction | Decimal | int, places: int = 0) -> Decimal:
    """An exact value to so many decimals; halves go away from zero, as accountants round."""
    scaled = abs(Fraction(value)) * 10**places
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def pro_rata(claims_fen: Sequence[int], budget_fen: int) -> list[int]:
    """Divide a budget among claims in proportion; the largest remainders get the last fen, so it is spent exactly.

    Claims that fit in the budget are met in full; equal remainders are served in the order of the claims.
    """
    if budget_fen < 0 or any(claim < 0 for claim in claims_fen):
        raise ValueError("claims and budget cannot be negative")
    total = sum(claims_fen)
    if total <= budget_fen:
        return list(claims_fen)
    shares = [divmod(claim * budget_fen, total) for claim in claims_fen]
    parts = [whole for whole, _ in shares]
    by_remainder = sorted(range(len(parts)), key=lambda n: -shares[n][1])
    for n in by_remainder[: budget_fen - sum(parts)]:
        parts[n] += 1
    return parts


def amount_in_words(fen: int) -> str:
    """人民币大写, as vouchers need it: 12 750.00 → 壹万贰仟柒佰伍拾元整."""
    if fen < 0:
        return "负" + amount_in_words(-fen)
    yuan, rest = divmod(fen, 100)
    jiao, cents = divmod(rest, 10)
    words = _integer(yuan) + "元" if yuan or not fen else ""
    if jiao:
        words += DIGITS[jiao] + "角"
    elif cents and yuan:
        words += DIGITS[0]
    return words + (DIGITS[cents] + "分" if cents else "整")


def _integer(value: int) -> str:
    for unit, word in UNITS:
        if value >= unit:
            high, low = divmod(value, unit)
            return _integer(high) + word + _below(low, unit)
    return DIGITS[value]


def _below(low: int, unit: int) -> str:
    """What follows a unit: one 零 where places are skipped, nothing where nothing is left."""
    if not low:
        return ""
    return (DIGITS[0] if low < unit // 10 else "") + _integer(low)
