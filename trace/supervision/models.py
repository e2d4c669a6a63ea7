"""Tables of supervision. Steps, late marks and snapshots are history: the database refuses to change them."""

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.land.models import Plot
from trace.registry.models import Party, Township
from trace.registry.rules import sql_list
from trace.supervision import rules
from trace.supervision.scoring import DEDUCTIONS, RunState


class Inspection(BaseModel):
    """督查: planned for a township, then visited. ``people`` are the names of those who went."""

    no = CharField(max_length=20, unique=True)
    kind = CharField(max_length=10)
    title = CharField(max_length=120)
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    planned_on = DateField()
    visited_on = DateField(null=True)
    people = CharField(max_length=120, default="")
    basis = CharField(max_length=120, default="")
    summary = TextField(default="")
    state = CharField(max_length=10, default="planned", index=True)
    planned_by = IntegerField()
    planner_name = CharField(max_length=80)
    planned_at = UtcDateTimeField()

    class Meta:
        table_name = "township_inspection"
        constraints = [
            Check(f"kind IN ({sql_list(rules.INSPECTION_KINDS)})"),
            Check(f"state IN ({sql_list(rules.INSPECTION_STATES)})"),
            Check("(state = 'visited') = (visited_on IS NOT NULL)"),
        ]


class Finding(BaseModel):
    """整改事项: what was found, what is demanded of the township, and where it stands. ``due_at`` ends the period in force."""

    code = CharField(max_length=20, unique=True)
    inspection = ForeignKeyField(Inspection, null=True, backref="findings", on_delete="RESTRICT")
    source = CharField(max_length=10)
    cause = CharField(max_length=10, index=True)
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    party = ForeignKeyField(Party, null=True, on_delete="RESTRICT")
    plot = ForeignKeyField(Plot, null=True, on_delete="RESTRICT")
    facts = TextField()
    found_on = DateField()
    finder_id = IntegerField()
    finder_name = CharField(max_length=80)
    state = CharField(max_length=16, default=rules.State.FOUND.value, index=True)
    paper = CharField(max_length=8, default="letter")
    authority_ref = CharField(max_length=80, default="")
    requirement = TextField(default="")
    urgency = CharField(max_length=10, default="normal")
    days = IntegerField(default=rules.DEFAULT_DAYS)
    responsible = CharField(max_length=40, default="")
    issued_at = UtcDateTimeField(null=True)
    due_at = UtcDateTimeField(null=True, index=True)
    extended = BooleanField(default=False)
    escalated_to = CharField(max_length=20, default="")
    reported_at = UtcDateTimeField(null=True)
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"source IN ({sql_list(rules.SOURCES)})"),
            Check(f"cause IN ({sql_list(rules.CAUSES)})"),
            Check(f"state IN ({sql_list(rules.State)})"),
            Check(f"paper IN ({sql_list(rules.PAPERS)})"),
            Check(f"urgency IN ({sql_list(rules.URGENCIES)})"),
            Check(f"escalated_to IN ('',{sql_list(rules.ESCALATED_TO)})"),
            Check(f"days BETWEEN 1 AND {rules.MAX_DAYS}"),
            Check("paper = 'letter' OR authority_ref <> ''"),
            Check("paper = 'notice' OR escalated_to = ''"),
            Check("paper = 'notice' OR state <> 'circular'"),
            Check("(issued_at IS NULL) = (state IN ('found','notice_draft'))"),
            Check("(issued_at IS NULL) = (due_at IS NULL)"),
            Check("(closed_at IS NULL) = (state <> 'closed')"),
        ]


class FindingStep(BaseModel):
    """One thing done on the way, in the words of who did it. Append-only."""

    finding = ForeignKeyField(Finding, backref="steps", index=False, on_delete="RESTRICT")
    number = IntegerField()
    action = CharField(max_length=16)
    to_state = CharField(max_length=16)
    text = TextField(default="")
    due_at = UtcDateTimeField(null=True)
    at = UtcDateTimeField()
    actor_id = IntegerField()
    actor_name = CharField(max_length=80)

    class Meta:
        indexes = ((("finding", "number"), True),)
        constraints = [
            Check(f"action IN ('find',{sql_list(rules.Action)})"),
            Check(f"to_state IN ({sql_list(rules.State)})"),
        ]


class FindingPhoto(BaseModel):
    """Evidence handed in with a step."""

    step = ForeignKeyField(FindingStep, backref="photos", index=False, on_delete="RESTRICT")
    number = IntegerField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT")

    class Meta:
        indexes = ((("step", "number"), True),)


