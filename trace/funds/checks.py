"""Invariants of public money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from peewee import fn

from trace.funds.ledger import ENTRIES
from trace.funds.models import (
    Account,
    Application,
    ApplicationDuty,
    Budget,
    FieldRecord,
    PaymentLine,
    Transfer,
)
from trace.funds.rules import CASES, COMMITTED, State
from trace.programmes.models import Programme


def check_budgets() -> Iterator[str]:
    """The kept sums of each programme are the sums of its transfers, and nothing is overspent."""
    sums: dict[int, dict[str, int]] = {}
    rows = Transfer.select(Transfer.programme, Transfer.kind, fn.SUM(Transfer.amount_fen))
    for programme, kind, amount in rows.group_by(Transfer.programme, Transfer.kind).tuples():
        sums.setdefault(programme, {})[kind] = int(amount)
    for budget in Budget.select(Budget, Programme).join(Programme):
        found = sums.get(budget.programme_id, {})
        paid = found.get("pay", 0)
        expected = (found.get("appropriate", 0), found.get("commit", 0) - paid, paid)
        kept = (budget.appropriated_fen, budget.committed_fen, budget.paid_fen)
        if kept != expected:
            yield f"programme {budget.programme.code}: kept sums {kept}, transfers say {expected}"
        if budget.committed_fen + budget.paid_fen > budget.appropriated_fen:
            yield f"programme {budget.programme.code}: overspent"


def check_double_entry() -> Iterator[str]:
    """Every transfer debits and credits the two accounts its kind asks for, in its own programme; debits equal credits."""
    accounts = {row.id: (row.programme_id, row.kind) for row in Account.select()}
    balance: dict[int, int] = {}
    for row in Transfer.select():
        wanted = tuple((row.programme_id, kind) for kind in ENTRIES[row.kind])
        if (accounts[row.debit_id], accounts[row.credit_id]) != wanted:
            yield f"transfer {row.key}: wrong accounts"
        balance[row.debit_id] = balance.get(row.debit_id, 0) + row.amount_fen
        balance[row.credit_id] = balance.get(row.credit_id, 0) - row.amount_fen
    if sum(balance.values()) != 0:
        yield "ledger: debits and credits differ"
    for account_id, amount in balance.items():
        if amount < 0 and accounts[account_id][1] != "source":
            yield f"account {account_id}: negative"


def check_applications() -> Iterator[str]:
    """Approved money is reserved once, paid money is posted once, with a paid line to show for it. A case (audit, clawback) keeps what it found."""
    rows = Transfer.select(Application.no, Transfer.kind, fn.COUNT(Transfer.id)).join(Application)
    posted = {(no, kind): count for no, kind, count in rows.group_by(Application.no, Transfer.kind).tuples()}
    paid_lines = PaymentLine.select(Application.no).join(Application).where(PaymentLine.state == "paid")
    paid = Counter(no for (no,) in paid_lines.tuples())
    rows = Application.select(Application.no, Application.state, Application.held_state, Application.instalment)
    for no, state, held, instalment in rows.tuples():
        stands = held if state in CASES else state
        wanted_paid = instalment - 1 + int(stands in (State.PAID, State.CLOSED, State.ARCHIVED))
        wanted = (wanted_paid + int(stands in COMMITTED), wanted_paid)
        if (posted.get((no, "commit"), 0), posted.get((no, "pay"), 0)) != wanted:
            yield f"application {no}: postings do not fit state {state}"
        if paid[no] != wanted_paid:
            yield f"application {no}: payment lines do not fit state {state}"


def check_verifiers() -> Iterator[str]:
    """Whoever signed a verification holds that duty and no other."""
    duties = {(row.application_id, row.user_id): row.duty for row in ApplicationDuty.select()}
    for row in FieldRecord.select(FieldRecord, Application).join(Application):
        if duties.get((row.application_id, row.verifier_id)) != f"verify_{row.side}":
            yield f"application {row.application.no}: {row.side} signed without the duty"


CHECKS = (check_budgets, check_double_entry, check_applications, check_verifiers)
