"""Reading ex-factory prices."""

from __future__ import annotations

from trace.core.actor import Actor
from trace.registry.models import Party, Product
from trace.targets.models import FactoryPrice


def visible(actor: Actor) -> list[FactoryPrice]:
    """Prices of every firm for the county's roles, else of one's own, newest first."""
    query = FactoryPrice.select(FactoryPrice, Party, Product).join(Party).switch(FactoryPrice).join(Product)
    if not actor.county_wide:
        query = query.where(FactoryPrice.party == (actor.party_id or 0))
    return list(query.order_by(FactoryPrice.valid_from.desc(), FactoryPrice.id.desc()).limit(500))


def firms(actor: Actor) -> list[tuple[str, str]]:
    """Who a price may be given for: code and name."""
    query = Party.select(Party.code, Party.name).where(Party.kind == "enterprise", Party.retired_on.is_null())
    if not actor.county_wide:
        query = query.where(Party.id == (actor.party_id or 0))
    return list(query.order_by(Party.name).tuples())