class LateMark(BaseModel):
    """逾期: a deadline that passed without an answer. Written once per deadline, never taken back. Append-only."""

    finding = ForeignKeyField(Finding, backref="late_marks", index=False, on_delete="RESTRICT")
    due_at = UtcDateTimeField()
    marked_at = UtcDateTimeField()

    class Meta:
        indexes = ((("finding", "due_at"), True),)
        constraints = [Check("marked_at > due_at")]


class Evaluation(BaseModel):
    """第三方评估 (L177): who evaluated what, how, with which result and report."""

    code = CharField(max_length=20, unique=True)
    evaluator = CharField(max_length=120)
    subject = CharField(max_length=200)
    method = CharField(max_length=400)
    result = TextField()
    year = IntegerField()
    township = ForeignKeyField(Township, null=True, on_delete="RESTRICT")
    report_no = CharField(max_length=80, default="")
    reported_on = DateField()
    report = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)


class ScoreScheme(BaseModel):
    """One version of the scheme of a year: indicators and weights as data, with the paper that decided them. Append-only."""

    code = CharField(max_length=20, unique=True)
    year = IntegerField()
    version = IntegerField()
    doc_ref = CharField(max_length=80)
    content = JsonField()
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("year", "version"), True),)
        constraints = [Check("version > 0"), Check("version = 1 OR reason <> ''"), Check("doc_ref <> ''")]


class ScoreDeduction(BaseModel):
    """Points taken from a township for a year, with evidence; zero points are written as an entry that cancels. Append-only."""

    township = ForeignKeyField(Township, on_delete="RESTRICT")
    year = IntegerField(index=True)
    kind = CharField(max_length=16)
    points_centi = IntegerField()
    evidence = CharField(max_length=300)
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(DEDUCTIONS)})"), Check("points_centi BETWEEN 0 AND 10000"), Check("evidence <> ''"),
        ]  # fmt: skip


class ScoreRun(BaseModel):
    """The scores of a year on their way from draft to the standing meeting."""

    code = CharField(max_length=20, unique=True)
    year = IntegerField(unique=True)
    scheme = ForeignKeyField(ScoreScheme, on_delete="RESTRICT")
    state = CharField(max_length=10, default=RunState.DRAFT.value)
    feedback_due_on = DateField(null=True)
    leader_opinion = CharField(max_length=300, default="")
    minutes_ref = CharField(max_length=80, default="")
    made_at = UtcDateTimeField()
    changed_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(RunState)})"),
            Check("(state IN ('fixed','published')) = (minutes_ref <> '')"),
            Check("(state = 'draft') = (feedback_due_on IS NULL)"),
        ]


class ScoreSnapshot(BaseModel):
    """The input of one computation and its result, locked by their hashes. The highest number counts. Append-only."""

    run = ForeignKeyField(ScoreRun, backref="snapshots", index=False, on_delete="RESTRICT")
    number = IntegerField()
    reason = CharField(max_length=200, default="")
    body = JsonField()
    sha256 = CharField(max_length=64)
    result = JsonField()
    result_sha256 = CharField(max_length=64)
    at = UtcDateTimeField()
    actor_name = CharField(max_length=80)

    class Meta:
        indexes = ((("run", "number"), True),)
        constraints = [
            Check("length(sha256) = 64 AND length(result_sha256) = 64"), Check("number = 1 OR reason <> ''"),
        ]  # fmt: skip


class ScoreFeedback(BaseModel):
    """A township's opinion on its score, and what the office made of it."""

    run = ForeignKeyField(ScoreRun, backref="feedback", index=False, on_delete="RESTRICT")
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    text = CharField(max_length=1000)
    objects = BooleanField()
    at = UtcDateTimeField()
    actor_name = CharField(max_length=80)
    answer = CharField(max_length=1000, default="")
    upheld = BooleanField(null=True)
    answered_at = UtcDateTimeField(null=True)
    answerer_name = CharField(max_length=80, default="")

    class Meta:
        indexes = ((("run", "township"), True),)
        constraints = [
            Check("(answered_at IS NULL) = (answer = '')"),
            Check("(answered_at IS NULL) = (upheld IS NULL)"),
        ]


TABLES = (
    Inspection, Finding, FindingStep, FindingPhoto, LateMark, Evaluation, ScoreScheme, ScoreDeduction, ScoreRun, ScoreSnapshot, ScoreFeedback,
)  # fmt: skip
