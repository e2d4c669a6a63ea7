"""Tables of targets. Goals are what a document says; tasks exist only when a plan record gives them."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.registry.models import Township


class CountyGoal(BaseModel):
    """One goal of the county with the words of its source. ``value`` is in the indicator's base unit (m², count, fen)."""

    indicator = CharField(max_length=30, unique=True)
    year = IntegerField()
    value = BigIntegerField(null=True)
    upper_value = BigIntegerField(null=True)
    source_doc = CharField(max_length=80)
    source_place = CharField(max_length=40)
    source_text = TextField()

    class Meta:
        constraints = [Check("upper_value IS NULL OR upper_value >= value")]


class PlanRecord(BaseModel):
    """A task of one township for one indicator and year, with the document that gave it. A change is a new version with its reason."""

    indicator = CharField(max_length=30)
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    year = IntegerField()
    version = IntegerField()
    value = BigIntegerField()
    doc_no = CharField(max_length=80)
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("indicator", "township", "year", "version"), True),)
        constraints = [Check("value >= 0"), Check("version > 0"), Check("version = 1 OR reason <> ''")]


class OutputValue(BaseModel):
    """Output value a township states for a year, per stage, with its evidence grade (A invoices, B signed statement, C estimate)."""

    township = ForeignKeyField(Township, on_delete="RESTRICT")
    year = IntegerField()
    stage = CharField(max_length=10)
    version = IntegerField()
    gross_fen = BigIntegerField()
    local_input_fen = BigIntegerField(default=0)
    grade = CharField(max_length=1)
    method = CharField(max_length=200)
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()

    class Meta:
        indexes = ((("township", "year", "stage", "version"), True),)
        constraints = [
            Check("stage IN ('primary','secondary','tertiary')"),
            Check("grade IN ('A','B','C')"),
            Check("gross_fen >= 0 AND local_input_fen >= 0 AND local_input_fen <= gross_fen"),
        ]


TABLES = (CountyGoal, PlanRecord, OutputValue)
