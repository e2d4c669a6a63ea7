"""Which GS1 numbers may be registered. Pure.

A company prefix is granted by 中国物品编码中心 (690–699) and entered with its certificate; nothing here ever makes one up. ``952`` is the
demonstration range of GS1 and accepted in a demo installation only.
"""

from __future__ import annotations

import re
from datetime import date

from trace.core.errors import FieldError, Invalid
from trace.core.identifiers import check_gtin
from trace.core.text import Message

CHINA = re.compile(r"69[0-9]{5,8}")
DEMO = re.compile(r"952[0-9]{4,7}")
NO_PREFIX = "该主体未登记厂商识别代码，请使用平台编码或先向中国物品编码中心申请。"
DEMO_PREFIX = "9521234"


def check_prefix(text: str, *, demo: bool) -> str:
    """A company prefix of seven to ten digits."""
    prefix = "".join(text.split())
    if not (CHINA.fullmatch(prefix) or (demo and DEMO.fullmatch(prefix))):
        raise Invalid(
            "厂商识别代码应为 690 至 699 开头的 7 至 10 位数字，按证书填写。", field="prefix", code="PREFIX_FORMAT"
        )
    return prefix


def check_period(valid_from: date, valid_to: date) -> None:
    """A certificate ends after it begins."""
    if valid_to < valid_from:
        raise Invalid(errors=[FieldError("valid_to", "PERIOD", Message("有效期止不能早于有效期起。"))])


def check_article(text: str, prefixes: dict[str, int]) -> tuple[str, int]:
    """A GTIN as fourteen digits and the id of the prefix in force it stands under; refused when the party holds none that fits.

    The first of the fourteen is the packaging level, so the prefix begins at the second.
    """
    if not prefixes:
        raise Invalid(NO_PREFIX, field="gtin", code="PREFIX_MISSING")
    gtin = check_gtin(text).zfill(14)
    for prefix, number in sorted(prefixes.items(), key=lambda item: -len(item[0])):
        if gtin[1:].startswith(prefix):
            return gtin, number
    raise Invalid("商品条码不在本单位的厂商识别代码之内，请核对。", field="gtin", code="PREFIX_FOREIGN")
