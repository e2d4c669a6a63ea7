"""Tables of targets. Goals are what a document says; tasks exist only when a plan record gives them."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.registry.models import Party, Product, Township


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


class IndicatorCard(BaseModel):
    """One version of an indicator's definition; a change is a new version with its reason, in force from a day."""

    indicator = CharField(max_length=30)
    version = IntegerField()
    name = CharField(max_length=40)
    unit = CharField(max_length=10)
    period = CharField(max_length=10)
    source_doc = CharField(max_length=80, default="")
    source_place = CharField(max_length=60, default="")
    source_text = TextField(default="")
    counted = TextField()
    evidence = TextField()
    caution = TextField(default="")
    valid_from = DateField()
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("indicator", "version"), True),)
        constraints = [
            Check("unit IN ('m2','count','fen','ratio')"),
            Check("period IN ('stock','year','date','stage')"),
            Check("version > 0"),
            Check("version = 1 OR reason <> ''"),
        ]


class CountyPlan(BaseModel):
    """The county's own figure for an indicator and year on the way to 2030, with the document that set it. Versions as for townships."""

    indicator = CharField(max_length=30)
    year = IntegerField()
    version = IntegerField()
    value = BigIntegerField()
    doc_no = CharField(max_length=80)
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("indicator", "year", "version"), True),)
        constraints = [Check("value >= 0"), Check("version > 0"), Check("version = 1 OR reason <> ''")]


class TargetReading(BaseModel):
    """Which reading of the enterprise sentence holds from a day on, who decided it and where it is written. Never rewrites a past report."""

    reading = CharField(max_length=2)
    decided_by = CharField(max_length=80)
    doc_ref = CharField(max_length=80)
    decided_on = DateField()
    note = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        constraints = [Check("reading IN ('R1','R2','R3','R4')"), Check("decided_by <> '' AND doc_ref <> ''")]


class MilestoneStep(BaseModel):
    """A stage that a project (a 特色小镇, the GI, an honour) reached, with its paper."""

    indicator = CharField(max_length=30)
    project = CharField(max_length=60)
    scheme = CharField(max_length=12, default="")
    stage = CharField(max_length=12)
    on_day = DateField()
    doc_no = CharField(max_length=80)
    issuer = CharField(max_length=80, default="")
    valid_to = DateField(null=True)
    note = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        constraints = [
            Check("indicator IN ('towns','gi','honours')"),
            Check("project <> '' AND doc_no <> ''"),
            Check("valid_to IS NULL OR valid_to >= on_day"),
        ]


class FactoryPrice(BaseModel):
    """Ex-factory price of a firm's product from a day on, net of VAT, in fen per kilogram (per litre for liquids), with its proof."""

    party = ForeignKeyField(Party, on_delete="RESTRICT")
    product = ForeignKeyField(Product, on_delete="RESTRICT")
    valid_from = DateField()
    version = IntegerField()
    fen = BigIntegerField()
    grade = CharField(max_length=1)
    basis = CharField(max_length=200)
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("party", "product", "valid_from", "version"), True),)
        constraints = [
            Check("fen > 0"),
            Check("grade IN ('A','B','C')"),
            Check("basis <> ''"),
            Check("version > 0"),
            Check("version = 1 OR reason <> ''"),
        ]


class PeriodLock(BaseModel):
    """A township's figures of a period are locked: by which statement, in which version, with the hash of its snapshot."""

    township = ForeignKeyField(Township, on_delete="RESTRICT")
    period = CharField(max_length=6)
    amendment = IntegerField()
    statement = CharField(max_length=20)
    sha256 = CharField(max_length=64)
    locked_at = UtcDateTimeField()

    class Meta:
        indexes = ((("township", "period", "amendment"), True),)
        constraints = [Check("amendment >= 0"), Check("length(sha256) = 64")]


HISTORY = (IndicatorCard, CountyPlan, TargetReading, MilestoneStep, FactoryPrice, PeriodLock)
TABLES = (CountyGoal, PlanRecord, OutputValue, *HISTORY)
