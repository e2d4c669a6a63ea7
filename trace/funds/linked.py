"""Linked parties: the same legal representative, phone, account or address, found by keyed hashes (domain brief §5.6.6)."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.core.identifiers import mask_account, mask_mobile, mask_name
from trace.core.units import normalise_digits
from trace.funds.claim_models import LinkFact
from trace.funds.claim_rules import FACTS
from trace.registry import queries as register
from trace.registry.models import HouseholdMember, Party
from trace.registry.vault import vault

PERSON = "legal_rep"


class Link(NamedTuple):
    """Another party and what it has in common with the one asked about."""

    party: Party
    kinds: tuple[str, ...]


def record_fact(actor: Actor, party_code: str, kind: str, value: str) -> LinkFact:
    """Write down what ties a party to others; only its keyed hash and a masked form are kept. The same fact again changes nothing."""
    with operation(actor, Permission.APPLICATION_REVIEW) as op:
        party = register.get_party(actor, party_code)
        if kind not in FACTS:
            raise Invalid("请从列表中选择。", field="kind", code="CHOICE")
        plain = normalise_digits(value).replace(" ", "").upper()
        if len(plain) < 4:
            raise Invalid("请填写完整内容。", field="value", code="MISSING")
        row, _ = LinkFact.get_or_create(
            party=party, kind=kind, value_hash=vault().search_hash(plain),
            defaults={"shown": _shown(kind, plain), "recorded_by": actor.display_name, "recorded_at": op.at},
        )  # fmt: skip
        op.record("party.link", party, kind=kind)
        return row


def facts_of(party: Party) -> list[LinkFact]:
    """What was written down about a party, masked."""
    return list(LinkFact.select().where(LinkFact.party == party.id).order_by(LinkFact.id))


def keys_of(party: Party) -> dict[str, set[str]]:
    """The keyed hashes by which a party can be tied to others: its own numbers, those of its people, and facts written down."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for row in LinkFact.select().where(LinkFact.party == party.id):
        found[row.kind].add(row.value_hash)
    people = HouseholdMember.select(HouseholdMember.id_number_hash).where(
        HouseholdMember.household == party.id, HouseholdMember.left_on.is_null()
    )
    found[PERSON] |= {party.id_number_hash, *(number for (number,) in people.tuples())}
    found["phone"] |= {party.phone_hash or (vault().search_hash(party.phone) if party.phone else None)}
    found["account"].add(party.account_hash)
    return {kind: {value for value in values if value} for kind, values in found.items()}


def linked_to(party: Party) -> list[Link]:
    """The other parties tied to one, each with what they share, in the order of the register."""
    kinds: dict[int, set[str]] = defaultdict(set)
    for kind, hashes in keys_of(party).items():
        if hashes:
            for party_id in _holders(kind, hashes):
                kinds[party_id].add(kind)
    kinds.pop(party.id, None)
    rows = Party.select().where(Party.id.in_(list(kinds)), Party.merged_into.is_null()).order_by(Party.id)
    return [Link(row, tuple(kind for kind in FACTS if kind in kinds[row.id])) for row in rows]


def group_of(party: Party) -> list[int]:
    """Keys of a party and of all tied to it, for sums that are capped together."""
    return [party.id, *(link.party.id for link in linked_to(party))]


def _holders(kind: str, hashes: set[str]) -> set[int]:
    wanted = list(hashes)
    facts = LinkFact.select(LinkFact.party).where(LinkFact.kind == kind, LinkFact.value_hash.in_(wanted))
    found = {party_id for (party_id,) in facts.tuples()}
    if kind == "account":
        found |= _ids(Party.account_hash.in_(wanted))
    elif kind == "phone":
        found |= _ids(Party.phone_hash.in_(wanted)) | _with_public_phone(hashes)
    elif kind == PERSON:
        found |= _ids(Party.id_number_hash.in_(wanted))
        people = HouseholdMember.select(HouseholdMember.household).where(
            HouseholdMember.id_number_hash.in_(wanted), HouseholdMember.left_on.is_null()
        )
        found |= {household for (household,) in people.tuples()}
    return found


def _with_public_phone(hashes: set[str]) -> set[int]:
    """Organisations keep their phone in the open: their numbers, a few hundred, are hashed to be compared."""
    rows = Party.select(Party.id, Party.phone).where(Party.phone != "").tuples()
    return {key for key, phone in rows if vault().search_hash(phone) in hashes}


def _ids(condition: object) -> set[int]:
    return {key for (key,) in Party.select(Party.id).where(condition).tuples()}


def _shown(kind: str, plain: str) -> str:
    if kind == "address":
        return mask_name(plain[:20])
    return mask_mobile(plain) if kind == "phone" else mask_account(plain)
