"""Who belongs to whom, and who does what, from which day to which: memberships, roles, people of households."""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.identifiers import check_citizen_id
from trace.core.text import N_
from trace.db.counters import take_turn
from trace.registry import numbers, queries, rules
from trace.registry.models import HouseholdMember, Membership, Party, PartyRole
from trace.registry.services import require_role_fits
from trace.registry.vault import vault

ID_OF_CHILD = N_("未满 14 周岁的成员不登记身份证号，请留空并勾选“未满 14 周岁”。")


def join(actor: Actor, organisation_code: str, member_code: str, joined_on: date) -> Membership:
    """Enter a party as a member of an organisation; never twice at the same time in the same one."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        organisation, member = queries.get_party(actor, organisation_code), _member(actor, member_code)
        _require_standing(organisation)
        _require_standing(member)
        if organisation.kind not in rules.ORGANISATIONS:
            raise RuleBroken(
                "%(name)s不是合作社等成员制组织，不能登记社员。", code="NO_MEMBERS", name=organisation.name
            )
        if member.id == organisation.id:
            raise Invalid("不能加入自己。", field="member", code="SELF")
        _require_past(joined_on, op.at, "joined_on")
        take_turn(f"member-{member.id}")
        clash = _overlapping(member, organisation, joined_on)
        if clash is not None:
            raise _twice(member, clash)
        row = Membership.create(member=member, organisation=organisation, joined_on=joined_on, recorded_at=op.at)
        set_primary(member)
        op.record("party.join", member, organisation=organisation.code, on=joined_on.isoformat())
        return row


def leave(actor: Actor, organisation_code: str, member_code: str, left_on: date, reason: str) -> Membership:
    """End a membership: the day of leaving no longer counts. The row stays as history."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        organisation = queries.get_party(actor, organisation_code)
        row = (
            Membership.select(Membership, Party)
            .join(Party, on=Membership.member)
            .where(Membership.organisation == organisation, Party.code == member_code, Membership.left_on.is_null())
            .first()
        )
        if row is None:
            raise NotFound()
        errors: list[FieldError] = []
        if not row.joined_on <= left_on <= business_date(op.at):
            errors += Invalid("退出日期应在加入日期与今天之间。", field="left_on", code="DATE_RANGE").errors
        if not reason.strip():
            errors += Invalid("请填写退出的原因。", field="reason", code="REASON_MISSING").errors
        if errors:
            raise Invalid(errors=errors)
        row.left_on, row.left_reason = left_on, reason.strip()[:200]
        row.save(only=[Membership.left_on, Membership.left_reason])
        set_primary(row.member)
        op.record(
            "party.leave", row.member, organisation=organisation.code, on=left_on.isoformat(), reason=row.left_reason
        )
        return row


def set_primary(member: Party) -> None:
    """``belongs_to`` repeats the oldest open membership, or says none."""
    first = (
        Membership.select()
        .where(Membership.member == member, Membership.left_on.is_null())
        .order_by(Membership.joined_on, Membership.id)
        .first()
    )
    member.belongs_to = first.organisation_id if first else None
    member.save(only=[Party.belongs_to])


def open_role(actor: Actor, code: str, role: str, valid_from: date, note: str = "") -> PartyRole:
    """Give a party a role from a day on; one party may have several."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = _own_register(actor, code)
        _require_standing(party)
        require_role_fits(party, role)
        _require_past(valid_from, op.at, "valid_from")
        take_turn(f"role-{party.id}")
        clash = (
            PartyRole.select()
            .where(PartyRole.party == party, PartyRole.role == role)
            .where(PartyRole.valid_to.is_null() | (PartyRole.valid_to > valid_from))
            .first()
        )
        if clash is not None:
            raise Invalid("该主体自 %(day)s 起已有这个角色。", field="role", code="ROLE_KNOWN", day=clash.valid_from)
        row = PartyRole.create(
            party=party, role=role, valid_from=valid_from, note=note.strip()[:120], recorded_at=op.at
        )
        op.record("party.role", party, role=role, start=valid_from.isoformat())
        return row


def end_role(actor: Actor, code: str, role: str, valid_to: date) -> PartyRole:
    """End a role; it stays as history."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        party = _own_register(actor, code)
        row = PartyRole.get_or_none(PartyRole.party == party, PartyRole.role == role, PartyRole.valid_to.is_null())
        if row is None:
            raise NotFound()
        if not row.valid_from <= valid_to <= business_date(op.at):
            raise Invalid("结束日期应在开始日期与今天之间。", field="valid_to", code="DATE_RANGE")
        row.valid_to = valid_to
        row.save(only=[PartyRole.valid_to])
        op.record("party.role_end", party, role=role, end=valid_to.isoformat())
        return row


