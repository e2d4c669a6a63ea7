"""The GTIN a label carries: one the holder has registered, never an invented one (domain brief §3.1)."""

from __future__ import annotations

from trace.core.clock import business_date
from trace.core.errors import RuleBroken
from trace.gs1 import queries as gs1
from trace.gs1.rules import NO_PREFIX
from trace.lots.models import Lot


def may_use_gtin(party_id: int | None) -> bool:
    """Does the party hold a company prefix in force today?"""
    return bool(gs1.prefixes_in_force(party_id or 0, business_date()))


def gtin_for(lot: Lot) -> str:
    """The GTIN for packs of a lot; refused when the party holds no prefix in force, or has registered none for such packs."""
    held = gs1.prefixes_in_force(lot.holder_id, business_date())
    if not held:
        raise RuleBroken(NO_PREFIX, code="NO_COMPANY_PREFIX", field="coding")
    article = gs1.article_of(lot)
    if article is None or article.prefix_id not in held.values():
        raise RuleBroken(
            "还没有登记 %(product)s（每件 %(net)s 克）的商品条码，请先登记，或使用平台编码。", code="NO_TRADE_ITEM", field="coding",
            product=lot.product.name, net=lot.piece_g,
        )  # fmt: skip
    return article.gtin
