"""Reading label runs."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.labels.models import LabelRun
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.registry.models import Party, Product, Taxon


def runs_joined() -> Any:
    """Runs with lot, product, taxon and holder joined."""
    return (
        LabelRun.select(LabelRun, Lot, Product, Taxon, Party)
        .join(Lot)
        .join(Product)
        .join(Taxon)
        .switch(Lot)
        .join(Party, on=Lot.holder)
    )


def visible_runs(actor: Actor) -> Any:
    """Runs for lots in the actor's charge."""
    query = runs_joined()
    return query if actor.county_wide else query.where(LabelRun.lot.in_(lots.visible_lots(actor).select(Lot.id)))


def get_run(actor: Actor, no: str) -> LabelRun:
    """A run the actor may see."""
    found = visible_runs(actor).where(LabelRun.no == no).first()
    if found is None:
        raise NotFound()
    return found


def run_of_serial(serial: int) -> LabelRun | None:
    """The run a serial number belongs to: the last block that begins at or before it, if it reaches that far."""
    run = runs_joined().where(LabelRun.first_serial <= serial).order_by(LabelRun.first_serial.desc()).first()
    return run if run is not None and serial < run.first_serial + run.count else None


def run_by_no(no: str) -> LabelRun | None:
    """A run by number, without scope: for the worker and commands."""
    return runs_joined().where(LabelRun.no == no).first()
