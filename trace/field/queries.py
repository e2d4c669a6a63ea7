"""Reading harvests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import JOIN

from trace.accounts.devices import devices_named
from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db import lock_row
from trace.field.models import Harvest
from trace.field.weigh_models import HarvestContainer, HarvestPrice, Weighing
from trace.field.weigh_rules import somebody
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Lot, Operation
from trace.registry.models import Party, Product, Taxon, Township, Village


def visible_harvest_lots(actor: Actor) -> Any:
    """Harvest lots in the actor's charge."""
    return lots.visible_lots(actor).where(Lot.kind == "harvest")


def weighed_harvests() -> Any:
    """Harvests with their weighing (where there is one) and its loss, lot, product, maker operation, holder, plot and village joined."""
    loss = Operation.alias()
    return (
        Harvest.select(Harvest, Weighing, loss, Lot, Product, Taxon, Operation, Party, Plot, Village, Township)
        .join(Weighing, JOIN.LEFT_OUTER, attr="weighing")
        .join(loss, JOIN.LEFT_OUTER, on=(Weighing.loss == loss.id), attr="loss")
        .join_from(Harvest, Lot)
        .join(Product)
        .join(Taxon)
        .join_from(Lot, Operation, on=Lot.made_by)
        .join_from(Lot, Party, on=Lot.holder)
        .join_from(Lot, Plot)
        .join(Village)
        .join(Township)
    )


def get_harvest(actor: Actor, code: str) -> Harvest:
    """A harvest in the actor's charge by the code of its lot, everything of it joined."""
    mine = visible_harvest_lots(actor).where(Lot.code == code).first()
    found = weighed_harvests().where(Lot.id == mine.id).first() if mine else None
    if found is None:
        raise NotFound()
    return found


def harvests_of_lots(lot_ids: list[int]) -> dict[int, Harvest]:
    """The harvest of each lot, its weighing joined, by the key of the lot."""
    return {row.lot_id: row for row in weighed_harvests().where(Lot.id.in_(lot_ids))} if lot_ids else {}


def harvests_recorded(first: datetime, before: datetime) -> list[Harvest]:
    """Harvests written down from one instant to before another and not undone, with everything joined, in that order."""
    rows = weighed_harvests().where(Operation.recorded_at >= first, Operation.recorded_at < before)
    return list(rows.where(Lot.made_by.not_in(lots.undone_operations())).order_by(Harvest.id))


def first_harvests(recorders: set[int], most: int) -> dict[int, int]:
    """The first few harvest operations of each recorder: key of the operation → how many came before it."""
    found: dict[int, int] = {}
    for recorder in recorders:
        rows = Operation.select(Operation.id).where(Operation.kind == "harvest", Operation.recorded_by == recorder)
        found |= {key: rank for rank, (key,) in enumerate(rows.order_by(Operation.id).limit(most).tuples())}
    return found


def lock_harvest(actor: Actor, code: str) -> Harvest:
    """The same, its row locked until the transaction ends."""
    found = get_harvest(actor, code)
    list(lock_row(Harvest.select(Harvest.id).where(Harvest.id == found.id)))
    return found


def containers_of(weighing: Weighing | None) -> list[HarvestContainer]:
    """What stood on the scales, in order."""
    if weighing is None:
        return []
    rows = HarvestContainer.select().where(HarvestContainer.weighing == weighing.id)
    return list(rows.order_by(HarvestContainer.seq))


def by_phone(weighing: Weighing | None) -> bool:
    """Did a registered phone send it? Then what it signed can be looked at."""
    return weighing is not None and bool(weighing.device) and bool(devices_named({weighing.device}))


def prices_of(harvest: Harvest) -> list[HarvestPrice]:
    """All prices of a harvest, the one that counts first."""
    return list(HarvestPrice.select().where(HarvestPrice.harvest == harvest.id).order_by(HarvestPrice.version.desc()))


def recorder_for(actor: Actor, lot: Lot) -> str:
    """Who wrote a lot down, as this reader may know: in full inside the own party and for those who supervise, else the surname (domain brief §2.10)."""
    name = lot.made_by.recorder_name
    return name if actor.party_id in (None, lot.holder_id) else somebody(name)
