"""Tables of incidents and recalls. What happened is history: only states, acknowledgements and answers are ever filled in, once."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.field.activity_models import FieldIncident
from trace.files.models import StoredFile
from trace.lots.models import Hold, Lot, Operation
from trace.quality.certificate_models import LabReport
from trace.recalls.rules import ENTRY_KINDS, GRADES, INCIDENT_KINDS, RECALL_STATES
from trace.registry.models import Party
from trace.registry.rules import sql_list
from trace.scan.models import Complaint


class Incident(BaseModel):
    """A food-safety incident as it was opened; never changed. Its story, the report and the end are entries."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=10)
    grade = CharField(max_length=8)
    title = CharField(max_length=80)
    text = TextField()
    occurred_at = UtcDateTimeField(index=True)
    known_at = UtcDateTimeField()
    opened_at = UtcDateTimeField()
    opened_by = IntegerField(null=True)
    opener_name = CharField(max_length=80, default="")

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(INCIDENT_KINDS)})"),
            Check(f"grade IN ({sql_list(GRADES)})"),
            Check("title <> '' AND text <> ''"),
            Check("known_at >= occurred_at AND opened_at >= known_at"),
        ]


class IncidentEntry(BaseModel):
    """One step in the story of an incident. ``late_minutes`` of the report cannot be set back: rows never change."""

    incident = ForeignKeyField(Incident, backref="entries", on_delete="RESTRICT")
    kind = CharField(max_length=8)
    at = UtcDateTimeField()
    happened_at = UtcDateTimeField()
    late_minutes = IntegerField(null=True)
    reason = CharField(max_length=200, default="")
    to_whom = CharField(max_length=80, default="")
    text = TextField(default="")
    progress = TextField(default="")
    cause = TextField(default="")
    consequence = TextField(default="")
    author_id = IntegerField(null=True)
    author_name = CharField(max_length=80, default="")

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(ENTRY_KINDS)})"),
            Check("(kind = 'report') = (late_minutes IS NOT NULL)"),
            Check("late_minutes IS NULL OR late_minutes = 0 OR (late_minutes > 0 AND reason <> '')"),
            Check("kind <> 'follow' OR (progress <> '' AND cause <> '' AND consequence <> '')"),
            Check("kind <> 'call' OR to_whom <> ''"),
            Check("kind <> 'close' OR text <> ''"),
            Check("happened_at <= at"),
        ]


for _once in ("report", "remind", "close"):
    IncidentEntry.add_index(
        IncidentEntry.index(IncidentEntry.incident, unique=True, name=f"incident_entry_one_{_once}").where(
            IncidentEntry.kind == _once
        )
    )


class IncidentLink(BaseModel):
    """What an incident is about: a lot (of goods or seedlings), a complaint, or an incident of the field."""

    incident = ForeignKeyField(Incident, backref="links", on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, null=True, backref="incident_links", on_delete="RESTRICT")
    complaint = ForeignKeyField(Complaint, null=True, backref="incident_links", on_delete="RESTRICT")
    field_incident = ForeignKeyField(FieldIncident, null=True, backref="incident_links", on_delete="RESTRICT")

    class Meta:
        indexes = (
            (("incident", "lot"), True),
            (("incident", "complaint"), True),
            (("incident", "field_incident"), True),
        )
        constraints = [
            Check(
                "CASE WHEN lot_id IS NULL THEN 0 ELSE 1 END + CASE WHEN complaint_id IS NULL THEN 0 ELSE 1 END"
                " + CASE WHEN field_incident_id IS NULL THEN 0 ELSE 1 END = 1"
            )
        ]


class IncidentTest(BaseModel):
    """The laboratory report over a limit that an incident is about: each report has one incident. Append-only."""

    incident = ForeignKeyField(Incident, backref="tests", on_delete="RESTRICT")
    report = ForeignKeyField(LabReport, unique=True, backref="incident_tests", on_delete="RESTRICT")


class Recall(BaseModel):
    """The case of a recall. The order in force is the hold of the ledger, whose number it bears; the start is when that was placed."""

    code = CharField(max_length=20, unique=True)
    hold = ForeignKeyField(Hold, unique=True, backref="cases", on_delete="RESTRICT")
    incident = ForeignKeyField(Incident, null=True, backref="recalls", on_delete="RESTRICT")
    level = IntegerField()
    known_at = UtcDateTimeField()
    start_due_at = UtcDateTimeField()
    started_at = UtcDateTimeField()
    late_minutes = IntegerField()
    late_reason = CharField(max_length=200, default="")
    finish_due_on = DateField()
    plan = TextField()
    notice = TextField()
    opened_by = IntegerField()
    opener_name = CharField(max_length=80)
    state = CharField(max_length=8, default="open", index=True)
    ended_at = UtcDateTimeField(null=True)
    ended_by = IntegerField(null=True)
    ender_name = CharField(max_length=80, default="")
    end_reason = CharField(max_length=400, default="")
    unexplained_g = BigIntegerField(null=True)

    class Meta:
        constraints = [
            Check("level IN (1,2,3)"),
            Check(f"state IN ({sql_list(RECALL_STATES)})"),
            Check("plan <> '' AND notice <> ''"),
            Check("late_minutes = 0 OR (late_minutes > 0 AND late_reason <> '')"),
            Check("(state = 'open') = (ended_at IS NULL)"),
            Check("(ended_at IS NULL) = (ended_by IS NULL)"),
            Check("state <> 'mistaken' OR (end_reason <> '' AND ended_by <> opened_by)"),
            Check("state <> 'closed' OR (unexplained_g IS NOT NULL AND (unexplained_g = 0 OR end_reason <> ''))"),
        ]


