"""Batches: one person makes, another releases with a second factor, the bank's answers are booked. Each line is paid once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import IntegrityError

from trace import audit
from trace.accounts.factors import require_code
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.db import db
from trace.db.counters import next_number
from trace.db.rows import change_rows, put_rows
from trace.funds import ledger, many, workflow
from trace.funds import rules as funds
from trace.funds.ledger import Posting
from trace.funds.models import Application
from trace.funds.rules import Action
from trace.payments import gate, queries, rules
from trace.payments.models import PaymentBatch, PaymentLine
from trace.payments.payee_accounts import Payee
from trace.registry.vault import vault


@dataclass(frozen=True)
class Result:
    """The bank's answer to one line: ``state`` is paid, failed or returned; ``code`` the id of the line."""

    code: str
    state: str
    bank_ref: str = ""
    reason: str = ""


def make_batch(actor: Actor, nos: list[str], kind: str = "") -> PaymentBatch:
    """Put approved applications into a batch, with payee, account, amount and evidence frozen under one hash.

    A batch goes by one channel; ``kind`` may be left out when all beneficiaries use the same one.
    """
    with workflow.acting(actor, funds.permissions_for(Action.PREPARE), Action.PREPARE, ",".join(nos)[:80]) as op:
        if not nos:
            raise Invalid("请至少选择一份申请。", field="applications", code="MISSING")
        applications = many.lock_many(actor, nos)
        channel = _channel(applications, kind)
        steps = many.require_steps(op, applications, Action.PREPARE)
        payees, evidence = gate.require_payable(applications, business_date(op.at))
        year = business_date(op.at).year
        no = f"ZF{year % 100:02d}-{next_number(f'ZF{year}'):04d}"
        rows = [
            _line(one, payees[one.applicant_id], evidence[one.id], rules.line_code(no, number))
            for number, one in enumerate(applications, 1)
        ]
        batch = PaymentBatch.create(
            no=no, kind=channel, state="prepared", total_fen=sum(row["amount_fen"] for row in rows), line_count=len(rows),
            digest=rules.digest_of(no, channel, rows), maker_id=actor.user_id, maker_name=actor.display_name, made_at=op.at,
        )  # fmt: skip
        _write_lines(batch, applications, rows)
        many.advance_all(op, applications, steps, detail=lambda _one: {"batch": no})
        op.record("payment.make", batch, lines=len(rows), total_fen=batch.total_fen, digest=batch.digest)
        return batch


def cancel_batch(actor: Actor, no: str, reason: str) -> PaymentBatch:
    """Take back a batch that was not released; its applications wait for another one."""
    with workflow.acting(actor, funds.permissions_for(Action.CANCEL_PAYMENT), Action.CANCEL_PAYMENT, no) as op:
        batch = queries.lock_batch(actor, no)
        if not reason.strip():
            raise Invalid("请写明撤销批次的原因。", field="reason", code="MISSING")
        if batch.state != "prepared":
            raise RuleBroken("批次 %(no)s 已经放行或撤销，不能再撤销。", code="NOT_PREPARED", no=no)
        applications = many.lock_many(actor, [line.application.no for line in queries.lines(batch)])
        steps = many.require_steps(op, applications, Action.CANCEL_PAYMENT)
        many.advance_all(op, applications, steps, opinion=reason.strip(), detail=lambda _one: {"batch": no})
        mine = PaymentLine.batch == batch.id
        PaymentLine.update(state="cancelled", live_key=None, reason=reason.strip()).where(mine).execute()
        batch.state, batch.cancelled_at, batch.cancel_reason = "cancelled", op.at, reason.strip()
        batch.save(only=[PaymentBatch.state, PaymentBatch.cancelled_at, PaymentBatch.cancel_reason])
        op.record("payment.cancel", batch, reason=reason.strip())
        return batch


def release_batch(actor: Actor, no: str, otp: str) -> PaymentBatch:
    """The second person lets a batch go to the bank, with a code of the own authenticator. A repeat finds it released and changes nothing."""
    seen = queries.get_batch(actor, no)
    actor.require(Permission.PAYMENT_CHECK)
    if seen.state == "prepared" and seen.maker_id != actor.user_id:
        require_code(actor, otp)
    with workflow.acting(actor, [Permission.PAYMENT_CHECK], Action.RELEASE, no) as op:
        batch = queries.lock_batch(actor, no)
        if batch.maker_id == actor.user_id:
            raise RuleBroken("制单和复核须由两人办理，您不能复核自己制的支付批次。", code="SAME_PERSON")
        if batch.state != "prepared":
            op.record("payment.release", batch, repeated=True)
            return batch
        lines = queries.lines(batch)
        require_unaltered(batch, lines)
        applications = many.lock_many(actor, [line.application.no for line in lines])
        gate.require_still_payable(applications)
        steps = many.require_steps(op, applications, Action.RELEASE)
        many.advance_all(op, applications, steps, detail=lambda _one: {"batch": no})
        batch.state, batch.released_at = "released", op.at
        batch.checker_id, batch.checker_name = actor.user_id, actor.display_name
        batch.save(
            only=[PaymentBatch.state, PaymentBatch.released_at, PaymentBatch.checker_id, PaymentBatch.checker_name]
        )
        op.record("payment.release", batch, total_fen=batch.total_fen, digest=batch.digest)
        return batch


