"""Reading the books: entries of a programme or an account with running balances, and balances of all accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.funds.ledger_models import Account, Transfer
from trace.funds.ledger_rules import ACCOUNTS
from trace.funds.models import Application
from trace.programmes.models import Programme

DEBIT, CREDIT = Account.alias("d"), Account.alias("c")
CREDIT_NORMAL = ("source", "recovered", "claims", "interest")
"""Accounts whose balance is shown as credits less debits, so that readers see positive figures."""


@dataclass(frozen=True)
class Entry:
    """One line of the page: what moved, on which paper, and the balance of the chosen account after it (None without one)."""

    transfer: Transfer
    debit: str
    credit: str
    amount_fen: int
    balance_fen: int | None


def require_reader(actor: Actor) -> None:
    """The books are open to every county office that reads funds; for others they do not exist."""
    actor.require(Permission.FUND_READ)
    if not actor.county_wide:
        raise NotFound()


def balances(programme: Programme) -> dict[str, int]:
    """Balance of every account of a programme, in the sense in which it is read (all non-negative in sound books)."""
    found = dict.fromkeys(ACCOUNTS, 0)
    for side, sign in ((Transfer.debit, 1), (Transfer.credit, -1)):
        rows = Transfer.select(Account.kind, fn.SUM(Transfer.amount_fen)).join(Account, on=(side == Account.id))
        for kind, amount in rows.where(Transfer.programme == programme.id).group_by(Account.kind).tuples():
            found[kind] += sign * int(amount)
    return {kind: -amount if kind in CREDIT_NORMAL else amount for kind, amount in found.items()}


def entries_query(programme: Programme, account: str = "", text: str = "") -> Any:
    """Entries of a programme, both accounts and the application joined; narrowed to one account, or to a piece of a document or application number."""
    rows = (
        Transfer.select(Transfer, Application, DEBIT, CREDIT)
        .join(Application, JOIN.LEFT_OUTER)
        .switch(Transfer)
        .join(DEBIT, on=Transfer.debit, attr="debit_account")
        .switch(Transfer)
        .join(CREDIT, on=Transfer.credit, attr="credit_account")
        .where(Transfer.programme == programme.id)
    )
    if account:
        rows = rows.where((DEBIT.kind == account) | (CREDIT.kind == account))
    if text:
        rows = rows.where(Transfer.doc_no.contains(text) | Application.no.contains(text))
    return rows


def with_balances(programme: Programme, account: str, rows: list[Transfer]) -> list[Entry]:
    """Rows, newest first, with the balance of the account after each; one sum for the newest, the others follow from it."""
    balance = _balance_at(programme, account, rows[0].id) if account and rows else None
    found = []
    for row in rows:
        found.append(Entry(row, row.debit_account.kind, row.credit_account.kind, row.amount_fen, balance))
        if balance is not None:
            balance -= _signed(account, row)
    return found


def all_entries(programme: Programme, account: str = "") -> list[Entry]:
    """Every entry, oldest first, with the running balance: for the sheet."""
    found, balance = [], 0
    for row in entries_query(programme, account).order_by(Transfer.id):
        balance += _signed(account, row) if account else 0
        found.append(
            Entry(row, row.debit_account.kind, row.credit_account.kind, row.amount_fen, balance if account else None)
        )
    return found


def _balance_at(programme: Programme, account: str, last: int) -> int:
    total = 0
    for side, sign in ((Transfer.debit, 1), (Transfer.credit, -1)):
        rows = Transfer.select(fn.COALESCE(fn.SUM(Transfer.amount_fen), 0)).join(Account, on=(side == Account.id))
        rows = rows.where(Transfer.programme == programme.id, Account.kind == account, Transfer.id <= last)
        total += sign * int(rows.scalar())
    return -total if account in CREDIT_NORMAL else total


def _signed(account: str, row: Transfer) -> int:
    """The amount as it changes the account in the sense in which it is read."""
    raises = row.credit_account.kind if account in CREDIT_NORMAL else row.debit_account.kind
    return row.amount_fen if raises == account else -row.amount_fen
