"""Correcting, retiring and merging parties. Nothing is deleted, and no clerk overwrites another unseen."""

from __future__ import annotations

from typing import Any

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, to_local
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.text import N_
from trace.db import lock_row
from trace.registry import neighbours, numbers, queries, rules
from trace.registry.initials import initials_of
from trace.registry.members import set_primary
from trace.registry.models import DuplicateDecision, HouseholdMember, Membership, Party, PartyRole, Title
from trace.registry.regions import village_in_force
from trace.registry.services import kinds_for

SHOWN = ("kind", "name", "village", "uscc", "national_code", "hunan_code", "nursery_m2")
"""What the trail may quote, from and to; of personal numbers it only says that they were changed."""


def correct_party(actor: Actor, code: str, values: dict[str, Any], version: int) -> Party:
    """Correct a party's entry. ``version`` is the one the clerk saw; somebody else's correction in between is a conflict.

    Numbers left empty stay as they are. A farmer's own account cannot correct the entry: permission and scope decide.
    """
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = _locked(actor, code)
        _require_same_version(party, version)
        if party.retired_on is not None:
            raise RuleBroken("%(name)s已停用，不能再办理登记。", code="RETIRED", name=party.name)
        stays = party.village_id is not None and party.village.code == values["village"]
        village = party.village if stays else village_in_force(values["village"])
        if actor.township_codes or actor.party_id is None:
            actor.require_township(village.township.code)
        kind = values.get("kind") or party.kind
        if kind != party.kind and not actor.county_wide:
            raise Invalid("主体类别由县林业局更正。", field="kind", code="KIND")
        if kind not in kinds_for(actor) and kind != party.kind:
            raise Invalid("请从列表中选择。", field="kind", code="KIND")
        checked = numbers.check(values, kind, business_date(op.at), has_code=bool(party.uscc))
        numbers.refuse_known(checked, party)
        if checked.errors:
            raise Invalid(errors=checked.errors)
        before = _quoted(party)
        party.kind, party.name, party.initials = kind, values["name"].strip(), initials_of(values["name"])
        party.village, party.township = village, village.township
        party.nursery_m2 = values.get("nursery_m2") or 0
        party.national_code, party.hunan_code = values.get("national_code", ""), values.get("hunan_code", "")
        for name, value in numbers.sealed(checked, kind).items():
            setattr(party, name, value)
        party.number_warnings = _left_over(party, checked) + checked.warnings
        _save(op, party)
        after = _quoted(party)
        changes: dict[str, Any] = {name: [before[name], after[name]] for name in SHOWN if before[name] != after[name]}
        changes |= dict.fromkeys([name for name in rules.NUMBERS if name in checked], "changed")
        op.record("party.correct", party, changes=changes)
        return party


def retire_party(actor: Actor, code: str, reason: str, version: int) -> Party:
    """Take a party out of use from today: it is offered nowhere any more, everything it did stays."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = _locked(actor, code)
        _require_official(actor)
        _require_same_version(party, version)
        if party.retired_on is not None:
            raise RuleBroken("该主体已于 %(day)s 停用。", code="RETIRED", day=party.retired_on)
        _require_reason(reason, N_("请填写停用的原因。"))
        party.retired_on, party.retired_reason = business_date(op.at), reason.strip()[:200]
        _save(op, party)
        op.record("party.retire", party, reason=party.retired_reason)
        return party


def restore_party(actor: Actor, code: str, reason: str, version: int) -> Party:
    """Take a retired party into use again; a merged one stays merged."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = _locked(actor, code)
        _require_official(actor)
        _require_same_version(party, version)
        if party.retired_on is None or party.merged_into_id:
            raise RuleBroken("该主体没有停用，或已并入其他主体，不能恢复。", code="NOT_RETIRED")
        _require_reason(reason, N_("请填写恢复的原因。"))
        party.retired_on, party.retired_reason = None, ""
        _save(op, party)
        op.record("party.restore", party, reason=reason.strip()[:200])
        return party