def require_unaltered(batch: PaymentBatch, lines: Sequence[PaymentLine]) -> None:
    """The lines are those whose hash was taken when the batch was made; sealed accounts are opened and hashed again."""
    if rules.digest_of(batch.no, batch.kind, [_row_of(line) for line in lines]) != batch.digest:
        raise RuleBroken("批次内容与制单时的校验值不符，不能放行，请联系审计人员。", code="DIGEST_MISMATCH")


def record_results(actor: Actor, no: str, results: Iterable[Result], *, complete: bool = False) -> PaymentBatch:
    """Book the bank's answers: paid lines reach the ledger, failed ones go back to be prepared again, returned ones are taken back.

    What is answered already the same way is passed over, so a file may be read twice. With ``complete`` every line needs an answer.
    """
    with workflow.acting(actor, [Permission.PAYMENT_MAKE], Action.PAY, no) as op:
        batch = queries.lock_batch(actor, no)
        if batch.state not in ("released", "done"):
            raise RuleBroken("批次 %(no)s 还没有复核放行，不能登记银行回单。", code="NOT_RELEASED", no=no)
        lines = {line.code: line for line in queries.lines(batch)}
        answers = checked_answers(lines, results, complete=complete and batch.state == "released")
        fresh = {code: answer for code, answer in answers.items() if lines[code].state != answer.state}
        applications = (
            {one.id: one for one in many.lock_many(actor, [lines[code].application.no for code in fresh])}
            if fresh
            else {}
        )
        for state, action in (
            ("paid", Action.PAY),
            ("failed", Action.FAIL_PAYMENT),
            ("returned", Action.RETURN_PAYMENT),
        ):
            group = [lines[code] for code in sorted(fresh) if fresh[code].state == state]
            if group:
                _book(
                    op, batch, action, [(line, applications[line.application_id], fresh[line.code]) for line in group]
                )
        _finish(op, batch, fresh, lines)
        return batch


def checked_answers(
    lines: dict[str, PaymentLine], results: Iterable[Result], *, complete: bool = False
) -> dict[str, Result]:
    """Answers by line id; every line unknown, doubly answered, missing, or answered without a reason is told at once."""
    faults: list[tuple[str, str, dict[str, Any]]] = []
    answers: dict[str, Result] = {}
    for answer in results:
        if answer.code not in lines:
            faults.append(("LINE_UNKNOWN", "本批没有明细 %(code)s。", {"code": answer.code[:30]}))
        elif answer.code in answers and answers[answer.code].state != answer.state:
            faults.append(("LINE_TWICE", "明细 %(code)s 出现两次，结果不同。", {"code": answer.code}))
        elif answer.state != "paid" and not answer.reason.strip():
            faults.append(("REASON_MISSING", "请填写明细 %(code)s 支付失败的原因。", {"code": answer.code}))
        elif fault := _transition_fault(lines[answer.code], answer.state):
            faults.append(("RESULT_CHANGED", fault, {"code": answer.code}))
        else:
            answers[answer.code] = answer
    if complete:
        faults += [
            ("LINE_MISSING", "缺少明细 %(code)s 的银行回单结果。", {"code": code})
            for code in lines
            if code not in answers
        ]
    if faults:
        raise Invalid(errors=[many.field_error("lines", *fault) for fault in faults[: many.MOST_TOLD]])
    return answers


def _transition_fault(line: PaymentLine, state: str) -> str:
    """What became of a line is final, but for money the bank sent back after it was paid."""
    if line.state == state or line.state == "pending" and state in ("paid", "failed"):
        return ""
    if line.state == "pending":
        return "明细 %(code)s 尚未支付，不能登记退票。"
    if line.state == "paid":
        return "" if state == "returned" else "明细 %(code)s 已登记支付成功，不能改为失败；款项退回请按退票登记。"
    return "明细 %(code)s 已登记为失败或退票，不能再改。"


