"""The table of handovers between two phones: both signed papers whole, and what they moved. Rows are history and never change."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.lots.models import Dispatch, Lot
from trace.registry.models import Party


class Handover(BaseModel):
    """One lot (or a part of it) handed from hand to hand. ``offer_hash`` is what the taker signed over; the nonce exists once for ever."""

    code = CharField(max_length=20, unique=True)
    nonce = CharField(max_length=64, unique=True)
    offer_hash = CharField(max_length=64, unique=True)
    acceptance_hash = CharField(max_length=64, unique=True)
    dispatch = ForeignKeyField(Dispatch, unique=True, backref="handovers", on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, backref="handovers", on_delete="RESTRICT")
    received_lot = ForeignKeyField(Lot, unique=True, backref="+", on_delete="RESTRICT")
    giver = ForeignKeyField(Party, backref="+", on_delete="RESTRICT")
    taker = ForeignKeyField(Party, backref="+", on_delete="RESTRICT")
    giver_name = CharField(max_length=80)
    taker_name = CharField(max_length=80)
    giver_device = CharField(max_length=36)
    taker_device = CharField(max_length=36)
    offered_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    accepted_at = UtcDateTimeField()
    quantity = BigIntegerField()
    received = BigIntegerField()
    reason = CharField(max_length=200, default="")
    offer = JsonField()
    acceptance = JsonField()
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        constraints = [
            Check("quantity > 0 AND received > 0 AND received <= quantity"),
            Check("giver_id <> taker_id"),
            Check("giver_device <> taker_device"),
            Check("offered_at < expires_at"),
            Check("length(offer_hash) = 64 AND length(acceptance_hash) = 64"),
        ]


TABLES = (Handover,)
