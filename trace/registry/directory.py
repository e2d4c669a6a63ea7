"""Finding parties: the filtered list, its counts, pick-lists, exact numbers, suspected duplicates."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from peewee import SQL, fn

from trace.core.actor import Actor
from trace.core.text import N_
from trace.core.units import m2_from_mu
from trace.registry import neighbours, numbers, queries
from trace.registry.models import DuplicateDecision, HouseholdMember, Party, PartyRole, Title, Township, Village
from trace.registry.rules import GROWERS

STATUSES = {
    "": N_("在用"),
    "large_grower": N_("种植大户"),
    "warned": N_("号码待核对"),
    "retired": N_("已停用"),
    "all": N_("全部（含停用）"),
}
PICKS = 20
NO_WARNINGS = SQL("'[]'")
"""As the column writes an empty list; the Python list itself would become an empty IN ()."""


@dataclass(frozen=True)
class Filters:
    """What narrows the list; the names are those in the address. An empty one does not narrow."""

    kind: str = ""
    township: str = ""
    role: str = ""
    title: str = ""
    status: str = ""
    q: str = ""

    @classmethod
    def of(cls, arguments: Any) -> Filters:
        """From an address, blanks taken off and nothing longer than a name."""
        return cls(**{f.name: str(arguments.get(f.name, "")).strip()[:60] for f in fields(cls)})


def filtered(actor: Actor, wanted: Filters, today: date) -> Any:
    """Visible parties narrowed by the filters. Titles count while in force, roles while held, 大户 by the land operated now."""
    query = queries.visible_parties(actor)
    if wanted.status == "retired":
        query = query.where(Party.retired_on.is_null(False))
    elif wanted.status != "all":
        query = query.where(Party.retired_on.is_null())
    if wanted.status == "large_grower":
        query = query.where(is_large_grower())
    if wanted.status == "warned":
        query = query.where((Party.number_warnings != NO_WARNINGS) | Party.id.in_(_warned_households()))
    if wanted.kind:
        query = query.where(Party.kind == wanted.kind)
    if wanted.township:
        query = query.where(Township.code == wanted.township)
    if wanted.role:
        query = query.where(Party.id.in_(_holding(wanted.role, today)))
    if wanted.title:
        query = query.where(Party.id.in_(queries.titles_in_force(wanted.title, today).select(Title.party).order_by()))
    if wanted.q:
        query = query.where(_matching(wanted.q))
    return query


def counts(query: Any) -> dict[str, int]:
    """How many of each kind a list holds, the most frequent first."""
    rows = query.select(Party.kind, fn.COUNT(Party.id)).group_by(Party.kind).tuples()
    return dict(sorted(((kind, int(n)) for kind, n in rows), key=lambda item: -item[1]))


def picks(actor: Actor, text: str, kinds: list[str] | None = None, limit: int = PICKS) -> list[Party]:
    """Parties in use whose name, initials or code holds the text: for pick-lists."""
    query = queries.parties_in_use(actor)
    if kinds:
        query = query.where(Party.kind.in_(kinds))
    if text:
        query = query.where(_matching(text))
    return list(query.order_by(fn.LENGTH(Party.name), Party.name, Party.id).limit(limit))


def with_number(actor: Actor, text: str) -> list[Party]:
    """Visible parties with exactly this ID, credit code, phone or account; the number is compared as a keyed hash and kept nowhere."""
    return list(queries.visible_parties(actor).where(numbers.parties_with(text)).order_by(Party.id).limit(PICKS))


def is_large_grower() -> Any:
    """The condition on parties: a grower whose operated land reaches the threshold; computed, never typed."""
    areas = neighbours.operated_areas()
    operator, area = areas.selected_columns
    enough = areas.select(operator).having(area >= m2_from_mu(queries.large_grower_mu()))
    return Party.kind.in_(GROWERS) & Party.id.in_(enough)


def operated_m2(party: Party) -> int:
    """The land a party operates."""
    areas = neighbours.operated_areas()
    row = areas.where(areas.selected_columns[0] == party.id).tuples().first()
    return int(row[1]) if row else 0


def suspects(actor: Actor, limit: int = 100) -> list[tuple[Party, Party]]:
    """Pairs of parties in use with the same name and kind in the same village about which nothing was decided, oldest first."""
    other = Party.alias()
    decided = DuplicateDecision.select(DuplicateDecision.id).where(
        DuplicateDecision.first == Party.id, DuplicateDecision.second == other.id
    )
    # Found by name: SQLite without statistics would take the index of villages or kinds and compare all households with each other.
    alike = (fn.COALESCE(other.village, 0) == Party.village) & (fn.COALESCE(other.kind, "") == Party.kind)
    pairs = (
        queries.visible_parties(actor)
        .select(Party.id, other.id)
        .join_from(Party, other, on=(other.name == Party.name) & alike & (other.id > Party.id))
        .where(Party.retired_on.is_null(), other.retired_on.is_null(), ~fn.EXISTS(decided))
        .order_by(Party.id, other.id)
        .limit(limit)
        .tuples()
    )
    ids = list(pairs)
    found = {
        row.id: row
        for row in queries.visible_parties(actor).where(Party.id.in_({i for pair in ids for i in pair} or {0}))
    }
    return [(found[a], found[b]) for a, b in ids if a in found and b in found]


def decisions_about(party: Party) -> list[DuplicateDecision]:
    """What was decided about a party and its namesakes."""
    mine = (DuplicateDecision.first == party) | (DuplicateDecision.second == party)
    return list(DuplicateDecision.select().where(mine).order_by(DuplicateDecision.id))


def _matching(text: str) -> Any:
    word = text.lower()
    return (
        Party.name.contains(text)
        | Party.code.contains(text)
        | Party.initials.startswith(word)
        | Village.name.contains(text)
    )


def _holding(role: str, today: date) -> Any:
    held = PartyRole.valid_to.is_null() | (PartyRole.valid_to > today)
    return PartyRole.select(PartyRole.party).where(PartyRole.role == role, PartyRole.valid_from <= today, held)


def _warned_households() -> Any:
    odd = HouseholdMember.number_warnings != NO_WARNINGS
    return HouseholdMember.select(HouseholdMember.household).where(odd, HouseholdMember.left_on.is_null())
