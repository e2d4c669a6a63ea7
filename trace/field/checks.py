"""Invariants of production records."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN

from trace.field.models import Harvest
from trace.lots.models import Lot


def check_every_harvest_lot_has_its_record() -> Iterator[str]:
    """A harvest lot without a harvest record would be fruit out of nowhere."""
    orphans = Lot.select(Lot.code).join(Harvest, JOIN.LEFT_OUTER).where(Lot.kind == "harvest", Harvest.id.is_null())
    for (code,) in orphans.tuples():
        yield f"lot {code}: harvest lot without harvest record"


CHECKS = (check_every_harvest_lot_has_its_record,)