class RecallLot(BaseModel):
    """One lot the recall reaches, who held it, and what has to be explained of it: what was left, and what had been sold out of it (grams)."""

    recall = ForeignKeyField(Recall, backref="lots", index=False, on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, backref="recall_lots", on_delete="RESTRICT")
    holder = ForeignKeyField(Party, backref="recall_lots", on_delete="RESTRICT")
    left_g = BigIntegerField()
    sold_g = BigIntegerField()

    class Meta:
        indexes = ((("recall", "lot"), True),)
        constraints = [Check("left_g >= 0 AND sold_g >= 0")]


class RecallNotice(BaseModel):
    """The notice to one holder, and when it was confirmed."""

    recall = ForeignKeyField(Recall, backref="notices", index=False, on_delete="RESTRICT")
    party = ForeignKeyField(Party, backref="recall_notices", on_delete="RESTRICT")
    sent_at = UtcDateTimeField()
    due_at = UtcDateTimeField()
    acked_at = UtcDateTimeField(null=True)
    acked_by = IntegerField(null=True)
    acker_name = CharField(max_length=80, default="")

    class Meta:
        indexes = ((("recall", "party"), True),)
        constraints = [
            Check("(acked_at IS NULL) = (acked_by IS NULL)"),
            Check("acked_at IS NULL OR acked_at >= sent_at"),
        ]


class RecallStatement(BaseModel):
    """What a holder says became of a recalled lot, in grams. The newest version counts; rows never change."""

    row = ForeignKeyField(RecallLot, backref="statements", index=False, on_delete="RESTRICT")
    version = IntegerField()
    located_g = BigIntegerField(default=0)
    returned_g = BigIntegerField(default=0)
    destroyed_g = BigIntegerField(default=0)
    sold_g = BigIntegerField(default=0)
    witness = CharField(max_length=80, default="")
    note = CharField(max_length=200, default="")
    operation = ForeignKeyField(Operation, null=True, backref="recall_statements", on_delete="RESTRICT")
    at = UtcDateTimeField()
    author_id = IntegerField()
    author_name = CharField(max_length=80)

    class Meta:
        indexes = ((("row", "version"), True),)
        constraints = [
            Check("version > 0"),
            Check("located_g >= 0 AND returned_g >= 0 AND destroyed_g >= 0 AND sold_g >= 0"),
            Check("(returned_g = 0 AND destroyed_g = 0) OR witness <> ''"),
        ]


class Inquiry(BaseModel):
    """A question about a lot to the party that holds it, with a term and one answer; it may be forwarded one step along the chain."""

    code = CharField(max_length=20, unique=True)
    lot = ForeignKeyField(Lot, backref="inquiries", on_delete="RESTRICT")
    party = ForeignKeyField(Party, backref="inquiries", on_delete="RESTRICT")
    incident = ForeignKeyField(Incident, null=True, backref="inquiries", on_delete="RESTRICT")
    forwarded_from = ForeignKeyField("self", null=True, backref="forwards", on_delete="RESTRICT")
    question = TextField()
    asked_at = UtcDateTimeField()
    asked_by = IntegerField()
    asker_name = CharField(max_length=80)
    asker_party = ForeignKeyField(Party, null=True, backref="asked_inquiries", on_delete="RESTRICT")
    due_on = DateField(index=True)
    answer = TextField(default="")
    answered_at = UtcDateTimeField(null=True)
    answered_by = IntegerField(null=True)
    answerer_name = CharField(max_length=80, default="")

    class Meta:
        constraints = [
            Check("question <> ''"),
            Check("(answered_at IS NULL) = (answer = '')"),
            Check("(answered_at IS NULL) = (answered_by IS NULL)"),
        ]


class MockRecall(BaseModel):
    """A drill: which lot a seed drew out of how many, what was found how fast, and the sealed paper. ``facts`` are what the hash is of."""

    code = CharField(max_length=20, unique=True)
    seed = CharField(max_length=64)
    population = JsonField()
    lot = ForeignKeyField(Lot, backref="mock_recalls", on_delete="RESTRICT")
    holder = ForeignKeyField(Party, backref="mock_recalls", on_delete="RESTRICT")
    started_at = UtcDateTimeField()
    started_by = IntegerField()
    starter_name = CharField(max_length=80)
    facts = JsonField()
    state = CharField(max_length=8, default="running")
    finished_at = UtcDateTimeField(null=True)
    remark = CharField(max_length=400, default="")
    sealed = JsonField(null=True)
    sha256 = CharField(max_length=64, default="")
    paper = ForeignKeyField(StoredFile, null=True, backref="mock_recalls", on_delete="RESTRICT")

    class Meta:
        constraints = [
            Check("state IN ('running','sealed')"),
            Check("seed <> ''"),
            Check("(state = 'sealed') = (finished_at IS NOT NULL)"),
            Check("(state = 'sealed') = (length(sha256) = 64)"),
            Check("finished_at IS NULL OR finished_at >= started_at"),
        ]


TABLES = (
    Incident, IncidentEntry, IncidentLink, IncidentTest, Recall, RecallLot, RecallNotice, RecallStatement, Inquiry, MockRecall,
)  # fmt: skip
