"""Tables of programme notices. Versions and the rows of the checklist are history: they are added, never changed."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.core.text import Message
from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.programmes.params import standard
from trace.programmes.rules import KINDS, LEGAL_STEPS, PURPOSES, SHORTAGES, STATES
from trace.registry.rules import sql_list


class Programme(BaseModel):
    """A subsidy programme and the terms of its present notice; what an application was made under is its version.

    ``params``: rates, tiers, shares of the kind (``params.py``); caps in fen, null for none. ``version``: 0 until published.
    """

    code = CharField(max_length=20, unique=True)
    name = CharField(max_length=80)
    doc_no = CharField(max_length=60, default="")
    basis = CharField(max_length=120)
    basis_valid_to = DateField(null=True)
    kind = CharField(max_length=24)
    purpose = CharField(max_length=20)
    year = IntegerField(index=True)
    params = JsonField(default=dict)
    opens_on = DateField()
    closes_on = DateField()
    min_area_m2 = IntegerField(default=0)
    publicity_days = IntegerField()
    publicity_working = BooleanField(default=True)
    application_cap_fen = BigIntegerField(null=True)
    beneficiary_cap_fen = BigIntegerField(null=True)
    programme_cap_fen = BigIntegerField(null=True)
    exclusion_group = CharField(max_length=40, default="")
    shortage = CharField(max_length=10, default="queue")
    stacking = BooleanField(default=False)
    stacking_pct = IntegerField(default=100)
    materials = JsonField(default=list)
    finance_ref = CharField(max_length=80, default="")
    contact = CharField(max_length=120, default="")
    conditions = TextField(default="")
    state = CharField(max_length=10, index=True)
    version = IntegerField(default=0)
    drafted_by = IntegerField()
    drafter_name = CharField(max_length=80)
    drafted_at = UtcDateTimeField()
    published_at = UtcDateTimeField(null=True)

    @property
    def standard(self) -> list[Message]:
        """The standard in words."""
        return standard(self.kind, self.params)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(KINDS)})"),
            Check(f"purpose IN ({sql_list(PURPOSES)})"),
            Check(f"state IN ({sql_list(STATES)})"),
            Check(f"shortage IN ({sql_list(SHORTAGES)})"),
            Check("closes_on >= opens_on AND min_area_m2 >= 0 AND publicity_days > 0"),
            Check("stacking_pct > 0 AND stacking_pct <= 100"),
            Check("state = 'draft' OR finance_ref <> ''"),
            Check("(state = 'draft') = (version = 0)"),
        ]


class ProgrammeVersion(BaseModel):
    """The notice as it was published the n-th time: all its terms, their hash, why it was changed."""

    programme = ForeignKeyField(Programme, backref="versions", index=False, on_delete="RESTRICT")
    number = IntegerField()
    terms = JsonField()
    digest = CharField(max_length=64)
    reason = CharField(max_length=300, default="")
    made_by = IntegerField()
    maker_name = CharField(max_length=80)
    made_at = UtcDateTimeField()

    class Meta:
        indexes = ((("programme", "number"), True),)
        constraints = [Check("number > 0"), Check("number = 1 OR reason <> ''")]


class ProgrammeStep(BaseModel):
    """One entry of the checklist of legal steps; of several for a step the newest counts. ``due_on``: when silence means no objection."""

    programme = ForeignKeyField(Programme, backref="legal_steps", on_delete="RESTRICT")
    step = CharField(max_length=20)
    waived = BooleanField(default=False)
    doc_ref = CharField(max_length=120, default="")
    sent_on = DateField(null=True)
    due_on = DateField(null=True)
    done_on = DateField(null=True)
    note = CharField(max_length=300, default="")
    actor_id = IntegerField()
    actor_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"step IN ({sql_list(LEGAL_STEPS)})"),
            Check("(sent_on IS NULL) = (due_on IS NULL)"),
            Check("NOT waived OR note <> ''"),
            Check("waived OR sent_on IS NOT NULL OR doc_ref <> ''"),
        ]


class LprRate(BaseModel):
    """One announcement of the one-year loan prime rate, in hundredths of a per cent, with where it was read."""

    published_on = DateField(unique=True)
    one_year_bp = IntegerField()
    source = CharField(max_length=200)
    recorded_by = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("one_year_bp > 0 AND one_year_bp < 10000")]


TABLES = (Programme, ProgrammeVersion, ProgrammeStep, LprRate)
