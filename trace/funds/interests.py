"""Recusal (opinion L250): what officials have declared, who stands in for whom, and whether somebody may judge an application.

A number is declared as a number and kept as a keyed hash: it is compared, never read back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from trace.accounts.models import User
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db.counters import next_number
from trace.funds.dossier import Delegation, Interest
from trace.funds.file_rules import INTEREST_KINDS, NUMBERED
from trace.funds.models import Application
from trace.registry.models import HouseholdMember, Party
from trace.registry.vault import vault

RECUSED = "您与申请人存在利害关系，系统已自动回避，请转交他人办理。"


def declare(actor: Actor, kind: str, *, party: str = "", number: str = "", note: str = "") -> Interest:
    """Declare an interest of one's own: a party by its code, or a number of one's own or of the household."""
    with operation(actor, Permission.FUND_READ) as op:
        if kind not in INTEREST_KINDS:
            raise Invalid("请选择利害关系的种类。", field="kind", code="CHOICE")
        numbered = kind in NUMBERED
        found = None if numbered else Party.get_or_none(Party.code == party.strip())
        digits = "".join(number.split())
        if numbered and len(digits) < 7:
            raise Invalid("请填写完整号码。", field="number", code="MISSING")
        if not numbered and found is None:
            raise Invalid("没有这个主体编号，请核对。", field="party", code="PARTY_UNKNOWN")
        made = Interest.create(
            code=f"HB{next_number('HB'):05d}", user=actor.user_id, kind=kind, party=found,
            number_hash=vault().search_hash(digits) if numbered else "", number_last4=digits[-4:] if numbered else "",
            note=note.strip(), declared_at=op.at,
        )  # fmt: skip
        op.record("interest.declare", made, kind=kind, party=found.code if found else "")
        return made


def end(actor: Actor, code: str) -> None:
    """An interest that is no more; the declaration stays on record."""
    with operation(actor, Permission.FUND_READ) as op:
        ended = Interest.update(ended_at=op.at).where(
            Interest.code == code, Interest.user == actor.user_id, Interest.ended_at.is_null()
        )
        if ended.execute() != 1:
            raise NotFound()
        op.record("interest.end", code)


def delegate(actor: Actor, taker: str, from_day: date, to_day: date, reason: str) -> Delegation:
    """Let a colleague stand in for some days. It gives no new powers; it makes the two one hand before the rules."""
    with operation(actor, Permission.FUND_READ) as op:
        other = User.get_or_none(User.username == taker.strip().lower(), User.disabled == False)  # noqa: E712
        if other is None or other.id == actor.user_id:
            raise Invalid("没有这个账号，请核对代办人的登录名。", field="taker", code="USER_UNKNOWN")
        if to_day < from_day:
            raise Invalid("结束日期不能早于开始日期。", field="to_day", code="DATE_ORDER")
        if not reason.strip():
            raise Invalid("请填写委托代办的原因。", field="reason", code="MISSING")
        made = Delegation.create(
            code=f"WT{next_number('WT'):05d}", giver=actor.user_id, taker=other, from_day=from_day, to_day=to_day,
            reason=reason.strip(), given_at=op.at,
        )  # fmt: skip
        op.record(
            "delegation.give", made, taker=other.username, from_day=from_day.isoformat(), to_day=to_day.isoformat()
        )
        return made


def own(actor: Actor) -> tuple[list[Interest], list[Delegation]]:
    """What somebody has declared and to whom he has given his work, newest first."""
    interests = Interest.select().where(Interest.user == actor.user_id).order_by(Interest.id.desc())
    given = Delegation.select(Delegation, User).join(User, on=Delegation.taker)
    return list(interests), list(given.where(Delegation.giver == actor.user_id).order_by(Delegation.id.desc()))


def hands(user_id: int, day: date) -> set[int]:
    """Everybody who is one hand with this person on a day: those he stands in for, and those who stand in for him."""
    rows = Delegation.select(Delegation.giver, Delegation.taker).where(
        Delegation.ended_at.is_null(), Delegation.from_day <= day, Delegation.to_day >= day,
        (Delegation.giver == user_id) | (Delegation.taker == user_id),
    )  # fmt: skip
    return {user_id} | {key for pair in rows.tuples() for key in pair}


def conflicts(user_ids: set[int], application: Application) -> bool:
    """Is one of these persons of the applicant's side: by own party, by a declared party, or by a number in common?"""
    sides = {application.applicant_id, application.agent_id, application.plot.operator_id} - {None}
    if User.select().where(User.id.in_(user_ids), User.party.in_(sides)).exists():
        return True
    declared = list(Interest.select().where(Interest.user.in_(user_ids), Interest.ended_at.is_null()))
    if not declared:
        return False
    numbers = _numbers_of(sides)
    return any(row.party_id in sides or (row.number_hash and row.number_hash in numbers) for row in declared)


def _numbers_of(sides: set[Any]) -> set[str]:
    """Hashes of every number of these parties and of the people of these households."""
    found: set[str] = set()
    for party in Party.select().where(Party.id.in_(sides)):
        found |= {party.phone_hash, party.id_number_hash, party.account_hash}
        if party.phone:
            found.add(vault().search_hash("".join(party.phone.split())))
    members = HouseholdMember.select(HouseholdMember.id_number_hash).where(
        HouseholdMember.household.in_(sides), HouseholdMember.left_on.is_null()
    )
    found |= {value for (value,) in members.tuples()}
    return {value for value in found if value}


def require_free(user_id: int, name: str, application: Application, day: date) -> None:
    """Refuse to name somebody for a task on this application who would have to step back from it."""
    if conflicts(hands(user_id, day), application):
        raise RuleBroken("%(name)s 与申请人存在利害关系，应当回避，请另行指派。", code="RECUSED", name=name)


def today_hands(user_id: int) -> set[int]:
    """:func:`hands` as of today."""
    return hands(user_id, business_date())
