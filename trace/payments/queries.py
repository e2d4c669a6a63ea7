"""Reading payments: batches and lines, what was paid on an application, accounts waiting, what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from peewee import fn

from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.db import lock_row
from trace.funds.many import chunks
from trace.funds.models import Application
from trace.funds.queries import visible_applications
from trace.funds.rules import State
from trace.payments.models import BankFile, BankTemplate, PayeeAccount, PaymentBatch, PaymentLine
from trace.programmes.models import Programme
from trace.registry.models import Party

P = Permission


def visible_batches(actor: Actor) -> Any:
    """All payment batches, for those who may read them; an applicant sees its own payment on the application."""
    actor.require(P.PAYMENT_READ)
    return PaymentBatch.select()


def get_batch(actor: Actor, no: str) -> PaymentBatch:
    """A payment batch the actor may see."""
    found = visible_batches(actor).where(PaymentBatch.no == no).first()
    if found is None:
        raise NotFound()
    return found


def lock_batch(actor: Actor, no: str) -> PaymentBatch:
    """The batch, its row locked and read after the lock."""
    seen = get_batch(actor, no)
    return lock_row(PaymentBatch.select().where(PaymentBatch.id == seen.id)).get()


def lines(batch: PaymentBatch) -> list[PaymentLine]:
    """The lines of a batch with application and programme joined, in the order of the file."""
    return list(lines_query(batch))


def lines_query(batch: PaymentBatch) -> Any:
    """The same as a query, for pages."""
    rows = PaymentLine.select(PaymentLine, Application, Programme).join(Application).join(Programme)
    return rows.where(PaymentLine.batch == batch.id).order_by(PaymentLine.code)


def sums_by_state(batch: PaymentBatch) -> dict[str, tuple[int, int]]:
    """State → number and fen of the lines of a batch."""
    rows = PaymentLine.select(PaymentLine.state, fn.COUNT(PaymentLine.id), fn.SUM(PaymentLine.amount_fen))
    rows = rows.where(PaymentLine.batch == batch.id).group_by(PaymentLine.state).tuples()
    return {state: (int(count), int(amount)) for state, count, amount in rows}


def sums_by_programme(batch: PaymentBatch) -> list[tuple[str, str, int, int]]:
    """Code, name, number and fen per programme of a batch."""
    rows = (
        PaymentLine.select(Programme.code, Programme.name, fn.COUNT(PaymentLine.id), fn.SUM(PaymentLine.amount_fen))
        .join(Application)
        .join(Programme)
        .where(PaymentLine.batch == batch.id)
        .group_by(Programme.code, Programme.name)
        .order_by(Programme.code)
    )
    return [(code, name, int(count), int(amount)) for code, name, count, amount in rows.tuples()]


def payments_of(application: Application) -> list[PaymentLine]:
    """The payments of one application with their batches."""
    rows = PaymentLine.select(PaymentLine, PaymentBatch).join(PaymentBatch)
    return list(rows.where(PaymentLine.application == application.id).order_by(PaymentLine.id))


def live_lines(keys: Sequence[str]) -> dict[str, PaymentLine]:
    """Lines that stand for these application/instalment keys, with their batches."""
    found: dict[str, PaymentLine] = {}
    for part in chunks(keys):
        rows = PaymentLine.select(PaymentLine, PaymentBatch).join(PaymentBatch).where(PaymentLine.live_key.in_(part))
        found.update({row.live_key: row for row in rows})
    return found


def ready(actor: Actor) -> Any:
    """Approved applications whose money is not on its way, oldest first."""
    wanted = [State.APPROVED.value, State.PAY_FAILED.value]
    return visible_applications(actor).where(Application.state.in_(wanted)).order_by(Application.id)


def accounts_of(party_ids: Iterable[int]) -> dict[int, list[PayeeAccount]]:
    """The account changes of parties, newest first."""
    found: dict[int, list[PayeeAccount]] = {}
    for part in chunks(sorted(set(party_ids))):
        rows = PayeeAccount.select().where(PayeeAccount.party.in_(part)).order_by(PayeeAccount.id.desc())
        for row in rows:
            found.setdefault(row.party_id, []).append(row)
    return found


def used_accounts(party_ids: Iterable[int]) -> dict[int, set[str]]:
    """Keyed hashes of the accounts each party was paid to before."""
    found: dict[int, set[str]] = {}
    for part in chunks(sorted(set(party_ids))):
        rows = PaymentLine.select(Application.applicant, PaymentLine.account_hash).join(Application)
        rows = rows.where(Application.applicant.in_(part), PaymentLine.state != "cancelled").distinct()
        for party, account in rows.tuples():
            found.setdefault(party, set()).add(account)
    return found


def account_changes(actor: Actor, state: str = "") -> Any:
    """Account changes with their parties, newest first."""
    actor.require(P.PAYMENT_READ)
    rows = PayeeAccount.select(PayeeAccount, Party).join(Party).order_by(PayeeAccount.id.desc())
    return rows.where(PayeeAccount.state == state) if state else rows


def get_account(actor: Actor, code: str) -> PayeeAccount:
    """One account change."""
    found = account_changes(actor).where(PayeeAccount.code == code).first()
    if found is None:
        raise NotFound()
    return found


def template_for(kind: str) -> BankTemplate | None:
    """The template of a channel that is in use: its newest version."""
    rows = BankTemplate.select().where(BankTemplate.kind == kind, BankTemplate.in_use == True)  # noqa: E712
    return rows.order_by(BankTemplate.version.desc()).first()


def templates() -> list[BankTemplate]:
    """All versions, newest first."""
    return list(BankTemplate.select().order_by(BankTemplate.kind, BankTemplate.version.desc()))


def files_of(batch: PaymentBatch) -> list[BankFile]:
    """The return files read for a batch, oldest first."""
    return list(BankFile.select().where(BankFile.batch == batch.id).order_by(BankFile.id))


def waiting_for(actor: Actor) -> list[tuple[str, int, str]]:
    """What waits for the actor: the words, how many, and the page to deal with it."""
    found = []
    for permission, label, state in (
        (P.PAYMENT_CHECK, "待复核的支付批次", "prepared"),
        (P.PAYMENT_MAKE, "待登记银行回单的支付批次", "released"),
    ):
        if actor.can(permission):
            count = visible_batches(actor).where(PaymentBatch.state == state).count()
            found.append((label, count, f"/funds/payments?state={state}"))
    if actor.can(P.PAYMENT_CHECK):
        count = account_changes(actor, "proposed").count()
        found.append(("待复核的收款账户变更", count, "/funds/payments/accounts?state=proposed"))
    return found
