"""Approval and payment: the budget is reserved, one person prepares, another releases, the bank's answer is booked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.db import lock_row
from trace.db.counters import next_number
from trace.funds import ledger, queries, rules, workflow
from trace.funds.models import Application, PaymentBatch, PaymentLine
from trace.funds.publicity import lock_all, require_period_over
from trace.funds.rules import Action, State
from trace.registry.vault import vault


@dataclass(frozen=True)
class Result:
    """The bank's answer to one line."""

    application: str
    paid: bool
    bank_ref: str = ""
    reason: str = ""


def approve(actor: Actor, nos: list[str], opinion: str, minutes_ref: str) -> list[Application]:
    """Approve applications with opinion and minutes, all or none, and reserve their money."""
    with workflow.acting(actor, rules.permissions_for(Action.APPROVE), Action.APPROVE, ",".join(nos)[:80]) as op:
        _require_signature(nos, opinion, minutes_ref)
        applications = lock_all(actor, nos)
        steps = [_approvable(op, item, len(applications) > 1) for item in applications]
        by_programme = sorted(applications, key=lambda item: (item.programme_id, item.id))
        for programme_id, group in groupby(by_programme, key=lambda item: item.programme_id):
            ledger.require_room(ledger.lock_budget(programme_id), sum(item.amount_fen for item in group))
        for item, step in sorted(zip(applications, steps, strict=True), key=lambda pair: pair[0].programme_id):
            ledger.post(op, "commit", item.programme_id, item.amount_fen, f"commit:{item.no}", application=item)
            workflow.advance(
                op, item, step, opinion=opinion.strip(), changes={"minutes_ref": minutes_ref.strip()}, minutes_ref=minutes_ref.strip(),
                amount_fen=item.amount_fen,
            )  # fmt: skip
        return applications


def make_batch(actor: Actor, nos: list[str]) -> PaymentBatch:
    """Put approved applications into a payment batch, with payee, account and amount frozen under one hash."""
    with workflow.acting(actor, rules.permissions_for(Action.PREPARE), Action.PREPARE, ",".join(nos)[:80]) as op:
        if not nos:
            raise Invalid("请至少选择一份申请。", field="applications", code="MISSING")
        applications = lock_all(actor, nos)
        steps = [workflow.require_step(op, item, Action.PREPARE, many=len(applications) > 1) for item in applications]
        for item in applications:
            _require_account(item)
        year = business_date(op.at).year
        no = f"ZF{year % 100:02d}-{next_number(f'ZF{year}'):04d}"
        rows = [_line_values(item) for item in applications]
        batch = PaymentBatch.create(
            no=no, state="prepared", total_fen=sum(row["amount_fen"] for row in rows), digest=digest_of(no, rows),
            maker_id=actor.user_id, maker_name=actor.display_name, made_at=op.at,
        )  # fmt: skip
        for item, row, step in zip(applications, rows, steps, strict=True):
            values = {key: value for key, value in row.items() if key != "no"}
            PaymentLine.create(batch=batch, application=item, live_key=item.no, state="pending", **values)
            workflow.advance(op, item, step, batch=batch.no)
        op.record("payment.make", batch, lines=len(rows), total_fen=batch.total_fen, digest=batch.digest)
        return batch


def release_batch(actor: Actor, no: str) -> PaymentBatch:
    """The second person lets a batch go to the bank. A repeat finds it released and changes nothing."""
    with workflow.acting(actor, [Permission.PAYMENT_CHECK], Action.RELEASE, no) as op:
        batch = _lock_batch(actor, no)
        if batch.maker_id == actor.user_id:
            raise RuleBroken("制单和复核须由两人办理，您不能复核自己制的支付批次。", code="SAME_PERSON")
        if batch.state != "prepared":
            op.record("payment.release", batch, repeated=True)
            return batch
        lines = queries.lines(batch)
        if digest_of(batch.no, [_row_of(line) for line in lines]) != batch.digest:
            raise RuleBroken("批次内容与制单时的校验值不符，不能放行，请联系审计人员。", code="DIGEST_MISMATCH")
        applications = lock_all(actor, [line.application.no for line in lines])
        for item in applications:
            step = workflow.require_step(op, item, Action.RELEASE, many=len(applications) > 1)
            workflow.advance(op, item, step, batch=batch.no)
        batch.state, batch.released_at = "released", op.at
        batch.checker_id, batch.checker_name = actor.user_id, actor.display_name
        batch.save(
            only=[PaymentBatch.state, PaymentBatch.released_at, PaymentBatch.checker_id, PaymentBatch.checker_name]
        )
        op.record("payment.release", batch, total_fen=batch.total_fen, digest=batch.digest)
        return batch