def keep_apart(actor: Actor, code: str, other_code: str, reason: str) -> None:
    """Decide that two entries of one name in one village are two parties; the pair is not listed again."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party, other = _pair(actor, code, other_code)
        _require_reason(reason, N_("请填写判定的依据。"))
        _decide(op, party, other, "different", reason)
        op.record("party.keep_apart", party, other=other.code, reason=reason.strip()[:200])


def merge_parties(actor: Actor, code: str, into_code: str, reason: str) -> Party:
    """One of two entries of the same party goes into the other: what the register keeps moves, higher layers follow, history stays.

    The entry merged away is retired and points to the one that stays.
    """
    with operation(actor, Permission.PARTY_REGISTER) as op:
        old, new = _pair(actor, code, into_code)
        _require_reason(reason, N_("请填写判定的依据。"))
        if old.kind != new.kind:
            raise RuleBroken("两个主体的类别不同，不能合并；请先更正类别。", code="KIND")
        moved = _move_own(old, new) | neighbours.follow(op, old, new)
        _fill_gaps(old, new)
        old.retired_on, old.retired_reason, old.merged_into = business_date(op.at), reason.strip()[:200], new
        for party in (old, new):
            set_primary(party)
            _save(op, party)
        _decide(op, old, new, "merged", reason)
        op.record("party.merge", old, into=new.code, moved=moved, reason=reason.strip()[:200])
        return new


def _move_own(old: Party, new: Party) -> dict[str, int]:
    """Titles, people, roles and memberships; what the other already has is left where it is, as history."""
    moved = {"titles": 0, "people": 0, "roles": 0, "memberships": 0}
    taken = {(row.kind, row.doc_no) for row in Title.select().where(Title.party == new)}
    for title in Title.select().where(Title.party == old):
        if (title.kind, title.doc_no) not in taken:
            moved["titles"] += Title.update(party=new).where(Title.id == title.id).execute()
    people = HouseholdMember.update(household=new).where(HouseholdMember.household == old)
    moved["people"] = people.execute()
    for model, owner, what in (
        (PartyRole, PartyRole.party, PartyRole.role),
        (Membership, Membership.member, Membership.organisation),
    ):
        have = {getattr(row, what.column_name) for row in model.select().where(owner == new)}
        for row in model.select().where(owner == old):
            if getattr(row, what.column_name) not in have and getattr(row, what.column_name) != new.id:
                moved[f"{'role' if model is PartyRole else 'membership'}s"] += (
                    model.update({owner: new}).where(model.id == row.id).execute()
                )
    moved["memberships"] += _move_members(old, new)
    return moved


def _move_members(old: Party, new: Party) -> int:
    """Members of the old organisation belong to the new one, unless they already did: then their row stays with the old as history."""
    have = {row.member_id for row in Membership.select().where(Membership.organisation == new)} | {new.id}
    rows = Membership.select().where(Membership.organisation == old, Membership.member.not_in(have))
    members = [row.member for row in rows]
    moved = Membership.update(organisation=new).where(Membership.id.in_([row.id for row in rows] or [0])).execute()
    for member in [*members, *Party.select().where(Party.belongs_to == old)]:
        set_primary(member)
    return moved


def _fill_gaps(old: Party, new: Party) -> None:
    """Numbers the staying entry lacks come from the other, which gives up those that are unique."""
    pairs = (("uscc",), ("id_number_hash", "id_number_sealed"), ("phone_hash", "phone_sealed"), ("account_hash", "account_sealed", "account_last4"))  # fmt: skip
    for names in pairs:
        if getattr(old, names[0]) and not getattr(new, names[0]):
            for name in names:
                setattr(new, name, getattr(old, name))
            for name in names:
                setattr(old, name, None if name in ("uscc", "id_number_hash", "phone_hash", "account_hash") else "")
    Party.update(uscc=old.uscc, id_number_hash=old.id_number_hash).where(Party.id == old.id).execute()


def _locked(actor: Actor, code: str) -> Party:
    """The visible party with its row locked, village and township joined afterwards."""
    seen = queries.get_party(actor, code)
    found = lock_row(Party.select().where(Party.id == seen.id)).first()
    if found is None:
        raise NotFound()
    return found


def _require_same_version(party: Party, version: int) -> None:
    if party.version != version:
        raise RuleBroken(
            "该主体已被%(name)s于 %(time)s 修改，页面已更新。", code="CONFLICT",
            name=party.changed_by, time=f"{to_local(party.changed_at):%H:%M}" if party.changed_at else "",
        )  # fmt: skip


def _require_official(actor: Actor) -> None:
    if not actor.county_wide and not actor.township_codes:
        raise RuleBroken("停用和合并由乡镇（街道）或县林业局办理。", code="NOT_OFFICIAL")


def _require_reason(reason: str, text: str) -> None:
    if not reason.strip():
        raise Invalid(text, field="reason", code="REASON_MISSING")


def _pair(actor: Actor, code: str, other_code: str) -> tuple[Party, Party]:
    """Two visible parties in use, their rows locked, of the same name and village or at least named by an official."""
    seen = sorted((queries.get_party(actor, code), queries.get_party(actor, other_code)), key=lambda party: party.id)
    _require_official(actor)
    if seen[0].id == seen[1].id:
        raise Invalid("请选择两个不同的主体。", field="other", code="SELF")
    locked = {
        row.code: row for row in lock_row(Party.select().where(Party.id.in_([p.id for p in seen])).order_by(Party.id))
    }
    if any(row.retired_on is not None for row in locked.values()):
        raise RuleBroken("其中一个主体已停用，不能再合并。", code="RETIRED")
    return locked[code], locked[other_code]


def _decide(op: Operation, party: Party, other: Party, decision: str, reason: str) -> None:
    first, second = sorted((party.id, other.id))
    if DuplicateDecision.get_or_none(DuplicateDecision.first == first, DuplicateDecision.second == second):
        raise RuleBroken("这两个主体已经判定过。", code="DECIDED")
    DuplicateDecision.create(
        first=first, second=second, decision=decision, reason=reason.strip()[:200], decided_by=op.actor.display_name,
        decided_at=op.at,
    )  # fmt: skip


def _left_over(party: Party, checked: numbers.Checked) -> list[str]:
    """Warnings about numbers that were not typed anew."""
    about = {"id_region": "id_number", "account_check": "account"}
    return [name for name in party.number_warnings if about[name] not in checked]


def _quoted(party: Party) -> dict[str, Any]:
    return {
        name: party.village.code if name == "village" and party.village_id else getattr(party, name) for name in SHOWN
    }


def _save(op: Operation, party: Party) -> None:
    party.version += 1
    party.changed_at, party.changed_by = op.at, op.actor.display_name
    party.save()
