"""Tables of a plot's dossier: changes of state and management, papers, references, overlap cases and decisions, gardens, outlines.

What happened and what was decided is only added to (triggers guard it); the plot itself keeps the present values.
"""

from peewee import CharField, Check, DateField, DoubleField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.land.models import Plot, SurvivalVisit
from trace.land.overlap_rules import CASE_STATES, DECISIONS
from trace.land.rules import GARDEN_STATES, MANAGEMENT_MODES, PLOT_STATES, REFERENCE_SCHEMES, TENURE_KINDS
from trace.land.states import EVIDENCE
from trace.registry.models import Party, Township
from trace.registry.rules import sql_list


class PlotStateChange(BaseModel):
    """One dated change of a plot's state: from what to what, on which day, why, resting on what, by whom."""

    plot = ForeignKeyField(Plot, backref="state_changes", on_delete="RESTRICT")
    from_state = CharField(max_length=20, default="")
    to_state = CharField(max_length=20)
    on_day = DateField()
    evidence = CharField(max_length=20)
    visit = ForeignKeyField(SurvivalVisit, null=True, on_delete="RESTRICT")
    reason = CharField(max_length=200, default="")
    changed_by = IntegerField(null=True)
    changer_name = CharField(max_length=80, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("plot", "on_day"), False),)
        constraints = [
            Check(f"from_state IN ('',{sql_list(PLOT_STATES)})"),
            Check(f"to_state IN ({sql_list(PLOT_STATES)})"),
            Check(f"evidence IN ({sql_list(EVIDENCE)})"),
        ]


class ManagementChange(BaseModel):
    """One dated change of the management mode, with the paper it rests on."""

    plot = ForeignKeyField(Plot, backref="management_changes", on_delete="RESTRICT")
    mode = CharField(max_length=20)
    on_day = DateField()
    evidence = CharField(max_length=200, default="")
    changer_name = CharField(max_length=80, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("plot", "on_day"), True),)
        constraints = [Check(f"mode IN ({sql_list(MANAGEMENT_MODES)})")]


class PlotReference(BaseModel):
    """A number other registers give the ground (林班, 小班, 图斑): dated, because every survey numbers anew; never a key."""

    plot = ForeignKeyField(Plot, backref="references", on_delete="RESTRICT")
    scheme = CharField(max_length=20)
    value = CharField(max_length=40)
    survey = CharField(max_length=80)
    valid_from = DateField()
    valid_to = DateField(null=True)
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("plot", "scheme", "valid_from"), True),)
        constraints = [
            Check(f"scheme IN ({sql_list(REFERENCE_SCHEMES)})"),
            Check("valid_to IS NULL OR valid_to >= valid_from"),
        ]


class TenureDoc(BaseModel):
    """A paper that gives the right to use the ground. ``seq`` counts those of a plot; a wrong one is voided, not deleted."""

    plot = ForeignKeyField(Plot, backref="tenure_docs", on_delete="RESTRICT")
    seq = IntegerField()
    kind = CharField(max_length=20)
    number = CharField(max_length=80)
    holder = CharField(max_length=80)
    area_m2 = IntegerField(null=True)
    valid_from = DateField(null=True)
    valid_to = DateField(null=True)
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()
    voided_at = UtcDateTimeField(null=True)
    void_reason = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("plot", "seq"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(TENURE_KINDS)})"),
            Check("area_m2 IS NULL OR area_m2 > 0"),
            Check("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from"),
            Check("voided_at IS NULL OR void_reason <> ''"),
        ]


class VisitPhoto(BaseModel):
    """A photograph taken on a survival visit; ``seq`` counts those of a visit."""

    visit = ForeignKeyField(SurvivalVisit, backref="photos", on_delete="RESTRICT")
    seq = IntegerField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT")

    class Meta:
        indexes = ((("visit", "seq"), True),)