def _book(
    op: audit.Operation, batch: PaymentBatch, action: Action, group: list[tuple[PaymentLine, Application, Result]]
) -> None:
    applications = [one for _, one, _ in group]
    steps = many.require_steps(op, applications, action)
    for line, _, answer in group:
        live = line.live_key if answer.state == "paid" else None
        line.state, line.live_key, line.answered_at = answer.state, live, op.at
        line.bank_ref, line.reason = answer.bank_ref.strip()[:60] or line.bank_ref, answer.reason.strip()[:200]
    _save_answers([line for line, _, _ in group])
    kind = {Action.PAY: "pay", Action.RETURN_PAYMENT: "return"}.get(action)
    if kind is not None:
        ledger.post_all(op, [_posting(kind, batch, line, one) for line, one, _ in group])
    reasons = {one.id: answer.reason.strip() for _, one, answer in group if answer.reason.strip()}
    many.advance_all(
        op,
        applications,
        steps,
        detail=lambda one: {"batch": batch.no, **({"reason": reasons[one.id]} if one.id in reasons else {})},
    )


def _save_answers(lines: list[PaymentLine]) -> None:
    names = ("state", "live_key", "answered_at", "bank_ref", "reason")
    change_rows(PaymentLine, names, [(*(getattr(line, name) for name in names), line.id) for line in lines])


def _posting(kind: str, batch: PaymentBatch, line: PaymentLine, one: Application) -> Posting:
    reverses = f"pay:{line.code}" if kind == "return" else ""
    return Posting(
        kind, one.programme_id, line.amount_fen, f"{kind}:{line.code}", "batch", batch.no, one.id, reverses=reverses
    )


def _finish(op: audit.Operation, batch: PaymentBatch, fresh: dict[str, Result], lines: dict[str, PaymentLine]) -> None:
    """A batch is done when the bank has answered for every line."""
    waiting = sum(line.state == "pending" for line in lines.values())
    if batch.state == "released" and not waiting:
        batch.state, batch.done_at = "done", op.at
        batch.save(only=[PaymentBatch.state, PaymentBatch.done_at])
    if not fresh:
        op.record("payment.result", batch, repeated=True)
        return
    paid = sum(lines[code].amount_fen for code, answer in fresh.items() if answer.state == "paid")
    failed = sum(answer.state != "paid" for answer in fresh.values())
    op.record("payment.result", batch, paid_fen=paid, failed=failed, waiting=waiting)


def reveal_accounts(actor: Actor, no: str) -> list[tuple[PaymentLine, str]]:
    """The full accounts of a batch, for those who pay it; every look is kept in the trail."""
    permission = Permission.PAYMENT_MAKE if actor.can(Permission.PAYMENT_MAKE) else Permission.PAYMENT_CHECK
    with operation(actor, permission) as op:
        batch = queries.get_batch(actor, no)
        op.record("payment.view_accounts", batch)
        return [(line, vault().unseal(line.account_sealed)) for line in queries.lines(batch)]


def _channel(applications: Sequence[Application], kind: str) -> str:
    found = {rules.kind_for(one.applicant.kind) for one in applications}
    if len(found) > 1:
        raise Invalid("农户走一卡通、单位走对公账户，请分两个批次制单。", field="applications", code="CHANNELS_MIXED")
    channel = found.pop()
    if kind and kind != channel:
        raise Invalid("所选申请应走“%(kind)s”。", field="kind", code="CHANNEL", kind=rules.BATCH_KINDS[channel])
    return channel


def _line(one: Application, payee: Payee, evidence: str, code: str) -> dict[str, Any]:
    return {
        "code": code, "no": one.no, "instalment": one.instalment, "payee_name": one.applicant.name, "holder_name": payee.holder_name,
        "bank_name": payee.bank_name, "account_sealed": payee.account_sealed, "account_hash": payee.account_hash,
        "account_last4": payee.account_last4, "amount_fen": one.amount_fen, "evidence": evidence,
    }  # fmt: skip


def _write_lines(batch: PaymentBatch, applications: Sequence[Application], rows: list[dict[str, Any]]) -> None:
    values = [
        {**{key: value for key, value in row.items() if key != "no"}, "batch": batch.id, "application": one.id, "state": "pending",
         "live_key": rules.live_key(one.no, one.instalment)}
        for one, row in zip(applications, rows, strict=True)
    ]  # fmt: skip
    try:
        with db.atomic():
            put_rows(PaymentLine, values)
    except IntegrityError as error:
        raise RuleBroken("所选申请中有刚被放进别的批次的，请刷新后再制单。", code="CHANGED") from error


def _row_of(line: PaymentLine) -> dict[str, Any]:
    """What the hash covers, from the line as it stands now."""
    return {
        "code": line.code, "no": line.application.no, "instalment": line.instalment, "payee_name": line.payee_name,
        "holder_name": line.holder_name, "amount_fen": line.amount_fen, "evidence": line.evidence,
        "account_hash": vault().search_hash(vault().unseal(line.account_sealed)),
    }  # fmt: skip