def record_result(actor: Actor, no: str, results: Iterable[Result]) -> PaymentBatch:
    """Book the bank's answer for every line: paid ones reach the ledger, failed ones go back to be prepared again."""
    with workflow.acting(actor, [Permission.PAYMENT_MAKE], Action.PAY, no) as op:
        batch = _lock_batch(actor, no)
        if batch.state == "done":
            op.record("payment.result", batch, repeated=True)
            return batch
        if batch.state != "released":
            raise RuleBroken("批次 %(no)s 还没有复核放行，不能登记银行回单。", code="NOT_RELEASED", no=no)
        lines = {line.application.no: line for line in queries.lines(batch)}
        answers = _complete_answers(lines, results)
        applications = sorted(lock_all(actor, list(lines)), key=lambda item: (item.programme_id, item.id))
        for item in applications:
            _book(op, batch, item, lines[item.no], answers[item.no], len(lines) > 1)
        batch.state, batch.done_at = "done", op.at
        batch.save(only=[PaymentBatch.state, PaymentBatch.done_at])
        paid = sum(lines[key].amount_fen for key, answer in answers.items() if answer.paid)
        op.record("payment.result", batch, paid_fen=paid, failed=sum(not answer.paid for answer in answers.values()))
        return batch


def reveal_accounts(actor: Actor, no: str) -> list[tuple[PaymentLine, str]]:
    """The full accounts of a batch, for those who pay it; every look is kept in the trail."""
    permission = Permission.PAYMENT_MAKE if actor.can(Permission.PAYMENT_MAKE) else Permission.PAYMENT_CHECK
    with operation(actor, permission) as op:
        batch = queries.get_batch(actor, no)
        op.record("payment.view_accounts", batch)
        return [(line, vault().unseal(line.account_sealed)) for line in queries.lines(batch)]


def digest_of(no: str, rows: list[dict[str, Any]]) -> str:
    """SHA-256 over the canonical JSON of a batch: number, applications, payees, accounts (as keyed hashes), fen."""
    shown = [{key: row[key] for key in ("no", "payee_name", "account_hash", "amount_fen")} for row in rows]
    return sha256_hex(canonical_bytes({"batch": no, "lines": sorted(shown, key=lambda row: row["no"])}))


def _require_signature(nos: list[str], opinion: str, minutes_ref: str) -> None:
    if not nos:
        raise Invalid("请至少选择一份申请。", field="applications", code="MISSING")
    if not opinion.strip():
        raise Invalid("请签署审定意见。", field="opinion", code="MISSING")
    if not minutes_ref.strip():
        raise Invalid("请填写会议纪要文号。", field="minutes_ref", code="MISSING")


def _approvable(op: audit.Operation, application: Application, many: bool) -> rules.Step:
    if application.state == State.PUBLICITY:  # looked for one step too soon: the words of the period
        require_period_over(application, business_date(op.at))
    return workflow.require_step(op, application, Action.APPROVE, many=many)


def _require_account(application: Application) -> None:
    if not application.applicant.account_sealed:
        raise RuleBroken(
            "%(party)s 没有登记收款账户，不能支付。", code="ACCOUNT_MISSING", party=application.applicant.name
        )


def _line_values(application: Application) -> dict[str, Any]:
    party = application.applicant
    return {
        "no": application.no, "payee_name": party.name, "account_sealed": party.account_sealed,
        "account_hash": vault().search_hash(vault().unseal(party.account_sealed)), "account_last4": party.account_last4,
        "amount_fen": application.amount_fen,
    }  # fmt: skip


def _row_of(line: PaymentLine) -> dict[str, Any]:
    """What the hash covers, from the line as it stands now: the sealed account is opened and hashed again."""
    return {
        "no": line.application.no, "payee_name": line.payee_name, "amount_fen": line.amount_fen,
        "account_hash": vault().search_hash(vault().unseal(line.account_sealed)),
    }  # fmt: skip


def _lock_batch(actor: Actor, no: str) -> PaymentBatch:
    seen = queries.get_batch(actor, no)
    return lock_row(PaymentBatch.select().where(PaymentBatch.id == seen.id)).get()


def _complete_answers(lines: dict[str, PaymentLine], results: Iterable[Result]) -> dict[str, Result]:
    answers = {result.application: result for result in results}
    for no in answers.keys() - lines.keys():
        raise Invalid("本批没有申请 %(no)s。", field="lines", code="LINE_UNKNOWN", no=no)
    for no in lines.keys() - answers.keys():
        raise Invalid("缺少申请 %(no)s 的银行回单结果。", field="lines", code="LINE_MISSING", no=no)
    for answer in answers.values():
        if not answer.paid and not answer.reason.strip():
            raise Invalid(
                "请填写申请 %(no)s 支付失败的原因。", field="lines", code="REASON_MISSING", no=answer.application
            )
    return answers


def _book(
    op: audit.Operation, batch: PaymentBatch, application: Application, line: PaymentLine, answer: Result, many: bool
) -> None:
    action = Action.PAY if answer.paid else Action.FAIL_PAYMENT
    step = workflow.require_step(op, application, action, many=many)
    line.state, line.bank_ref, line.reason = (
        ("paid" if answer.paid else "failed"),
        answer.bank_ref.strip(),
        answer.reason.strip(),
    )
    line.live_key = application.no if answer.paid else None
    line.save(only=[PaymentLine.state, PaymentLine.bank_ref, PaymentLine.reason, PaymentLine.live_key])
    if answer.paid:
        key = f"pay:{batch.no}:{application.no}"
        ledger.post(op, "pay", application.programme_id, line.amount_fen, key, application=application, batch=batch)
    workflow.advance(op, application, step, opinion=answer.reason.strip(), batch=batch.no)
