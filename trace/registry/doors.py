"""The blueprint of the register's pages, and what several of them show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask_babel import gettext

from trace.core.actor import Actor
from trace.registry import directory, queries
from trace.web.shortlist import MOST, Shortlist, shortlist

bp = Blueprint("registry", __name__, url_prefix="/parties")


def village_groups(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """Villages by township, for a pick-list; a township officer's own townships only."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for village in queries.villages():
        if not actor.township_codes or village.township.code in actor.township_codes:
            groups.setdefault(village.township.name, []).append((village.code, village.name))
    return list(groups.items())


def with_codes(parties: Any) -> list[tuple[str, str, str]]:
    """Parties as options: code, name with code, search words."""
    return [(p.code, f"{p.name}（{p.code}）", p.initials) for p in parties]


def party_options(actor: Actor, chosen: str = "", kinds: list[str] | None = None) -> Shortlist:
    """The parties in use a form may offer, the chosen one among them."""
    found = directory.picks(actor, "", kinds, MOST + 1)
    known = queries.visible_parties(actor).where(queries.Party.code == chosen).first() if chosen else None
    return shortlist(found, known, lambda p: (p.code, f"{p.name}（{p.code}）", p.initials))


@bp.app_template_filter("choices")
def choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Keys with their words, as options of a pick-list in the reader's language."""
    return [(key, gettext(word)) for key, word in words.items()]
