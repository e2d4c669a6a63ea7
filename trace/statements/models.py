"""Tables of statements. Steps, late marks and snapshots are append-only; lines move only while their statement is open."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.land.models import Plot
from trace.registry.models import Township


class Statement(BaseModel):
    """A township's figures of a quarter or year. ``amendment`` 0 is the original, later numbers are corrections of it."""

    code = CharField(max_length=20, unique=True)
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    period = CharField(max_length=6, index=True)
    amendment = IntegerField(default=0)
    amend_reason = CharField(max_length=200, default="")
    state = CharField(max_length=10, index=True)
    due_on = DateField()
    problems = TextField(default="")
    register_at = UtcDateTimeField()
    opened_at = UtcDateTimeField()
    filled_by = IntegerField()
    filler_name = CharField(max_length=80)
    signed_at = UtcDateTimeField(null=True)
    signed_by = IntegerField(null=True)
    head_name = CharField(max_length=40, default="")
    opinion = CharField(max_length=200, default="")
    paper_ref = CharField(max_length=80, default="")

    class Meta:
        indexes = ((("township", "period", "amendment"), True),)
        constraints = [
            Check("state IN ('draft','signed','returned','locked')"),
            Check("amendment >= 0"),
            Check("amendment = 0 OR amend_reason <> ''"),
            Check("(signed_at IS NULL) = (signed_by IS NULL)"),
            Check("state NOT IN ('signed','locked') OR (signed_at IS NOT NULL AND head_name <> '' AND opinion <> '')"),
        ]


class StatementLine(BaseModel):
    """One figure: what the register said and what is reported, in base units; where they differ, why."""

    statement = ForeignKeyField(Statement, backref="lines", on_delete="RESTRICT")
    key = CharField(max_length=20)
    register = BigIntegerField(null=True)
    reported = BigIntegerField(null=True)
    reason = CharField(max_length=200, default="")
    confirmed = BooleanField(default=False)

    class Meta:
        indexes = ((("statement", "key"), True),)
        constraints = [Check("register IS NULL OR reported IS NULL OR register = reported OR reason <> ''")]


class StatementStep(BaseModel):
    """What was done to a statement, by whom and when."""

    statement = ForeignKeyField(Statement, backref="steps", on_delete="RESTRICT")
    action = CharField(max_length=10)
    text = TextField(default="")
    at = UtcDateTimeField()
    actor_name = CharField(max_length=80)

    class Meta:
        constraints = [Check("action IN ('open','fill','sign','return','sample','look','lock','amend')")]


class StatementLate(BaseModel):
    """The mark of a statement first signed after its day. Written once, never set back."""

    statement = ForeignKeyField(Statement, unique=True, backref="late", on_delete="RESTRICT")
    due_on = DateField()
    signed_on = DateField()
    days = IntegerField()
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("signed_on > due_on AND days > 0")]


class StatementSample(BaseModel):
    """A plot drawn to be looked at before a statement is locked, and what was found."""

    statement = ForeignKeyField(Statement, backref="sample", on_delete="RESTRICT")
    plot = ForeignKeyField(Plot, on_delete="RESTRICT")
    verdict = CharField(max_length=10, default="")
    note = CharField(max_length=200, default="")
    looked_at = UtcDateTimeField(null=True)
    looker_name = CharField(max_length=80, default="")

    class Meta:
        indexes = ((("statement", "plot"), True),)
        constraints = [
            Check("verdict IN ('','match','mismatch')"),
            Check("(verdict = '') = (looked_at IS NULL)"),
            Check("verdict <> 'mismatch' OR note <> ''"),
        ]


class StatementSnapshot(BaseModel):
    """What was locked, as canonical JSON with its SHA-256; it never changes."""

    statement = ForeignKeyField(Statement, unique=True, backref="snapshots", on_delete="RESTRICT")
    body = JsonField()
    sha256 = CharField(max_length=64)
    locked_at = UtcDateTimeField()
    locker_name = CharField(max_length=80)

    class Meta:
        constraints = [Check("length(sha256) = 64")]


TABLES = (Statement, StatementLine, StatementStep, StatementLate, StatementSample, StatementSnapshot)
