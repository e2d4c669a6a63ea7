"""The books: double entry in fen, posted once per key, never beyond the appropriation."""

from __future__ import annotations

from trace import audit
from trace.core.errors import RuleBroken
from trace.core.units import format_wan_yuan, format_yuan
from trace.db import lock_row
from trace.funds.models import Account, Application, Budget, PaymentBatch, Transfer

ACCOUNTS = ("source", "available", "committed", "paid")
ENTRIES = {"appropriate": ("available", "source"), "commit": ("committed", "available"), "pay": ("paid", "committed")}
"""Transfer kind → the account debited and the account credited."""


def open_books(programme_id: int) -> None:
    """Give a programme its accounts and its empty budget, with its first appropriation; of two at once the second finds them made."""
    Budget.insert(programme=programme_id).on_conflict_ignore().execute()
    for kind in ACCOUNTS:
        Account.insert(programme=programme_id, kind=kind).on_conflict_ignore().execute()


def lock_budget(programme_id: int) -> Budget:
    """The budget row, locked until the transaction ends; a programme without money has an empty one that nobody can draw on."""
    found = lock_row(Budget.select().where(Budget.programme == programme_id)).first()
    return found if found is not None else Budget(programme=programme_id)


def remaining_fen(budget: Budget) -> int:
    """What may still be approved."""
    return budget.appropriated_fen - budget.committed_fen - budget.paid_fen


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


def post(
    op: audit.Operation,
    kind: str,
    programme_id: int,
    amount_fen: int,
    key: str,
    *,
    application: Application | None = None,
    batch: PaymentBatch | None = None,
    doc_no: str = "",
) -> Transfer:
    """Post one transfer. The same key again returns the first posting; the same key with another content is refused."""
    found = Transfer.get_or_none(Transfer.key == key)
    if found is not None:
        if (found.kind, found.programme_id, found.amount_fen) != (kind, programme_id, amount_fen):
            raise RuleBroken("同一笔业务已按另一金额入账，请刷新后核对。", code="KEY_REUSED")
        return found
    if kind == "appropriate":
        open_books(programme_id)
    _move(kind, programme_id, amount_fen)
    debit, credit = (Account.get(Account.programme == programme_id, Account.kind == name) for name in ENTRIES[kind])
    return Transfer.create(
        key=key, kind=kind, programme=programme_id, debit=debit, credit=credit, amount_fen=amount_fen, application=application,
        batch=batch, doc_no=doc_no, actor_id=op.actor.user_id, actor_name=op.actor.display_name, at=op.at,
    )  # fmt: skip


def _move(kind: str, programme_id: int, amount: int) -> None:
    """One guarded UPDATE: of two writers at once only as many succeed as the budget allows; the CHECK is the net below."""
    of_programme = Budget.programme == programme_id
    if kind == "appropriate":
        query = Budget.update(appropriated_fen=Budget.appropriated_fen + amount).where(of_programme)
    elif kind == "commit":
        room = Budget.committed_fen + Budget.paid_fen + amount <= Budget.appropriated_fen
        query = Budget.update(committed_fen=Budget.committed_fen + amount).where(of_programme, room)
    else:
        query = Budget.update(committed_fen=Budget.committed_fen - amount, paid_fen=Budget.paid_fen + amount)
        query = query.where(of_programme, Budget.committed_fen >= amount)
    if query.execute() == 1:
        return
    require_room(lock_budget(programme_id), amount if kind == "commit" else 0)
    raise RuleBroken("支付金额超过已审定金额，请核对。", code="COMMITMENT_EXCEEDED")
