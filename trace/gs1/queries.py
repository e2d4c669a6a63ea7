"""Reading GS1 numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.core.actor import Actor
from trace.gs1.models import ArticleNumber, Gs1Prefix
from trace.lots.models import Lot
from trace.registry.models import Party, Product


def visible_articles(actor: Actor) -> Any:
    """Article numbers in the actor's charge, newest first."""
    query = (
        ArticleNumber.select(ArticleNumber, Party, Product, Gs1Prefix)
        .join(Party)
        .switch(ArticleNumber)
        .join(Product)
        .switch(ArticleNumber)
        .join(Gs1Prefix)
        .order_by(ArticleNumber.id.desc())
    )
    return query if actor.county_wide else query.where(ArticleNumber.party == (actor.party_id or 0))


def visible_prefixes(actor: Actor) -> Any:
    """Company prefixes in the actor's charge."""
    query = Gs1Prefix.select(Gs1Prefix, Party).join(Party).order_by(Gs1Prefix.prefix)
    return query if actor.county_wide else query.where(Gs1Prefix.party == (actor.party_id or 0))


def prefixes_in_force(party_id: int, on: date) -> dict[str, int]:
    """A party's prefixes on a day: prefix → key."""
    rows = Gs1Prefix.select(Gs1Prefix.prefix, Gs1Prefix.id).where(
        Gs1Prefix.party == party_id, Gs1Prefix.valid_from <= on, Gs1Prefix.valid_to >= on
    )
    return dict(rows.tuples())


def article(gtin: str) -> ArticleNumber | None:
    """The article of a GTIN-14; a number once registered keeps resolving after its prefix has lapsed, for packs outlive certificates."""
    return ArticleNumber.get_or_none(ArticleNumber.gtin == gtin)


def lot_named(number: ArticleNumber, lot_code: str) -> Lot | None:
    """The pack lot of this article with this lot number."""
    return Lot.get_or_none(_is_article(number), Lot.code == lot_code.upper())


def newest_lots(number: ArticleNumber, limit: int = 20) -> list[Lot]:
    """The newest pack lots of this article: what a code that names the product only may lead to."""
    return list(Lot.select().where(_is_article(number)).order_by(Lot.made_on.desc(), Lot.id.desc()).limit(limit))


def article_of(lot: Lot) -> ArticleNumber | None:
    """The article number of a pack lot, if one is registered: labels printed from now on may carry it."""
    return ArticleNumber.get_or_none(
        ArticleNumber.party == lot.holder_id, ArticleNumber.product == lot.product_id, ArticleNumber.name == lot.name,
        ArticleNumber.piece_g == lot.piece_g, _same_volume(lot.piece_ml),
    )  # fmt: skip


def _is_article(number: ArticleNumber) -> Any:
    same = (Lot.holder == number.party_id) & (Lot.product == number.product_id) & (Lot.name == number.name)
    volume = Lot.piece_ml == number.piece_ml if number.piece_ml else Lot.piece_ml.is_null()
    return same & (Lot.piece_g == number.piece_g) & volume & (Lot.kind == "pack")


def _same_volume(piece_ml: int | None) -> Any:
    return ArticleNumber.piece_ml == piece_ml if piece_ml else ArticleNumber.piece_ml.is_null()
