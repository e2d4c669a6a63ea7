"""Where money goes: the account in the register, or one that took its place with evidence, a second person, and a cool-down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.db import lock_row
from trace.db.counters import next_number
from trace.files.rules import Upload
from trace.files.services import keep
from trace.payments import queries, rules
from trace.payments.models import PayeeAccount
from trace.registry import queries as register
from trace.registry.models import Party
from trace.registry.queries import site_setting
from trace.registry.vault import vault


@dataclass(frozen=True)
class Payee:
    """An account ready to be paid to, or why it is not."""

    holder_name: str
    bank_name: str
    account_sealed: str
    account_hash: str
    account_last4: str
    fault: RuleBroken | None = None


def payees_of(parties: Iterable[Party], today: date) -> dict[int, Payee]:
    """The account of each party on a day; what stands against it is said in ``fault``."""
    known = {party.id: party for party in parties}
    changes = queries.accounts_of(known)
    used = queries.used_accounts(known)
    return {key: _payee(party, changes.get(key, []), used.get(key, set()), today) for key, party in known.items()}


def _payee(party: Party, changes: list[PayeeAccount], used: set[str], today: date) -> Payee:
    waiting = next((row for row in changes if row.state == "proposed"), None)
    current = next((row for row in changes if row.state == "confirmed"), None)
    if current is None:
        found = Payee(party.name, "", party.account_sealed, party.account_hash or "", party.account_last4)
    else:
        found = Payee(
            current.holder_name, current.bank_name, current.account_sealed, current.account_hash, current.account_last4
        )
    return Payee(
        found.holder_name, found.bank_name, found.account_sealed, found.account_hash, found.account_last4,
        _fault(party, found, waiting, current, used, today),
    )  # fmt: skip


def _fault(
    party: Party, payee: Payee, waiting: PayeeAccount | None, current: PayeeAccount | None, used: set[str], today: date
) -> RuleBroken | None:
    if waiting is not None:
        return RuleBroken("%(party)s 的收款账户正在变更，须先由另一人复核。", code="ACCOUNT_CHANGING", party=party.name)
    if not payee.account_sealed:
        return RuleBroken("%(party)s 没有登记收款账户，不能支付。", code="ACCOUNT_MISSING", party=party.name)
    if current is not None and current.usable_from is not None and today < current.usable_from:
        return RuleBroken(
            "%(party)s 的收款账户刚变更，冷静期内不能支付，%(day)s 起可以支付。", code="COOL_DOWN", party=party.name,
            day=current.usable_from.isoformat(),
        )  # fmt: skip
    if not rules.same_name(payee.holder_name, party.name):
        return name_differs(payee.holder_name, party.name)
    if used and payee.account_hash not in used and current is None:
        return RuleBroken(
            "%(party)s 登记的收款账户与上次支付时不同，须先办理收款账户变更（证据、另一人复核）。", code="ACCOUNT_DIFFERS", party=party.name
        )  # fmt: skip
    return None


def name_differs(holder: str, party: str) -> RuleBroken:
    """The refusal of domain brief §5.10."""
    return RuleBroken(
        "收款户名‘%(holder)s’与申请人‘%(party)s’不一致。",
        code="ACCOUNT_NAME",
        holder=holder,
        party=party,
        field="holder_name",
    )


def propose_account(
    actor: Actor,
    party_code: str,
    *,
    holder_name: str,
    number: str,
    bank_name: str,
    reason: str,
    evidence: Upload | None,
) -> PayeeAccount:
    """Ask for another account of a beneficiary; another person confirms it. All faults of the form are told together."""
    with operation(actor, Permission.PAYMENT_MAKE) as op:
        party = register.get_party(actor, party_code)
        faults = _form_faults(party, holder_name, number, reason, evidence)
        if faults or evidence is None:
            raise Invalid(errors=faults)
        list(lock_row(Party.select(Party.id).where(Party.id == party.id)))
        if any(row.state == "proposed" for row in queries.accounts_of([party.id]).get(party.id, [])):
            raise RuleBroken(
                "%(party)s 的收款账户正在变更，须先由另一人复核。", code="ACCOUNT_CHANGING", party=party.name
            )
        plain = "".join(number.split())
        made = PayeeAccount.create(
            code=f"ZH{next_number('payee_account'):06d}", party=party, holder_name=holder_name.strip(), bank_name=bank_name.strip(),
            account_sealed=vault().seal(plain), account_hash=vault().search_hash(plain), account_last4=plain[-4:], reason=reason.strip(),
            evidence=keep(op, evidence), state="proposed", proposer_id=actor.user_id, proposer_name=actor.display_name, proposed_at=op.at,
        )  # fmt: skip
        op.record("payee.propose", made, party=party.code, last4=made.account_last4, reason=made.reason)
        return made


def decide_account(actor: Actor, code: str, *, agreed: bool, note: str = "") -> PayeeAccount:
    """The second person confirms or refuses; a confirmed account is used after the cool-down."""
    with operation(actor, Permission.PAYMENT_CHECK) as op:
        seen = queries.get_account(actor, code)
        row = lock_row(PayeeAccount.select().where(PayeeAccount.id == seen.id)).get()
        if row.state != "proposed":
            raise RuleBroken("这项账户变更已经办结。", code="DECIDED")
        if row.proposer_id == actor.user_id:
            raise RuleBroken("账户变更须由另一人复核，您不能复核自己提出的变更。", code="SAME_PERSON")
        if not agreed and not note.strip():
            raise Invalid("请写明不予变更的原因。", field="note", code="MISSING")
        row.state = "confirmed" if agreed else "refused"
        row.decider_id, row.decider_name, row.decided_at = actor.user_id, actor.display_name, op.at
        row.decision_note = note.strip()
        row.usable_from = rules.usable_from(business_date(op.at), cool_down_days()) if agreed else None
        row.save()
        op.record("payee.decide", row, agreed=agreed, usable_from=row.usable_from and row.usable_from.isoformat())
        return row


def cool_down_days() -> int:
    """The county's number of days, or the assumed one."""
    return int(site_setting(rules.COOL_DOWN_KEY, rules.COOL_DOWN_DAYS))


def _form_faults(party: Party, holder_name: str, number: str, reason: str, evidence: Upload | None) -> list[FieldError]:
    found = []
    if not holder_name.strip():
        found.append(FieldError("holder_name", "MISSING", Message("请填写收款户名。")))
    elif not rules.same_name(holder_name, party.name):
        found.append(FieldError("holder_name", "ACCOUNT_NAME", name_differs(holder_name.strip(), party.name).message))
    fault = _number_fault(number)
    if fault:
        found.append(FieldError("number", "ACCOUNT_NUMBER", Message(fault)))
    if not reason.strip():
        found.append(FieldError("reason", "MISSING", Message("请写明变更原因，如“原账户已销户”。")))
    if evidence is None:
        found.append(FieldError("evidence", "MISSING", Message("请上传开户证明或银行卡照片等证据。")))
    return found


def _number_fault(number: str) -> str:
    plain = "".join(number.split())
    if not plain.isdigit() or not 8 <= len(plain) <= 32:
        return "银行账号应为 8 至 32 位数字。"
    return ""
