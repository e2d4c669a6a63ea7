"""Goods that leave a lot for good: sold outright, sampled, lost, destroyed. Each says what the law and the next reader ask."""

from __future__ import annotations

from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.core.units import parse_quantity
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Done, Draw, perform
from trace.processing import rules


def take_out(
    actor: Actor, code: str, kind: str, quantity: str, *, on: date | None = None, details: dict[str, str] | None = None
) -> Done:
    """Take a quantity out of a lot (``kind``: a key of :data:`rules.OUTFLOWS`); everything missing is named at once.

    Undone as any operation of the ledger; both records stay.
    """
    with operation(actor, Permission.LOT_OPERATE) as op:
        lot = lots.get_lot(actor, code)
        actor.require_party(lot.holder_id)
        said = {name: text.strip() for name, text in (details or {}).items() if name in rules.OUTFLOWS[kind].details}
        day = on or business_date(op.at)
        mistakes = rules.missing_details(kind, said) + _wrong_day(lot, day, business_date(op.at))
        try:
            amount, typed = parse_quantity(quantity, lot.unit)
        except Invalid as error:
            raise Invalid(errors=[*error.errors, *mistakes]) from error
        if mistakes:
            raise Invalid(errors=mistakes)
        note = "；".join(said.values())
        done = perform(
            op, OperationKind(kind), lot.holder, day, draws=[Draw(lot, amount, typed)], makes=[], note=note, detail=said
        )
        op.record(f"lot.{kind}", done.operation, lot=lot.code, quantity=amount, **said)
        return done


def _wrong_day(lot: Lot, day: date, today: date) -> list[FieldError]:
    if day > today:
        return [FieldError("on", "DATE_FUTURE", Message("日期不能晚于今天。"))]
    if day < lot.made_on:
        return [FieldError("on", "DATE_ORDER", Message("日期早于批次形成日期 %(day)s。", {"day": lot.made_on}))]
    return []
