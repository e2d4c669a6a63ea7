"""Registering GS1 numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound
from trace.gs1 import queries, rules
from trace.gs1.models import ArticleNumber, Gs1Prefix
from trace.lots import queries as lots
from trace.registry.queries import site_setting


def register_prefix(actor: Actor, *, prefix: str, certificate: str, valid_from: date, valid_to: date) -> Gs1Prefix:
    """Enter the company prefix of one's own party, as its certificate says."""
    with operation(actor, Permission.GTIN_REGISTER) as op:
        if actor.party_id is None:
            raise NotFound()
        number = rules.check_prefix(prefix, demo=bool(site_setting("demo", False)))
        rules.check_period(valid_from, valid_to)
        for other in Gs1Prefix.select().where(Gs1Prefix.prefix.startswith(number[:7])):
            if other.prefix.startswith(number) or number.startswith(other.prefix):
                raise Invalid(
                    "厂商识别代码 %(prefix)s 已经登记，一个代码只属于一个主体。", field="prefix", code="PREFIX_TAKEN", prefix=other.prefix,
                )  # fmt: skip
        row = Gs1Prefix.create(
            prefix=number, party=actor.party_id, certificate=certificate.strip(), valid_from=valid_from, valid_to=valid_to,
            recorded_at=op.at, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("gtin.prefix", number, certificate=row.certificate, valid_to=valid_to.isoformat())
        return row


def register_article(actor: Actor, *, gtin: str, lot: str) -> ArticleNumber:
    """Give the packs of a lot, and all alike, their GTIN. Stickers printed before keep resolving: their codes do not change."""
    with operation(actor, Permission.GTIN_REGISTER) as op:
        pack = lots.get_lot(actor, lot)
        actor.require_party(pack.holder_id)
        if pack.kind != "pack":
            raise Invalid("请选择一个包装批次。", field="lot", code="NOT_PACKED")
        held = queries.prefixes_in_force(pack.holder_id, business_date(op.at))
        number, prefix_id = rules.check_article(gtin, held)
        _check_free(number, pack)
        row = ArticleNumber.create(
            gtin=number, prefix=prefix_id, party=pack.holder_id, product=pack.product_id, name=pack.name, piece_g=pack.piece_g,
            piece_ml=pack.piece_ml, recorded_at=op.at, recorder_name=actor.display_name,
        )  # fmt: skip
        op.record("gtin.register", number, lot=pack.code)
        return row


def _check_free(number: str, pack: Any) -> None:
    if queries.article(number):
        raise Invalid("商品条码 %(gtin)s 已经登记。", field="gtin", code="GTIN_TAKEN", gtin=number)
    if other := queries.article_of(pack):
        raise Invalid("这种包装已有商品条码 %(gtin)s。", field="lot", code="PACK_HAS_GTIN", gtin=other.gtin)
