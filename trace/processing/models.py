"""Tables of processing. Quantities stand in the ledger; these rows hold what only processing knows."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.lots.models import Dispatch, Lot, Operation
from trace.processing.rules import PURPOSES
from trace.registry.models import Party, Process
from trace.registry.rules import sql_list


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


class LongRun(BaseModel):
    """A run over days or weeks, such as a fermentation: one number, several fillings, outputs at the end."""

    code = CharField(max_length=20, unique=True)
    process = ForeignKeyField(Process, on_delete="RESTRICT")
    holder = ForeignKeyField(Party, backref="long_runs", on_delete="RESTRICT")
    state = CharField(max_length=10, default="open", index=True)
    opened_on = DateField()
    closed_on = DateField(null=True)
    vessel = CharField(max_length=40, default="")

    class Meta:
        constraints = [
            Check("state IN ('open','closed','cancelled')"),
            Check("(state = 'closed') = (closed_on IS NOT NULL)"),
        ]


class RunStep(BaseModel):
    """One operation of a long run; ``lot`` is the work in process after it, none after the outputs."""

    run = ForeignKeyField(LongRun, backref="steps", on_delete="RESTRICT")
    operation = ForeignKeyField(Operation, unique=True, on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, null=True, on_delete="RESTRICT")


class DispatchNote(BaseModel):
    """What a dispatch carries besides goods: why and how they travel, and why it ended without a receipt."""

    dispatch = ForeignKeyField(Dispatch, unique=True, backref="notes", on_delete="RESTRICT")
    purpose = CharField(max_length=10, default="sale")
    carrier = CharField(max_length=60, default="")
    plate = CharField(max_length=12, default="")
    reason = CharField(max_length=200, default="")
    ended_as = CharField(max_length=10, default="")
    end_reason = CharField(max_length=200, default="")
    ended_at = UtcDateTimeField(null=True)
    ended_by = CharField(max_length=80, default="")

    class Meta:
        constraints = [
            Check(f"purpose IN ({sql_list(PURPOSES)})"),
            Check("ended_as IN ('','cancelled','refused')"),
            Check("(ended_as = '') = (ended_at IS NULL)"),
            Check("ended_as = '' OR end_reason <> ''"),
        ]


class Stay(BaseModel):
    """A lot in a store: from when to when, and the temperatures it should have (thousandths of a degree Celsius)."""

    lot = ForeignKeyField(Lot, backref="stays", on_delete="RESTRICT")
    place = CharField(max_length=60)
    entered_on = DateField()
    left_on = DateField(null=True)
    low_mc = IntegerField(null=True)
    high_mc = IntegerField(null=True)
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check("left_on IS NULL OR left_on >= entered_on"),
            Check("low_mc IS NULL OR high_mc IS NULL OR low_mc <= high_mc"),
        ]


class Temperature(BaseModel):
    """One reading, in a store or under way (thousandths of a degree Celsius). Append-only."""

    stay = ForeignKeyField(Stay, null=True, backref="temperatures", on_delete="RESTRICT")
    dispatch = ForeignKeyField(Dispatch, null=True, backref="temperatures", on_delete="RESTRICT")
    read_at = UtcDateTimeField()
    milli_c = IntegerField()
    out_of_range = BooleanField(default=False)
    note = CharField(max_length=200, default="")
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check("(stay_id IS NULL) <> (dispatch_id IS NULL)"),
            Check("milli_c BETWEEN -60000 AND 100000"),
            Check("NOT out_of_range OR note <> ''"),
        ]


TABLES = (Receipt, ProcessRun, LongRun, RunStep, DispatchNote, Stay, Temperature)
