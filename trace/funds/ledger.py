"""The books: double entry in fen, posted once per key, never beyond the appropriation. The database keeps the sums and has the last word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from peewee import IntegrityError

from trace import audit
from trace.core.errors import RuleBroken
from trace.core.units import format_wan_yuan, format_yuan
from trace.db import db, lock_row
from trace.db.rows import put_rows
from trace.funds.ledger_models import Account, Budget, Transfer
from trace.funds.ledger_rules import ACCOUNTS, ENTRIES


@dataclass(frozen=True)
class Posting:
    """One entry to be made. ``reverses`` is the key of the earlier entry for ``return`` and ``reverse``."""

    kind: str
    programme_id: int
    amount_fen: int
    key: str
    doc_kind: str
    doc_no: str
    application_id: int | None = None
    reverses: str = ""
    reason: str = ""


def open_books(programme_id: int) -> None:
    """Give a programme its accounts and its empty budget, with its first money; of two at once the second finds them made."""
    Budget.insert(programme=programme_id).on_conflict_ignore().execute()
    for kind in ACCOUNTS:
        Account.insert(programme=programme_id, kind=kind).on_conflict_ignore().execute()


def lock_budget(programme_id: int) -> Budget:
    """The budget row, locked until the transaction ends; a programme without money has an empty one that nobody can draw on."""
    found = lock_row(Budget.select().where(Budget.programme == programme_id)).first()
    return found if found is not None else Budget(programme=programme_id)


def remaining_fen(budget: Budget) -> int:
    """What may still be reserved."""
    used = budget.reserved_fen + budget.committed_fen + budget.paid_fen - budget.recovered_fen
    return budget.appropriated_fen - used - budget.withdrawn_fen


def require_room(budget: Budget, need_fen: int) -> None:
    """Refuse a batch that is larger than what is left, naming both figures so that they visibly differ."""
    left = remaining_fen(budget)
    if need_fen <= left:
        return
    have, need = format_wan_yuan(left), format_wan_yuan(need_fen)
    if have == need:
        raise RuleBroken(
            "本项目剩余指标 %(have)s 元，本批需 %(need)s 元，请调整批次或申请追加。", code="BUDGET_EXCEEDED",
            have=format_yuan(left), need=format_yuan(need_fen),
        )  # fmt: skip
    raise RuleBroken(
        "本项目剩余指标 %(have)s 万元，本批需 %(need)s 万元，请调整批次或申请追加。",
        code="BUDGET_EXCEEDED",
        have=have,
        need=need,
    )


def post(op: audit.Operation, posting: Posting) -> Transfer:
    """Make one entry. The same key again returns the first one; the same key with another content is refused."""
    post_all(op, [posting])
    return Transfer.get(Transfer.key == posting.key)


def post_all(op: audit.Operation, postings: Sequence[Posting]) -> int:
    """Make many entries at once, all or none; returns how many were new. Budgets are locked in one order, so that two writers never wait in a ring."""
    fresh = _unposted(postings)
    for programme_id in sorted({item.programme_id for item in fresh}):
        budget = lock_budget(programme_id)
        if budget.id is None:
            open_books(programme_id)
            budget = lock_budget(programme_id)
        need = sum(item.amount_fen for item in fresh if item.programme_id == programme_id and item.kind == "reserve")
        if need:
            require_room(budget, need)
    accounts = _accounts({item.programme_id for item in fresh})
    earlier = {row.key: row for row in _by_keys(item.reverses for item in fresh if item.reverses)}
    try:
        with db.atomic():
            put_rows(Transfer, [_row(op, item, accounts, earlier) for item in fresh])
    except IntegrityError as error:
        raise _told(error) from error
    return len(fresh)


def _row(
    op: audit.Operation, item: Posting, accounts: dict[tuple[int, str], int], earlier: dict[str, Transfer]
) -> dict[str, object]:
    if item.reverses:
        before = earlier[item.reverses]
        debit, credit, reverses = before.credit_id, before.debit_id, before.id
    else:
        debit, credit = (accounts[item.programme_id, name] for name in ENTRIES[item.kind])
        reverses = None
    return {
        "key": item.key, "kind": item.kind, "programme": item.programme_id, "debit": debit, "credit": credit,
        "amount_fen": item.amount_fen, "application": item.application_id, "reverses": reverses, "doc_kind": item.doc_kind,
        "doc_no": item.doc_no, "reason": item.reason, "actor_id": op.actor.user_id, "actor_name": op.actor.display_name, "at": op.at,
    }  # fmt: skip


def _unposted(postings: Sequence[Posting]) -> list[Posting]:
    known = {row.key: row for row in _by_keys(item.key for item in postings)}
    for item in postings:
        found = known.get(item.key)
        same = (item.kind, item.programme_id, item.amount_fen)
        if found is not None and (found.kind, found.programme_id, found.amount_fen) != same:
            raise RuleBroken("同一笔业务已按另一金额入账，请刷新后核对。", code="KEY_REUSED")
    return [item for item in postings if item.key not in known]


def _by_keys(keys: Iterable[str]) -> list[Transfer]:
    wanted, found = list(keys), []
    for start in range(0, len(wanted), 500):
        found.extend(Transfer.select().where(Transfer.key.in_(wanted[start : start + 500])))
    return found


def _accounts(programmes: set[int]) -> dict[tuple[int, str], int]:
    rows = Account.select(Account.programme, Account.kind, Account.id).where(Account.programme.in_(list(programmes)))
    return {(programme, kind): key for programme, kind, key in rows.tuples()}


def _told(error: IntegrityError) -> RuleBroken:
    """The database refused: in words for a person."""
    text = str(error)
    if "reverses_id" in text:
        return RuleBroken("这笔分录已经冲销过，不能再冲销。", code="REVERSED_BEFORE")
    if "transfer" in text and "key" in text:
        return RuleBroken("这笔业务刚刚已入账，请刷新后核对。", code="POSTED_MEANWHILE")
    return RuleBroken("入账会使已审定和支付超过指标或使某一科目为负，没有入账，请核对金额。", code="LEDGER_REFUSED")
