"""Full numbers: for those who need one, with a reason, shown once, each look kept in the trail."""

from __future__ import annotations

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Forbidden, Invalid, NotFound
from trace.core.identifiers import redact
from trace.registry import queries
from trace.registry.models import HouseholdMember, Party
from trace.registry.numbers import unseal
from trace.registry.rules import NUMBERS, may_reveal

MIN_REASON = 4


def reveal(actor: Actor, code: str, number: str, reason: str, member_id: int | None = None) -> tuple[Party, str, str]:
    """One full number of a party, or the ID of a person of a household: (party, whose, number).

    The look is kept with its reason; the number itself never enters the trail. Raises :class:`Forbidden` for a number that is not
    this role's business, :class:`NotFound` when there is none.
    """
    with operation(actor, Permission.PARTY_REVEAL) as op:
        party = queries.get_party(actor, code)
        if number not in NUMBERS or number not in may_reveal(actor):
            raise Forbidden()
        said = redact(reason.strip())
        if len(said) < MIN_REASON:
            raise Invalid("请写明查看完整号码的用途，至少 4 个字。", field="reason", code="REASON_MISSING")
        whose, sealed = _sealed_number(party, number, member_id)
        op.record("party.reveal", party, number=number, whose=whose, reason=said[:200])
        return party, whose, unseal(sealed)


def _sealed_number(party: Party, number: str, member_id: int | None) -> tuple[str, str]:
    if member_id is None:
        whose, sealed = party.name, getattr(party, f"{number}_sealed")
    else:
        person = HouseholdMember.get_or_none(HouseholdMember.id == member_id, HouseholdMember.household == party)
        if person is None or number != "id_number":
            raise NotFound()
        whose, sealed = person.name, person.id_number_sealed
    if not sealed:
        raise NotFound()
    return whose, sealed
