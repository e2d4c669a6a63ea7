"""Tables of production records. Records and versions are never changed; what the law's two years protect cannot be deleted (migration 0018)."""

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.field.activity_rules import STATES, VIAS, ActivityKind
from trace.land.models import Plot
from trace.lots.models import Hold, Lot
from trace.registry.models import Party
from trace.registry.rules import sql_list

INCIDENT_KINDS = ("banned", "toxic", "organic")
OUTCOMES = ("held", "unknown", "clear")


class Activity(BaseModel):
    """One act on a plot: what never changes about it. What was written down about it are its versions."""

    code = CharField(max_length=20, unique=True)
    plot = ForeignKeyField(Plot, backref="activities", on_delete="RESTRICT")
    kind = CharField(max_length=10)
    party = ForeignKeyField(Party, on_delete="RESTRICT")
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check(f"kind IN ({sql_list(ActivityKind)})")]


class ActivityVersion(BaseModel):
    """What somebody wrote down about an act; the highest number counts. ``content`` holds the fields of the kind, ``findings`` what the rules said."""

    activity = ForeignKeyField(Activity, backref="versions", index=False, on_delete="RESTRICT")
    version = IntegerField()
    state = CharField(max_length=5, default="valid")
    on_day = DateField(index=True)
    started_at = UtcDateTimeField(null=True)
    ended_at = UtcDateTimeField(null=True)
    content = JsonField(default=dict)
    findings = JsonField(default=list)
    note = TextField(default="")
    reason = CharField(max_length=200, default="")
    late_days = IntegerField(default=0)
    late_reason = CharField(max_length=200, default="")
    device_time = UtcDateTimeField(null=True)
    lat = CharField(max_length=20, default="")
    lon = CharField(max_length=20, default="")
    accuracy = CharField(max_length=20, default="")
    photos = JsonField(default=list)
    via = CharField(max_length=6, default="office")
    recorded_at = UtcDateTimeField()
    recorder_id = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("activity", "version"), True),)
        constraints = [
            Check("version > 0 AND late_days >= 0"),
            Check(f"state IN ({sql_list(STATES)})"),
            Check(f"via IN ({sql_list(VIAS)})"),
            Check("version = 1 OR reason <> ''"),
            Check("ended_at IS NULL OR started_at IS NULL OR ended_at >= started_at"),
        ]


class IntervalJudgement(BaseModel):
    """P8 for one harvest lot at one time. A later one may say otherwise; the hold it placed is lifted by a person, never by a rule."""

    lot = ForeignKeyField(Lot, backref="interval_judgements", on_delete="RESTRICT")
    activity = ForeignKeyField(Activity, null=True, backref="interval_judgements", on_delete="RESTRICT")
    outcome = CharField(max_length=8)
    used_on = DateField(null=True)
    phi_days = IntegerField(null=True)
    days = IntegerField(null=True)
    earliest = DateField(null=True)
    reason = CharField(max_length=200, default="")
    hold = ForeignKeyField(Hold, null=True, backref="interval_judgements", on_delete="RESTRICT")
    cause = CharField(max_length=8)
    judged_at = UtcDateTimeField()
    judge_name = CharField(max_length=80)

    class Meta:
        constraints = [
            Check(f"outcome IN ({sql_list(OUTCOMES)})"),
            Check("cause IN ('harvest','record','correct','void')"),
            Check("(outcome = 'held') = (earliest IS NOT NULL)"),
            Check("outcome <> 'held' OR (hold_id IS NOT NULL AND activity_id IS NOT NULL)"),
        ]


class FieldIncident(BaseModel):
    """A use that should not have been: reported to the bureau, closed by somebody else than who recorded it."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=8)
    activity = ForeignKeyField(Activity, backref="incidents", on_delete="RESTRICT")
    template = CharField(max_length=200)
    facts = JsonField(default=dict)
    state = CharField(max_length=8, default="open", index=True)
    opened_at = UtcDateTimeField()
    opened_by = IntegerField()
    opener_name = CharField(max_length=80)
    handled_at = UtcDateTimeField(null=True)
    handled_by = IntegerField(null=True)
    handler_name = CharField(max_length=80, default="")
    measures = CharField(max_length=400, default="")

    class Meta:
        indexes = ((("activity", "kind"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(INCIDENT_KINDS)})"),
            Check("state IN ('open','handled')"),
            Check("(state = 'handled') = (handled_at IS NOT NULL AND handled_by IS NOT NULL)"),
            Check("handled_by IS NULL OR handled_by <> opened_by"),
            Check("state = 'open' OR measures <> ''"),
        ]


TABLES = (Activity, ActivityVersion, IntervalJudgement, FieldIncident)
