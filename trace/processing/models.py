"""Tables of processing. Quantities stand in the ledger; these rows hold what only processing knows."""

from peewee import BigIntegerField, BooleanField, CharField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel
from trace.lots.models import Dispatch, Operation
from trace.registry.models import Process


class Receipt(BaseModel):
    """What arrived: the received weight is never forced to equal the sent one."""

    dispatch = ForeignKeyField(Dispatch, unique=True, backref="receipts", on_delete="RESTRICT")
    operation = ForeignKeyField(Operation, unique=True, on_delete="RESTRICT")
    received = BigIntegerField()
    shortage = BigIntegerField()
    reason = CharField(max_length=200, default="")
    price_fen_per_kg = IntegerField(null=True)

    class Meta:
        constraints = [Check("received > 0 AND shortage >= 0")]


class ProcessRun(BaseModel):
    """One run of a process: its operation, what was lost, and whether its yield had to be explained."""

    operation = ForeignKeyField(Operation, unique=True, backref="runs", on_delete="RESTRICT")
    process = ForeignKeyField(Process, on_delete="RESTRICT")
    loss_g = BigIntegerField(default=0)
    flagged = BooleanField(default=False)
    reason = CharField(max_length=200, default="")

    class Meta:
        constraints = [Check("loss_g >= 0"), Check("NOT flagged OR reason <> ''")]


TABLES = (Receipt, ProcessRun)
