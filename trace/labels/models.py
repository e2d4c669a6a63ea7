"""Tables of labels."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.lots.models import Lot


class LabelRun(BaseModel):
    """A block of serial numbers for the packs of one lot. Codes work for consumers only after activation."""

    no = CharField(max_length=20, unique=True)
    lot = ForeignKeyField(Lot, backref="label_runs", on_delete="RESTRICT")
    first_serial = BigIntegerField(unique=True)
    count = IntegerField()
    layout = CharField(max_length=20, default="a4_3x8")
    best_before = DateField(null=True)
    state = CharField(max_length=10, default="made", index=True)
    made_at = UtcDateTimeField()
    made_by = IntegerField()
    activated_at = UtcDateTimeField(null=True)
    voided_at = UtcDateTimeField(null=True)
    void_reason = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check("count > 0"),
            Check("state IN ('made','activated','voided')"),
            Check("layout IN ('a4_3x8')"),
        ]


class LabelUnit(BaseModel):
    """One code that differs from its run: voided or replaced. Rows appear only for such units."""

    serial = BigIntegerField(unique=True)
    run = ForeignKeyField(LabelRun, backref="units", on_delete="RESTRICT")
    state = CharField(max_length=10)
    reason = CharField(max_length=200)
    at = UtcDateTimeField()

    class Meta:
        constraints = [Check("state IN ('voided')")]


TABLES = (LabelRun, LabelUnit)