def add_person(actor: Actor, code: str, values: dict[str, Any]) -> HouseholdMember:
    """Enter a person of a household. ``values``: name, relation, under_14, joined_on, optional id_number (never of a child under 14)."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        household = queries.get_party(actor, code)
        if household.kind not in rules.PERSONS:
            raise RuleBroken("只有农户登记家庭成员。", code="NOT_HOUSEHOLD")
        _require_standing(household)
        take_turn("household-people")
        today = business_date(op.at)
        errors: list[FieldError] = []
        number, warnings = _personal_number(values, household, today, errors)
        joined_on = values.get("joined_on") or today
        if joined_on > today:
            errors += Invalid("日期不能晚于今天。", field="joined_on", code="DATE_FUTURE").errors
        if errors:
            raise Invalid(errors=errors)
        row = HouseholdMember.create(
            household=household, name=values["name"].strip(), relation=values["relation"], joined_on=joined_on,
            under_14=bool(values.get("under_14")), number_warnings=warnings, recorded_at=op.at,
            id_number_sealed=vault().seal(number) if number else "", id_number_hash=vault().search_hash(number) if number else None,
        )  # fmt: skip
        op.record("party.person", household, relation=row.relation, with_number=bool(number))
        return row


def remove_person(actor: Actor, code: str, member_id: int, left_on: date, reason: str) -> HouseholdMember:
    """A person leaves a household: married out, moved, died, split off. The row stays, the ID becomes free for another household."""
    with operation(actor, Permission.PARTY_REGISTER) as op:
        household = queries.get_party(actor, code)
        row = HouseholdMember.get_or_none(
            HouseholdMember.id == member_id, HouseholdMember.household == household, HouseholdMember.left_on.is_null()
        )
        if row is None:
            raise NotFound()
        errors: list[FieldError] = []
        if not row.joined_on <= left_on <= business_date(op.at):
            errors += Invalid("迁出日期应在登记日期与今天之间。", field="left_on", code="DATE_RANGE").errors
        if not reason.strip():
            errors += Invalid("请填写迁出的原因。", field="reason", code="REASON_MISSING").errors
        if errors:
            raise Invalid(errors=errors)
        row.left_on, row.left_reason = left_on, reason.strip()[:200]
        row.save(only=[HouseholdMember.left_on, HouseholdMember.left_reason])
        op.record(
            "party.person_leave", household, relation=row.relation, on=left_on.isoformat(), reason=row.left_reason
        )
        return row


def _personal_number(
    values: dict[str, Any], household: Party, today: date, errors: list[FieldError]
) -> tuple[str, list[str]]:
    """The checked ID of a person, if one was given and may be kept."""
    typed = values.get("id_number") or ""
    if not typed:
        return "", []
    if values.get("under_14"):
        errors += Invalid(ID_OF_CHILD, field="id_number", code="ID_OF_CHILD").errors
        return "", []
    try:
        checked = check_citizen_id(typed, today)
    except Invalid as error:
        errors += error.errors
        return "", []
    if rules.age_on(checked.birth, today) < rules.MINOR_AGE:
        errors += Invalid(ID_OF_CHILD, field="id_number", code="ID_OF_CHILD").errors
        return "", []
    errors += numbers.id_known(checked.number)
    return checked.number, ["id_region"] if checked.warnings else []


def _member(actor: Actor, code: str) -> Party:
    try:
        return queries.get_party(actor, code)
    except NotFound as error:
        raise Invalid(
            "没有编号为 %(party)s 的主体，或不在您的管理范围内。", field="member", code="PARTY_UNKNOWN", party=code
        ) from error


def _own_register(actor: Actor, code: str) -> Party:
    """Roles are the bureau's and the township's business, not the party's own."""
    party = queries.get_party(actor, code)
    if not actor.county_wide and not actor.township_codes:
        raise RuleBroken("主体的角色由乡镇（街道）或县林业局登记。", code="NOT_OFFICIAL")
    return party


def _overlapping(member: Party, organisation: Party, joined_on: date) -> Membership | None:
    """A row of the same pair that ends after the new one begins (an open row never ends)."""
    return (
        Membership.select()
        .where(Membership.member == member, Membership.organisation == organisation)
        .where(Membership.left_on.is_null() | (Membership.left_on > joined_on))
        .order_by(Membership.joined_on)
        .first()
    )


def _twice(member: Party, clash: Membership) -> Invalid:
    if clash.left_on is None:
        return Invalid(
            "%(name)s自 %(start)s 起已是该组织成员，时间不能重叠。", field="joined_on", code="MEMBERSHIP_OVERLAP",
            name=member.name, start=clash.joined_on,
        )  # fmt: skip
    return Invalid(
        "%(name)s在 %(start)s—%(end)s 已是该组织成员，时间不能重叠。", field="joined_on", code="MEMBERSHIP_OVERLAP",
        name=member.name, start=clash.joined_on, end=clash.left_on,
    )  # fmt: skip


def _require_standing(party: Party) -> None:
    if party.retired_on is not None:
        raise RuleBroken("%(name)s已停用，不能再办理登记。", code="RETIRED", name=party.name)


def _require_past(day: date, at: Any, field: str) -> None:
    if day > business_date(at):
        raise Invalid("日期不能晚于今天。", field=field, code="DATE_FUTURE")
