"""Invariants of public money. Each yields what is wrong and mends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from peewee import fn

from trace.funds.approval_models import ApprovalItem, ApprovalList
from trace.funds.ledger_models import Account, Budget, Transfer
from trace.funds.ledger_queries import CREDIT_NORMAL
from trace.funds.ledger_rules import COLUMNS, ENTRIES
from trace.funds.models import Application, ApplicationDuty, FieldRecord
from trace.funds.rules import CASES, COMMITTED, State
from trace.programmes.models import Programme


def check_budgets() -> Iterator[str]:
    """The kept sums of each programme are the sums of its transfers, and nothing is overspent."""
    sums = _balances()
    for budget in Budget.select(Budget, Programme).join(Programme):
        found = sums.get(budget.programme_id, {})
        for column, kinds in COLUMNS.items():
            expected = sum(sign * found.get(kind, 0) for kind, sign in kinds)
            if getattr(budget, column) != expected:
                yield f"programme {budget.programme.code}: {column} is {getattr(budget, column)}, transfers say {expected}"
        if budget.committed_fen + budget.paid_fen - budget.recovered_fen > budget.appropriated_fen:
            yield f"programme {budget.programme.code}: overspent"


def check_double_entry() -> Iterator[str]:
    """Every transfer debits and credits the two accounts its kind asks for, in its own programme; debits equal credits."""
    accounts = {row.id: (row.programme_id, row.kind) for row in Account.select()}
    rows = {row.id: row for row in Transfer.select()}
    for row in rows.values():
        if row.reverses_id is not None:
            earlier = rows[row.reverses_id]
            wanted = (accounts[earlier.credit_id], accounts[earlier.debit_id])
            if row.amount_fen != earlier.amount_fen or earlier.reverses_id is not None:
                yield f"transfer {row.key}: is not the mirror of {earlier.key}"
        else:
            debit, credit = ENTRIES[row.kind]
            wanted = ((row.programme_id, debit), (row.programme_id, credit))
        if (accounts[row.debit_id], accounts[row.credit_id]) != wanted:
            yield f"transfer {row.key}: wrong accounts"
    for programme, found in _balances().items():
        if sum(found.values()) != 0:
            yield f"programme {programme}: debits and credits differ"
        for kind, amount in found.items():
            if (-amount if kind in CREDIT_NORMAL else amount) < 0:
                yield f"programme {programme}: account {kind} is negative"


def check_applications() -> Iterator[str]:
    """What stands before the leading group is reserved, what is approved and unpaid committed, what is paid posted: each once."""
    standing: dict[int, dict[str, int]] = {}
    for side, sign in ((Transfer.debit, 1), (Transfer.credit, -1)):
        rows = Transfer.select(Transfer.application, Account.kind, fn.SUM(Transfer.amount_fen)).join(
            Account, on=(side == Account.id)
        )
        for key, kind, amount in (
            rows.where(Transfer.application.is_null(False)).group_by(Transfer.application, Account.kind).tuples()
        ):
            held = standing.setdefault(key, {})
            held[kind] = held.get(kind, 0) + sign * int(amount)
    columns = (Application.id, Application.no, Application.state, Application.held_state, Application.amount_fen)
    for key, no, state, held_state, amount in Application.select(*columns).tuples():
        stands = held_state if state in CASES else state
        found = standing.get(key, {})
        expected = (
            amount if stands == State.APPROVING else 0,
            amount if stands in COMMITTED and state not in CASES[1:] else 0,
        )
        if (found.get("reserved", 0), found.get("committed", 0)) != expected:
            yield f"application {no}: reserved and committed do not fit state {state}"


def check_lists() -> Iterator[str]:
    """An application stands on an open list exactly while it waits for the leading group."""
    rows = ApprovalItem.select(ApprovalItem.application).where(ApprovalItem.state == "open")
    listed = Counter(key for (key,) in rows.tuples())
    waiting = Application.select(Application.id, Application.no).where(Application.state == State.APPROVING.value)
    for key, no in waiting.tuples():
        if listed.pop(key, 0) != 1:
            yield f"application {no}: waits for approval on no list, or on several"
    for key in listed:
        yield f"application {key}: on an open list although not before the leading group"
    for row in ApprovalList.select().where(ApprovalList.state == "approved", ApprovalList.needs_head == True):  # noqa: E712
        if not row.head_ref:
            yield f"list {row.no}: approved without the head's signature"


def check_verifiers() -> Iterator[str]:
    """Whoever signed a verification holds that duty and no other."""
    duties = {(row.application_id, row.user_id): row.duty for row in ApplicationDuty.select()}
    for row in FieldRecord.select(FieldRecord, Application).join(Application):
        if duties.get((row.application_id, row.verifier_id)) != f"verify_{row.side}":
            yield f"application {row.application.no}: {row.side} signed without the duty"


def _balances() -> dict[int, dict[str, int]]:
    """Debits less credits by programme and kind of account."""
    found: dict[int, dict[str, int]] = {}
    for side, sign in ((Transfer.debit, 1), (Transfer.credit, -1)):
        rows = Transfer.select(Transfer.programme, Account.kind, fn.SUM(Transfer.amount_fen)).join(
            Account, on=(side == Account.id)
        )
        for programme, kind, amount in rows.group_by(Transfer.programme, Account.kind).tuples():
            held = found.setdefault(programme, {})
            held[kind] = held.get(kind, 0) + sign * int(amount)
    return found


CHECKS = (check_budgets, check_double_entry, check_applications, check_lists, check_verifiers)
