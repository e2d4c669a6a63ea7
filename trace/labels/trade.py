"""Company prefixes and GTINs of parties: registered from a certificate, never invented (domain brief §3.1)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from peewee import IntegrityError

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.identifiers import check_gtin, squeeze
from trace.db import db
from trace.labels.models import CompanyPrefix, TradeItem
from trace.lots.models import Lot
from trace.registry import queries as register
from trace.registry.models import Product

CHINA = re.compile(r"69[0-9]{5,8}")
DEMONSTRATION = re.compile(r"952[0-9]{4,6}")
"""GS1's range for demonstrations; only in a demo installation."""


def prefixes_of(party_id: int | None) -> list[CompanyPrefix]:
    """Prefixes of a party, newest first."""
    return list(CompanyPrefix.select().where(CompanyPrefix.party == (party_id or 0)).order_by(CompanyPrefix.id.desc()))


def items_of(party_id: int | None) -> Any:
    """Trade items of a party with their product."""
    return (
        TradeItem.select(TradeItem, CompanyPrefix, Product)
        .join(CompanyPrefix)
        .switch(TradeItem)
        .join(Product)
        .where(CompanyPrefix.party == (party_id or 0))
        .order_by(TradeItem.gtin)
    )


def item_for(lot: Lot) -> TradeItem | None:
    """The holder's trade item for packs like these, its prefix in force today."""
    same = (TradeItem.product == lot.product_id, TradeItem.piece_g == lot.piece_g)
    volume = TradeItem.piece_ml.is_null() if lot.piece_ml is None else TradeItem.piece_ml == lot.piece_ml
    found = items_of(lot.holder_id).where(*same, volume)
    return next((item for item in found if _in_force(item.prefix, business_date())), None)


def gtin_for(lot: Lot) -> str:
    """The GTIN for packs of a lot; refused when the party holds no prefix, for numbers are never made up."""
    if not any(_in_force(prefix, business_date()) for prefix in prefixes_of(lot.holder_id)):
        raise RuleBroken(
            "该主体未登记厂商识别代码，请使用平台编码或先向中国物品编码中心申请。",
            code="NO_COMPANY_PREFIX",
            field="coding",
        )
    item = item_for(lot)
    if item is None:
        raise RuleBroken(
            "还没有登记 %(product)s（每件 %(net)s 克）的商品条码，请先登记，或使用平台编码。", code="NO_TRADE_ITEM", field="coding",
            product=lot.product.name, net=lot.piece_g,
        )  # fmt: skip
    return item.gtin


def register_prefix(actor: Actor, prefix: str, doc_no: str, valid_from: date, valid_to: date | None) -> CompanyPrefix:
    """Register the actor's own company prefix from its certificate."""
    with operation(actor, Permission.LABEL_RUN) as op:
        if actor.party_id is None:
            raise NotFound()
        digits = squeeze(prefix)
        demo = bool(register.site_setting("demo", False)) and DEMONSTRATION.fullmatch(digits)
        if not (CHINA.fullmatch(digits) or demo):
            raise Invalid(
                "厂商识别代码应为 690—699 开头的 7 至 10 位数字，请按证书填写。", field="prefix", code="PREFIX_FORMAT"
            )
        if valid_to is not None and valid_to < valid_from:
            raise Invalid("有效期止不能早于有效期起。", field="valid_to", code="DATES_REVERSED")
        for other in CompanyPrefix.select().where(CompanyPrefix.prefix.startswith(digits[:7])):
            if other.prefix.startswith(digits) or digits.startswith(other.prefix):
                raise RuleBroken(
                    "厂商识别代码 %(prefix)s 已登记，一个代码只属于一个主体。",
                    code="PREFIX_TAKEN",
                    field="prefix",
                    prefix=other.prefix,
                )
        found = CompanyPrefix.create(
            party=actor.party_id,
            prefix=digits,
            doc_no=doc_no.strip(),
            valid_from=valid_from,
            valid_to=valid_to,
            recorded_at=op.at,
        )
        op.record("label.prefix", digits, doc_no=found.doc_no)
        return found


def register_item(actor: Actor, gtin: str, product_code: str, piece_g: int, piece_ml: int | None = None) -> TradeItem:
    """Register a GTIN for packs of one product and content; it must lie in a prefix the party holds today."""
    with operation(actor, Permission.LABEL_RUN) as op:
        number = check_gtin(gtin).zfill(14)
        product = register.get_product(product_code)
        held = [p for p in prefixes_of(actor.party_id) if _in_force(p, business_date(op.at))]
        prefix = next((p for p in held if number[1:].startswith(p.prefix)), None)
        if prefix is None:
            raise RuleBroken(
                "该主体未登记厂商识别代码，请使用平台编码或先向中国物品编码中心申请。",
                code="NO_COMPANY_PREFIX",
                field="gtin",
            )
        if (product.unit == "ml") != (piece_ml is not None):
            raise Invalid("请按包装上的净含量填写：液体填毫升，其他填克。", field="net", code="NET_UNIT")
        try:
            with db.atomic():
                item = TradeItem.create(
                    gtin=number, prefix=prefix, product=product, piece_g=piece_g, piece_ml=piece_ml, recorded_at=op.at
                )
        except IntegrityError as error:
            raise RuleBroken(
                "商品条码 %(gtin)s 已登记，一个条码只能对应一种商品。", code="GTIN_TAKEN", field="gtin", gtin=number
            ) from error
        op.record("label.gtin", number, product=product.code, piece_g=piece_g)
        return item


def _in_force(prefix: CompanyPrefix, on: date) -> bool:
    return prefix.valid_from <= on and (prefix.valid_to is None or on <= prefix.valid_to)
