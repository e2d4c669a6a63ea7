"""The ways a dispatch ends without a receipt, and goods sent back. Custody never moves by itself: one step, one act, one reason."""

from __future__ import annotations

from typing import Any

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import lock_row
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Edge, Lot
from trace.processing.models import DispatchNote
from trace.processing.services import dispatch_lot
from trace.registry.models import Party


def add_note(op: Operation, row: Dispatch, **facts: Any) -> DispatchNote:
    """Write what a dispatch carries besides goods (purpose, carrier, plate, reason), once."""
    return DispatchNote.create(dispatch=row, **{name: value.strip() for name, value in facts.items()})


def send(
    actor: Actor, code: str, receiver: str, quantity: str, *, purpose: str = "sale", carrier: str = "", plate: str = ""
) -> Dispatch:
    """Send goods to another party, with purpose and carriage."""
    with operation(actor, Permission.LOT_DISPATCH) as op:
        row = dispatch_lot(actor, code, receiver, quantity)
        add_note(op, row, purpose=purpose, carrier=carrier, plate=plate)
        op.record("lot.dispatch", row, purpose=purpose, carrier=carrier, plate=plate)
        return row


def supplier_of(lot: Lot) -> Party | None:
    """Whom a bought lot came from; None for lots that were not received."""
    if lot.kind != "receipt":
        return None
    return Party.select().join(Lot).join(Edge, on=(Edge.parent == Lot.id)).where(Edge.child == lot.id).first()


def return_lot(actor: Actor, code: str, quantity: str, reason: str) -> Dispatch:
    """Send (part of) what was bought back to the supplier; it is the supplier's again when the supplier receives it."""
    with operation(actor, Permission.LOT_DISPATCH) as op:
        lot = lots.get_lot(actor, code)
        supplier = supplier_of(lot)
        if supplier is None:
            raise RuleBroken("只有收购批才能退货。", code="NOT_BOUGHT", lot=lot.code)
        if not reason.strip():
            raise Invalid("请填写退货原因。", field="reason", code="REASON_MISSING")
        row = dispatch_lot(actor, code, supplier.code, quantity)
        add_note(op, row, purpose="return", reason=reason)
        op.record("dispatch.return", row, lot=lot.code, to=supplier.code, reason=reason.strip())
        return row


def cancel_dispatch(actor: Actor, code: str, reason: str) -> Dispatch:
    """The sender takes back what nobody has received yet."""
    return _end(actor, code, "cancelled", reason, Permission.LOT_DISPATCH)


def refuse_dispatch(actor: Actor, code: str, reason: str) -> Dispatch:
    """The receiver does not take the goods; they are the sender's to use again."""
    return _end(actor, code, "refused", reason, Permission.RECEIPT_RECORD)


def _end(actor: Actor, code: str, how: str, reason: str, permission: Permission) -> Dispatch:
    with operation(actor, permission) as op:
        row = lock_row(Dispatch.select().where(Dispatch.code == code)).first()
        if row is None or actor.party_id != (row.receiver_id if how == "refused" else row.lot.holder_id):
            raise NotFound()
        if row.state != "sent":
            raise RuleBroken("发货单 %(number)s 已经办理过。", code="DISPATCH_DONE", number=code)
        if not reason.strip():
            raise Invalid("请填写原因。", field="reason", code="REASON_MISSING")
        row.state = "cancelled"
        row.save(only=[Dispatch.state])
        note = DispatchNote.get_or_none(DispatchNote.dispatch == row) or DispatchNote(dispatch=row)
        note.ended_as, note.end_reason, note.ended_at, note.ended_by = how, reason.strip(), op.at, actor.display_name
        note.save()
        op.record("dispatch.refuse" if how == "refused" else "dispatch.cancel", row, reason=reason.strip())
        return row
