"""The auditor's workspace: samples anybody can draw again, findings with their answers, signals that ask for a look."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import business_date, to_local
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import N_, Message
from trace.db import lock_row
from trace.db.counters import next_number
from trace.funds import queries as funds
from trace.funds.models import Application, FieldRecord
from trace.land.dossier import VisitPhoto
from trace.land.models import SurvivalVisit
from trace.payments import case_queries, case_rules
from trace.payments.case_models import AuditFinding, AuditFindingStep, AuditSample
from trace.payments.models import PayeeAccount, PaymentBatch, PaymentLine
from trace.programmes.models import Programme

METHOD = "SHA-256"
MANY_IN_A_DAY = 8
LATE_DAYS = 7
FRESH_ACCOUNT_DAYS = 30
SIGNALS = {
    "same_account": N_("同一银行账号收多户的款"),
    "fresh_account": N_("换账户后 30 天内支付"),
    "late_signing": N_("验收后 7 天以上才签字（补录）"),
    "many_a_day": N_("同一人一天验收多个地块"),
    "same_photo": N_("不同地块用同一张验收照片"),
    "reduced": N_("审定时被按比例折减"),
}


@dataclass(frozen=True)
class Signal:
    """Something that asks for a look: which kind, what in words, the applications it is about."""

    kind: str
    text: Message
    applications: tuple[str, ...]


def rank(seed: str, no: str) -> str:
    """Where an application stands in the draw: anybody can compute it with the seed alone."""
    return hashlib.sha256(f"{seed}:{no}".encode()).hexdigest()


def draw_sample(actor: Actor, *, size: int, seed: str = "", programme: str = "") -> AuditSample:
    """Draw paid applications: those whose SHA-256 of ``seed:number`` is smallest. Seed, frame and its hash are kept with the draw."""
    with operation(actor, Permission.APPLICATION_AUDIT) as op:
        frame = paid_applications(programme)
        if not frame:
            raise Invalid("范围内没有已支付的申请，不能抽样。", field="programme", code="FRAME_EMPTY")
        chosen_seed = seed.strip() or secrets.token_hex(8)
        drawn = sorted(frame, key=lambda no: rank(chosen_seed, no))[:size]
        made = AuditSample.create(
            code=f"CY{next_number('audit_sample'):05d}", seed=chosen_seed, method=METHOD, frame={"programme": programme, "size": size},
            frame_size=len(frame), frame_hash=sha256_hex(canonical_bytes(frame)), drawn=drawn, drawn_by=actor.user_id,
            drawer_name=actor.display_name, drawn_at=op.at,
        )  # fmt: skip
        op.record(
            "audit.sample", made, seed=chosen_seed, drawn=len(drawn), frame=len(frame), frame_hash=made.frame_hash
        )
        return made


def paid_applications(programme: str = "") -> list[str]:
    """Numbers of every application with a paid line, in order."""
    rows = (
        PaymentLine.select(Application.no)
        .join(Application)
        .join(Programme)
        .where(PaymentLine.state == "paid")
        .distinct()
    )
    if programme:
        rows = rows.where(Programme.code == programme)
    return sorted(no for (no,) in rows.tuples())


def open_finding(
    actor: Actor,
    *,
    cause: str,
    facts: str,
    unit: str,
    application: str = "",
    sample: str = "",
    amount_fen: int = 0,
    days: int = 10,
) -> AuditFinding:
    """Write down what was found and who has to answer by when."""
    with operation(actor, Permission.APPLICATION_AUDIT) as op:
        faults = []
        if not facts.strip():
            faults.append(FieldError("facts", "MISSING", Message("请写明发现的事实。")))
        if unit not in case_queries.UNITS:
            faults.append(FieldError("unit", "CHOICE", Message("请从列表中选择。")))
        if faults:
            raise Invalid(errors=faults)
        today = business_date(op.at)
        made = AuditFinding.create(
            code=f"SJ{next_number('audit_finding'):05d}", sample=case_queries.get_sample(actor, sample) if sample else None,
            application=funds.get_application(actor, application) if application else None, unit=unit, cause=cause, facts=facts.strip(),
            amount_fen=amount_fen, due_on=funds.calendar_for(today, days).add_working_days(today, days), state="open", opener_id=actor.user_id,
            opener_name=actor.display_name, opened_at=op.at,
        )  # fmt: skip
        op.record("audit.finding", made, cause=cause, unit=unit, application=application, amount_fen=amount_fen)
        return made


MOVES = {
    "answer": (("open", "followed"), "answered"),
    "follow": (("answered",), "followed"),
    "close": (("answered", "followed"), "closed"),
}
"""What may be done with a finding: from which states, and where it leads."""


def move_finding(actor: Actor, code: str, move: str, text: str) -> AuditFinding:
    """The unit answers; the auditor follows up or closes. Each says why."""
    if move not in MOVES:
        raise NotFound()
    permission = Permission.FUND_READ if move == "answer" else Permission.APPLICATION_AUDIT
    with operation(actor, permission) as op:
        seen = case_queries.get_finding(actor, code)
        row = lock_row(AuditFinding.select().where(AuditFinding.id == seen.id)).get()
        if move == "answer" and row.unit not in case_queries.units_of(actor):
            actor.require(Permission.APPLICATION_REVIEW if row.unit == "bureau" else Permission.PAYMENT_CHECK)
            raise NotFound()
        sources, target = MOVES[move]
        if row.state not in sources:
            words = case_rules.FINDING_STATES[row.state]
            raise RuleBroken("审计发现当前为“%(state)s”，不能办理这一步。", code="ILLEGAL_STEP", state=words)
        if not text.strip():
            raise Invalid("请填写说明。", field="text", code="MISSING")
        AuditFindingStep.create(
            finding=row,
            to_state=target,
            text=text.strip(),
            actor_id=actor.user_id,
            actor_name=actor.display_name,
            at=op.at,
        )
        row.state, row.closed_at = target, op.at if target == "closed" else None
        row.save(only=[AuditFinding.state, AuditFinding.closed_at])
        op.record("audit.follow", row, to=target, text=text.strip())
        return row


def statistics() -> list[tuple[str, int, int, int]]:
    """Cause, number, still open, and fen of all findings."""
    open_now = fn.COUNT(AuditFinding.id) - fn.COUNT(AuditFinding.closed_at)
    rows = AuditFinding.select(AuditFinding.cause, fn.COUNT(AuditFinding.id), open_now, fn.SUM(AuditFinding.amount_fen))
    return [(cause, int(n), int(left), int(fen)) for cause, n, left, fen in rows.group_by(AuditFinding.cause).tuples()]


def signals(actor: Actor) -> list[Signal]:
    """Everything that asks for a look, as the data stand now."""
    actor.require(Permission.APPLICATION_AUDIT)
    return [*_same_account(), *_fresh_account(), *_late_signing(), *_many_a_day(), *_same_photo(), *_reduced()]


def _same_account() -> list[Signal]:
    holders: dict[str, dict[int, list[str]]] = {}
    tails: dict[str, str] = {}
    rows = PaymentLine.select(
        PaymentLine.account_hash, PaymentLine.account_last4, Application.applicant, Application.no
    ).join(Application)
    for account, tail, party, no in rows.where(PaymentLine.state != "cancelled").tuples():
        holders.setdefault(account, {}).setdefault(party, []).append(no)
        tails[account] = tail
    return [
        Signal(
            "same_account", Message("尾号 %(tail)s 的账户收了 %(n)s 个申请人的款。", {"tail": tails[account], "n": len(parties)}),
            tuple(sorted(no for nos in parties.values() for no in nos)),
        )
        for account, parties in holders.items()
        if len(parties) > 1
    ]  # fmt: skip


def _fresh_account() -> list[Signal]:
    rows = (
        PaymentLine.select(Application.no, PaymentBatch.made_at, PayeeAccount.code, PayeeAccount.decided_at)
        .join(Application)
        .switch(PaymentLine)
        .join(PaymentBatch)
        .join(
            PayeeAccount,
            on=(
                (PayeeAccount.account_hash == PaymentLine.account_hash) & (PayeeAccount.party == Application.applicant)
            ),
        )
        .where(PayeeAccount.state == "confirmed", PaymentLine.state.in_(("pending", "paid")))
    )
    return [
        Signal(
            "fresh_account",
            Message("%(code)s 换账户后 %(n)s 天支付。", {"code": code, "n": (made - decided).days}),
            (no,),
        )
        for no, made, code, decided in rows.tuples()
        if timedelta(0) <= made - decided <= timedelta(days=FRESH_ACCOUNT_DAYS)
    ]


def _late_signing() -> list[Signal]:
    rows = FieldRecord.select(FieldRecord, Application).join(Application)
    found = []
    for row in rows:
        days = (to_local(row.signed_at).date() - row.visited_on).days
        if days > LATE_DAYS:
            words = Message("%(who)s验收后 %(n)s 天才签字。", {"who": row.verifier_name, "n": days})
            found.append(Signal("late_signing", words, (row.application.no,)))
    return found


def _many_a_day() -> list[Signal]:
    days: dict[tuple[str, Any], list[str]] = {}
    rows = FieldRecord.select(FieldRecord.verifier_name, FieldRecord.visited_on, Application.no).join(Application)
    for who, day, no in rows.tuples():
        days.setdefault((who, day), []).append(no)
    return [
        Signal(
            "many_a_day",
            Message("%(who)s在 %(day)s 一天验收 %(n)s 个地块。", {"who": who, "day": day.isoformat(), "n": len(nos)}),
            tuple(nos),
        )
        for (who, day), nos in days.items()
        if len(nos) >= MANY_IN_A_DAY
    ]


def _same_photo() -> list[Signal]:
    seen: dict[int, set[int]] = {}
    rows = VisitPhoto.select(VisitPhoto.file, SurvivalVisit.plot).join(SurvivalVisit)
    for file, plot in rows.tuples():
        seen.setdefault(file, set()).add(plot)
    found = []
    for plots in seen.values():
        if len(plots) > 1:
            nos = [no for (no,) in Application.select(Application.no).where(Application.plot.in_(list(plots))).tuples()]
            found.append(
                Signal("same_photo", Message("%(n)s 个地块的查验用了同一张照片。", {"n": len(plots)}), tuple(nos))
            )
    return found


def _reduced() -> list[Signal]:
    rows = Application.select(Application.no, Application.sheet).where(Application.minutes_ref != "").tuples()
    return [
        Signal("reduced", Message("审定金额按比例折减。"), (no,))
        for no, sheet in rows
        if sheet and sheet.get("reduction")
    ]


def drawn_rows(actor: Actor, numbers: Sequence[str]) -> list[Application]:
    """The applications of a sample in the order of the draw."""
    found = {row.no: row for row in funds.visible_applications(actor).where(Application.no.in_(list(numbers)))}
    return [found[no] for no in numbers if no in found]
