"""Reading programmes: drafts are for county-wide roles only."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.programmes.models import Programme


def visible_programmes(actor: Actor) -> Any:
    """Programmes, newest first; drafts only for county-wide roles."""
    query = Programme.select().order_by(Programme.id.desc())
    return query if actor.county_wide else query.where(Programme.state != "draft")


def open_programmes(actor: Actor) -> Any:
    """Programmes that take applications."""
    return visible_programmes(actor).where(Programme.state == "published")


def get_programme(actor: Actor, code: str) -> Programme:
    """A programme the actor may see."""
    found = visible_programmes(actor).where(Programme.code == code).first()
    if found is None:
        raise NotFound()
    return found