class BoundaryCase(BaseModel):
    """A boundary that overlaps registered ground, handed to the bureau: everything typed is kept until it is decided."""

    code = CharField(max_length=12, unique=True)
    plot = ForeignKeyField(Plot, null=True, backref="cases", on_delete="RESTRICT")
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    party = ForeignKeyField(Party, null=True, on_delete="RESTRICT")
    state = CharField(max_length=10)
    typed = JsonField()
    geojson = TextField()
    area_m2 = IntegerField()
    overlaps = JsonField()
    submitted_by = IntegerField()
    submitter_name = CharField(max_length=80)
    submitted_at = UtcDateTimeField()
    decided_by = IntegerField(null=True)
    decider_name = CharField(max_length=80, default="")
    decided_at = UtcDateTimeField(null=True)
    answer = CharField(max_length=400, default="")

    class Meta:
        indexes = ((("state", "id"), False),)
        constraints = [
            Check(f"state IN ({sql_list(CASE_STATES)})"),
            Check("(state = 'open') = (decided_at IS NULL)"),
            Check("decided_by IS NULL OR decided_by <> submitted_by"),
        ]


class OverlapDecision(BaseModel):
    """What the bureau decided about two plots that share ground: m², which boundary versions, why. The newest of a pair counts."""

    plot_a = ForeignKeyField(Plot, backref="decisions_a", on_delete="RESTRICT")
    plot_b = ForeignKeyField(Plot, backref="decisions_b", on_delete="RESTRICT")
    version_a = IntegerField()
    version_b = IntegerField()
    area_m2 = IntegerField()
    decision = CharField(max_length=20)
    reason = CharField(max_length=400)
    decided_by = IntegerField()
    decider_name = CharField(max_length=80)
    decided_at = UtcDateTimeField()

    class Meta:
        indexes = ((("plot_a", "plot_b"), False),)
        constraints = [
            Check(f"decision IN ({sql_list(DECISIONS)})"),
            Check("plot_a_id < plot_b_id"),
            Check("area_m2 >= 0 AND reason <> ''"),
        ]


class DemoGarden(BaseModel):
    """示范园: a base designated by a document; its plots are listed, its area is what the document says."""

    code = CharField(max_length=12, unique=True)
    name = CharField(max_length=80)
    township = ForeignKeyField(Township, on_delete="RESTRICT")
    operator = ForeignKeyField(Party, null=True, on_delete="RESTRICT")
    state = CharField(max_length=12)
    doc_no = CharField(max_length=80, default="")
    issuer = CharField(max_length=80, default="")
    designated_on = DateField(null=True)
    area_m2 = IntegerField()
    withdrawn_on = DateField(null=True)
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(GARDEN_STATES)})"),
            Check("area_m2 > 0"),
            Check("state <> 'designated' OR (doc_no <> '' AND issuer <> '' AND designated_on IS NOT NULL)"),
            Check("(state = 'withdrawn') = (withdrawn_on IS NOT NULL)"),
        ]


class DemoGardenPlot(BaseModel):
    """A plot that belongs to a garden."""

    garden = ForeignKeyField(DemoGarden, backref="members", on_delete="RESTRICT")
    plot = ForeignKeyField(Plot, backref="gardens", on_delete="RESTRICT")

    class Meta:
        indexes = ((("garden", "plot"), True),)


class TownshipOutline(BaseModel):
    """The surveyed outline of a township, if the bureau has one to import; the newest in force is compared strictly."""

    township = ForeignKeyField(Township, backref="outlines", on_delete="RESTRICT")
    valid_from = DateField()
    geojson = TextField()
    area_m2 = IntegerField()
    west = DoubleField()
    south = DoubleField()
    east = DoubleField()
    north = DoubleField()
    source = CharField(max_length=200)
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("township", "valid_from"), True),)
        constraints = [Check("area_m2 > 0"), Check("source <> ''")]


TABLES = (
    PlotStateChange, ManagementChange, PlotReference, TenureDoc, VisitPhoto, BoundaryCase, OverlapDecision, DemoGarden,
    DemoGardenPlot, TownshipOutline,
)  # fmt: skip
