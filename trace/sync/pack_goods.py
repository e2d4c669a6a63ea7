"""What the pack says of goods: own lots that may be handed over, to whom, harvests suspected to be written down twice, seedlings to plant."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor, Permission
from trace.field import duplicates
from trace.lots import queries as lots
from trace.nursery import queries as nursery
from trace.quality.certificate_rules import is_fresh
from trace.registry import queries as register
from trace.web.errors import translate

MOST_DUPLICATES = 50
MOST_SEEDLINGS = 60
MAY = {
    "harvest": Permission.HARVEST_RECORD, "activity": Permission.ACTIVITY_RECORD, "handover": Permission.HANDOVER_RECORD,
    "give": Permission.LOT_DISPATCH, "take": Permission.RECEIPT_RECORD, "duplicate": Permission.DUPLICATE_RESOLVE, "certificate": Permission.CERTIFICATE_ISSUE,
}  # fmt: skip
"""What the app shows a button for; the services ask again."""


def may(actor: Actor) -> list[str]:
    """Which of the app's doors are open to the person."""
    return [name for name, permission in MAY.items() if actor.can(permission)]


def own_party(actor: Actor) -> str:
    """The code of the person's party, which a taker writes into the acceptance; blank for the county."""
    return "" if actor.party_id is None else register.party_by_id(actor.party_id).code


def goods_for(actor: Actor) -> dict[str, Any]:
    """The parts of the pack that concern goods."""
    return {
        "lots": _lots(actor),
        "parties": _parties(actor),
        "duplicates": _duplicates(actor),
        "seedlings": _seedlings(actor),
    }


def _lots(actor: Actor) -> list[dict[str, Any]]:
    """Own lots of which something is left that is not promised to anybody; quantities in the lot's base unit."""
    if actor.party_id is None or not actor.can(Permission.LOT_DISPATCH):
        return []
    found = lots.drawable_lots(actor)
    under_way = lots.promised([lot.id for lot, _left in found])
    return [
        {
            "code": lot.code, "product": lot.product.name, "unit": lot.unit, "free": left - under_way.get(lot.id, 0),
            "on": lot.made_on.isoformat(), "plot": lot.plot.name if lot.plot_id else "", "fresh": is_fresh(lot.product.part, lot.product.form),
            "village": f"{lot.plot.village.township.name}{lot.plot.village.name}" if lot.plot_id else "",
        }
        for lot, left in found
        if left > under_way.get(lot.id, 0)
    ]  # fmt: skip


def _parties(actor: Actor) -> list[dict[str, str]]:
    """Organisations that may be named as the receiver; never households."""
    if actor.party_id is None or not actor.can(Permission.LOT_DISPATCH):
        return []
    return [{"code": one.code, "name": one.name} for one in register.organisations_in_use() if one.id != actor.party_id]


def _duplicates(actor: Actor) -> list[dict[str, Any]]:
    """Suspicions nobody has decided and the person may decide, both records beside each other."""
    if not actor.can(Permission.DUPLICATE_RESOLVE):
        return []
    rows = list(duplicates.open_suspicions(actor).limit(MOST_DUPLICATES))
    return [
        {
            "code": pair.row.code, "message": translate(pair.message), "may_merge": pair.why_not is None,
            "why_not": "" if pair.why_not is None else translate(pair.why_not), "first": _side(pair.first), "second": _side(pair.second),
        }
        for pair in duplicates.pairs(actor, rows)
        if pair.may_decide
    ]  # fmt: skip


def _side(side: duplicates.Side) -> dict[str, Any]:
    lot = side.harvest.lot
    return {
        "lot": lot.code, "plot": lot.plot.code, "plot_name": lot.plot.name, "part": side.harvest.part, "on": lot.made_on.isoformat(),
        "grams": side.net_g, "at": side.weighing.made_at.isoformat(), "recorder": side.recorder,
    }  # fmt: skip


def _seedlings(actor: Actor) -> list[dict[str, Any]]:
    """Dispatches of seedlings the own party or its members receive, to choose from when planting."""
    if actor.party_id is None or not actor.can(Permission.ACTIVITY_RECORD):
        return []
    rows = nursery.visible_dispatches(actor).limit(MOST_SEEDLINGS)
    return [
        {
            "code": row.code, "name": row.lot.product.name, "taxon": row.lot.product.taxon.key, "count": row.quantity,
            "on": row.on_day.isoformat(), "nursery": row.lot.holder.name,
        }
        for row in rows
        if not row.undone
    ]  # fmt: skip
