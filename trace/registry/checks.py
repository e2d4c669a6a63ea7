"""Invariants of the register."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN

from trace.registry.models import Membership, Party, PartyRole


def check_memberships() -> Iterator[str]:
    """No two memberships of one party in one organisation overlap, and ``belongs_to`` names an open one."""
    other = Membership.alias()
    overlapping = (
        Membership.select(Membership.member, Membership.organisation)
        .join(
            other,
            on=(other.member == Membership.member)
            & (other.organisation == Membership.organisation)
            & (other.id > Membership.id),
        )
        .where(
            Membership.left_on.is_null() | (Membership.left_on > other.joined_on),
            other.left_on.is_null() | (other.left_on > Membership.joined_on),
        )
        .tuples()
    )
    for member, organisation in overlapping:
        yield f"membership: party {member} is twice at once in {organisation}"
    open_row = Membership.alias()
    strays = (
        Party.select(Party.code)
        .join(
            open_row,
            JOIN.LEFT_OUTER,
            on=(open_row.member == Party.id) & (open_row.organisation == Party.belongs_to) & open_row.left_on.is_null(),
        )
        .where(Party.belongs_to.is_null(False), open_row.id.is_null())
        .tuples()
    )
    for (code,) in strays:
        yield f"party {code}: belongs to an organisation it is no member of"


def check_roles() -> Iterator[str]:
    """No role of a party runs twice at once."""
    other = PartyRole.alias()
    rows = (
        PartyRole.select(PartyRole.party, PartyRole.role)
        .join(other, on=(other.party == PartyRole.party) & (other.role == PartyRole.role) & (other.id > PartyRole.id))
        .where(
            PartyRole.valid_to.is_null() | (PartyRole.valid_to > other.valid_from),
            other.valid_to.is_null() | (other.valid_to > PartyRole.valid_from),
        )
        .tuples()
    )
    for party, role in rows:
        yield f"party_role: party {party} has the role {role} twice at once"


def check_phones() -> Iterator[str]:
    """The phone of a household is sealed, never plain, and whatever is sealed can be searched."""
    plain = (Party.kind == "household") & (Party.phone != "")
    lost = (Party.phone_sealed != "") & Party.phone_hash.is_null() | (
        Party.id_number_sealed != ""
    ) & Party.id_number_hash.is_null()
    for (code,) in Party.select(Party.code).where(plain | lost).tuples():
        yield f"party {code}: a personal number is plain or without its hash"


def check_merged() -> Iterator[str]:
    """A merged party points to one in the register that is not itself merged back."""
    kept = Party.alias()
    rows = (
        Party.select(Party.code)
        .join(kept, on=Party.merged_into == kept.id)
        .where(kept.merged_into == Party.id)
        .tuples()
    )
    for (code,) in rows:
        yield f"party {code}: merged in a circle"


CHECKS = (check_memberships, check_roles, check_phones, check_merged)
