"""Tables of quality: draws of records to be looked at, one task each, and what the inspector found. Holds live in the ledger.

A draw and its tasks are written once; only a task's state moves. What was found is history: a correction is the next version.
"""

from peewee import BooleanField, CharField, Check, DateField, DoubleField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.land.models import Plot
from trace.quality.sampling_rules import RECORD_KINDS, TASK_STATES, VERDICTS
from trace.registry.models import Party
from trace.registry.rules import sql_list


class SampleDraw(BaseModel):
    """One draw over the records of a period: its seed, the rules of that day, and every record it chose from with its points."""

    code = CharField(max_length=20, unique=True)
    first_day = DateField()
    last_day = DateField()
    seed = CharField(max_length=64)
    rules = JsonField()
    population = JsonField()
    drawn_at = UtcDateTimeField()
    drawn_by = IntegerField(null=True)
    drawer_name = CharField(max_length=80, default="")

    class Meta:
        indexes = ((("first_day", "last_day"), True),)
        constraints = [Check("first_day <= last_day"), Check("seed <> ''")]


class InspectionTask(BaseModel):
    """One sampled record that somebody else goes to look at. ``reasons`` say why it was drawn; a record is drawn once only."""

    code = CharField(max_length=20, unique=True)
    draw = ForeignKeyField(SampleDraw, backref="tasks", on_delete="RESTRICT")
    kind = CharField(max_length=10)
    record = CharField(max_length=40)
    plot = ForeignKeyField(Plot, backref="inspection_tasks", on_delete="RESTRICT")
    party = ForeignKeyField(Party, backref="inspection_tasks", on_delete="RESTRICT")
    recorder_id = IntegerField()
    recorder_name = CharField(max_length=80)
    happened_on = DateField()
    score = IntegerField()
    reasons = JsonField()
    state = CharField(max_length=8, default="open", index=True)
    due_on = DateField()

    class Meta:
        indexes = ((("kind", "record"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(RECORD_KINDS)})"),
            Check(f"state IN ({sql_list(TASK_STATES)})"),
            Check("score >= 0"),
        ]


class Inspection(BaseModel):
    """What an inspector found at a record's plot: the verdict, where he stood, how exact. The newest version counts."""

    task = ForeignKeyField(InspectionTask, backref="inspections", on_delete="RESTRICT")
    version = IntegerField()
    verdict = CharField(max_length=10)
    note = TextField(default="")
    reason = CharField(max_length=200, default="")
    lon = DoubleField(null=True)
    lat = DoubleField(null=True)
    accuracy_m = IntegerField(null=True)
    distance_m = IntegerField(null=True)
    is_evidence = BooleanField()
    inspector_id = IntegerField()
    inspector_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("task", "version"), True),)
        constraints = [
            Check(f"verdict IN ({sql_list(VERDICTS)})"),
            Check("version = 1 OR (version > 1 AND reason <> '')"),
            Check("(lon IS NULL) = (lat IS NULL)"),
            Check("(lon IS NULL) = (distance_m IS NULL)"),
            Check("verdict = 'unknown' OR (lon IS NOT NULL AND accuracy_m IS NOT NULL AND accuracy_m <= 15)"),
            Check("accuracy_m >= 0 AND distance_m >= 0"),
        ]


class InspectionPhoto(BaseModel):
    """A photograph that belongs to an inspection."""

    inspection = ForeignKeyField(Inspection, backref="photos", on_delete="RESTRICT")
    seq = IntegerField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT")

    class Meta:
        indexes = ((("inspection", "seq"), True),)


TABLES = (SampleDraw, InspectionTask, Inspection, InspectionPhoto)
