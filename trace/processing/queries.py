"""Reading processing."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor
from trace.lots.models import Dispatch, Lot
from trace.processing.models import ProcessRun
from trace.registry.models import Party, Product


def dispatches(actor: Actor, *, incoming: bool, state: str = "") -> Any:
    """Dispatches to the actor's party (``incoming``) or of its own lots, newest first."""
    sender = Party.alias()
    query = (
        Dispatch.select(Dispatch, Lot, Product, Party, sender)
        .join(Lot)
        .join(Product)
        .switch(Lot)
        .join(sender, on=(Lot.holder == sender.id), attr="holder")
        .switch(Dispatch)
        .join(Party, on=Dispatch.receiver)
    )
    query = query.where((Dispatch.receiver if incoming else Lot.holder) == actor.party_id)
    return (query.where(Dispatch.state == state) if state else query).order_by(Dispatch.id.desc())


def get_dispatch(actor: Actor, code: str) -> Dispatch | None:
    """An incoming dispatch by its number."""
    return dispatches(actor, incoming=True).where(Dispatch.code == code).first()


def any_dispatch(actor: Actor, code: str) -> Dispatch | None:
    """A dispatch by its number, for its sender and its receiver."""
    for incoming in (True, False):
        found = dispatches(actor, incoming=incoming).where(Dispatch.code == code).first()
        if found is not None:
            return found
    return None


def flagged_runs() -> Any:
    """Runs whose yield had to be explained, for audit."""
    return ProcessRun.select().where(ProcessRun.flagged)


def receivers() -> list[Party]:
    """Parties that may receive goods: plants and other enterprises, buyers, cooperatives."""
    return list(
        Party.select().where(Party.kind.in_(["enterprise", "plant", "buyer", "cooperative"])).order_by(Party.name)
    )
