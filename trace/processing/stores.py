"""Where a lot lies and how warm it is there: storage and temperatures, in a store or under way (GB/T 28843: readings at hand-over)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import normalise_digits
from trace.db import lock_row
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Lot
from trace.processing.models import Stay, Temperature

COLDEST, HOTTEST = -60_000, 100_000


def enter_store(actor: Actor, code: str, place: str, on: date, *, low: str = "", high: str = "") -> Stay:
    """A lot goes into a store. ``low`` and ``high`` are the temperatures it should have, in °C as typed; a lot lies in one store at a time."""
    with operation(actor, Permission.LOT_OPERATE) as op:
        lot = _own_lot(actor, code)
        if not place.strip():
            raise Invalid("请填写库房。", field="place", code="PLACE_MISSING")
        _check_day(op, lot, on, "entered_on")
        open_stay = Stay.get_or_none(Stay.lot == lot.id, Stay.left_on.is_null())
        if open_stay is not None:
            raise RuleBroken(
                "批次 %(lot)s 还在%(place)s，请先登记出库。", code="IN_STORE", lot=lot.code, place=open_stay.place
            )
        lowest, highest = (
            parse_celsius(text, name) if text.strip() else None for text, name in ((low, "low"), (high, "high"))
        )
        if lowest is not None and highest is not None and lowest > highest:
            raise Invalid("最低温度不能高于最高温度。", field="low", code="RANGE_ORDER")
        stay = Stay.create(
            lot=lot.id, place=place.strip(), entered_on=on, low_mc=lowest, high_mc=highest, recorder_name=actor.display_name,
            recorded_at=op.at,
        )  # fmt: skip
        op.record("store.enter", lot, place=stay.place, on=on.isoformat())
        return stay


def leave_store(actor: Actor, code: str, on: date) -> Stay:
    """A lot leaves the store it lies in."""
    with operation(actor, Permission.LOT_OPERATE) as op:
        lot = _own_lot(actor, code)
        stay = _open_stay(lot)
        _check_day(op, lot, on, "left_on")
        if on < stay.entered_on:
            raise Invalid("出库日期不能早于入库日期 %(day)s。", field="left_on", code="DATE_ORDER", day=stay.entered_on)
        stay.left_on = on
        stay.save(only=[Stay.left_on])
        op.record("store.leave", lot, place=stay.place, on=on.isoformat())
        return stay


def record_temperature(
    actor: Actor, code: str, celsius: str, *, at: datetime | None = None, note: str = ""
) -> Temperature:
    """A reading of the store a lot lies in; outside the agreed range it needs a word about what was done."""
    with operation(actor, Permission.LOT_OPERATE) as op:
        lot = _own_lot(actor, code)
        stay = _open_stay(lot)
        milli = parse_celsius(celsius, "celsius")
        out = (stay.low_mc is not None and milli < stay.low_mc) or (stay.high_mc is not None and milli > stay.high_mc)
        return _keep(op, lot.code, milli, out, at, note, stay=stay)


def record_transit_temperature(
    actor: Actor, number: str, celsius: str, *, at: datetime | None = None, note: str = ""
) -> Temperature:
    """A reading at a hand-over under way; sender and receiver may both write theirs."""
    with operation(actor, Permission.LOT_DISPATCH) as op:
        row = Dispatch.select(Dispatch, Lot).join(Lot).where(Dispatch.code == number).first()
        if row is None or actor.party_id not in (row.receiver_id, row.lot.holder_id):
            raise NotFound()
        return _keep(op, number, parse_celsius(celsius, "celsius"), False, at, note, dispatch=row)


def parse_celsius(text: str, field: str) -> int:
    """A typed temperature in °C as thousandths of a degree."""
    plain = normalise_digits(text).removesuffix("°C").removesuffix("℃").removesuffix("度").strip()
    try:
        milli = Decimal(plain) * 1000
    except InvalidOperation as error:
        raise Invalid("温度只能填数字，如 3.5。", field=field, code="NOT_A_NUMBER") from error
    if not milli.is_finite() or not COLDEST <= milli <= HOTTEST:
        raise Invalid("温度应在 -60 到 100 度之间，请核对。", field=field, code="OUT_OF_SCALE")
    return round(milli)


def stays_of(lot: Lot) -> list[tuple[Stay, list[Temperature]]]:
    """Every stay of a lot with its readings, newest first."""
    rows = list(Stay.select().where(Stay.lot == lot.id).order_by(Stay.id.desc()))
    readings = list(
        Temperature.select().where(Temperature.stay.in_(rows)).order_by(Temperature.read_at, Temperature.id)
    )
    return [(stay, [reading for reading in readings if reading.stay_id == stay.id]) for stay in rows]


def _keep(
    op: Operation, subject: str, milli: int, out: bool, at: datetime | None, note: str, **where: object
) -> Temperature:
    if out and not note.strip():
        raise Invalid("温度超出约定范围，请填写采取了什么措施。", field="note", code="OUT_OF_RANGE")
    when = at or op.at
    if when > op.at:
        raise Invalid("读数时间不能晚于现在。", field="at", code="TIME_FUTURE")
    row = Temperature.create(
        **where, read_at=when, milli_c=milli, out_of_range=out, note=note.strip(), recorder_name=op.actor.display_name, recorded_at=op.at,
    )  # fmt: skip
    op.record("store.temperature", subject, milli_c=milli, out_of_range=out)
    return row


def _own_lot(actor: Actor, code: str) -> Lot:
    lot = lots.get_lot(actor, code)
    actor.require_party(lot.holder_id)
    list(lock_row(Lot.select(Lot.id).where(Lot.id == lot.id)))
    return lot


def _open_stay(lot: Lot) -> Stay:
    stay = Stay.get_or_none(Stay.lot == lot.id, Stay.left_on.is_null())
    if stay is None:
        raise RuleBroken("批次 %(lot)s 没有在库，请先登记入库。", code="NOT_IN_STORE", lot=lot.code)
    return stay


def _check_day(op: Operation, lot: Lot, on: date, field: str) -> None:
    if on > business_date(op.at):
        raise Invalid("日期不能晚于今天。", field=field, code="DATE_FUTURE")
    if on < lot.made_on:
        raise Invalid("日期早于批次形成日期 %(day)s。", field=field, code="DATE_ORDER", day=lot.made_on)
