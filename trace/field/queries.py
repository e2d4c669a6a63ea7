"""Reading harvests."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor
from trace.lots import queries as lots
from trace.lots.models import Lot


def visible_harvest_lots(actor: Actor) -> Any:
    """Harvest lots in the actor's charge."""
    return lots.visible_lots(actor).where(Lot.kind == "harvest")
