"""Tables of an application's file: its papers, defects, visits, teams, forms, evidence, postings, and what officials have declared.

What was handed in, signed or frozen is only added to (triggers guard it); a paper handed in by mistake is struck out, not deleted.
"""

from peewee import BooleanField, CharField, Check, DateField, DoubleField, ForeignKeyField, IntegerField, TextField

from trace.accounts.models import User
from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.funds.file_rules import CLAIM_LEVELS, DOCUMENT_KINDS, INTEREST_KINDS
from trace.funds.models import Application, Notice
from trace.registry.models import Party, Village
from trace.registry.rules import sql_list


class ApplicationDocument(BaseModel):
    """One paper or photograph of an application. ``seq`` counts those of the application; a photograph says when and where it was taken."""

    application = ForeignKeyField(Application, backref="documents", index=False, on_delete="RESTRICT")
    seq = IntegerField()
    kind = CharField(max_length=20)
    title = CharField(max_length=80, default="")
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT")
    round = IntegerField(default=0)
    taken_at = UtcDateTimeField(null=True)
    lon = DoubleField(null=True)
    lat = DoubleField(null=True)
    uploaded_by = IntegerField()
    uploader_name = CharField(max_length=80)
    at = UtcDateTimeField()
    struck_at = UtcDateTimeField(null=True)
    struck_reason = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("application", "seq"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(DOCUMENT_KINDS)})"),
            Check("(lon IS NULL) = (lat IS NULL)"),
            Check("(struck_at IS NULL) = (struck_reason = '')"),
        ]


class Defect(BaseModel):
    """One thing wanting, of the one notice of all defects that goes with a return; ``answer`` says what was changed."""

    application = ForeignKeyField(Application, backref="defects", index=False, on_delete="RESTRICT")
    round = IntegerField()
    seq = IntegerField()
    text = CharField(max_length=300)
    answer = CharField(max_length=300, default="")
    named_by = CharField(max_length=80)
    named_at = UtcDateTimeField()
    answered_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("application", "round", "seq"), True),)
        constraints = [Check("(answered_at IS NULL) = (answer = '')")]


class SiteVisit(BaseModel):
    """The township's visit to the place: two persons, the right to the ground, what the ground is."""

    application = ForeignKeyField(Application, backref="site_visits", on_delete="RESTRICT")
    visited_on = DateField()
    officer_id = IntegerField()
    officer_name = CharField(max_length=80)
    companion_id = IntegerField(null=True)
    companion_name = CharField(max_length=80)
    tenure_ok = BooleanField()
    tenure_note = CharField(max_length=200, default="")
    land_class = CharField(max_length=20)
    note = CharField(max_length=500, default="")
    signed_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("companion_name <> '' AND companion_name <> officer_name")]


class FieldTeam(BaseModel):
    """Who verifies one round, one of forestry and one of finance, when, and whether the whole plot or a sample is looked at."""

    application = ForeignKeyField(Application, backref="teams", index=False, on_delete="RESTRICT")
    round = IntegerField()
    forestry = ForeignKeyField(User, backref="forestry_teams", on_delete="RESTRICT")
    finance = ForeignKeyField(User, backref="finance_teams", on_delete="RESTRICT")
    planned_on = DateField()
    whole = BooleanField(default=True)
    note = CharField(max_length=200, default="")
    named_by = CharField(max_length=80)
    named_at = UtcDateTimeField()

    class Meta:
        indexes = ((("application", "round"), True),)
        constraints = [Check("forestry_id <> finance_id")]


class FieldForm(BaseModel):
    """The verification form of one round (domain brief §5.4): its columns by name, the areas by which money is counted."""

    application = ForeignKeyField(Application, backref="field_forms", index=False, on_delete="RESTRICT")
    round = IntegerField()
    columns = JsonField()
    sample_plots = JsonField(default=list)
    verified_m2 = IntegerField()
    qualified_m2 = IntegerField()
    lost_m2 = IntegerField(default=0)
    claim_level = CharField(max_length=10)
    filled_by = IntegerField()
    filler_name = CharField(max_length=80)
    filled_at = UtcDateTimeField()

    class Meta:
        indexes = ((("application", "round"), True),)
        constraints = [
            Check("verified_m2 >= 0 AND qualified_m2 >= 0 AND lost_m2 >= 0"),
            Check("qualified_m2 + lost_m2 <= verified_m2"),
            Check(f"claim_level IN ({sql_list(CLAIM_LEVELS)})"),
        ]


class EvidenceBundle(BaseModel):
    """The evidence of an application frozen as canonical JSON. The newest one of an instalment counts; ``hash`` is its SHA-256."""

    application = ForeignKeyField(Application, backref="bundles", index=False, on_delete="RESTRICT")
    number = IntegerField()
    instalment = IntegerField()
    hash = CharField(max_length=64, index=True)
    body = TextField()
    frozen_by = IntegerField()
    freezer_name = CharField(max_length=80)
    frozen_at = UtcDateTimeField()

    class Meta:
        indexes = ((("application", "number"), True),)
        constraints = [Check("length(hash) = 64")]


class BoardPosting(BaseModel):
    """A photograph of the village's board with the list on it, and the day it hung there."""

    notice = ForeignKeyField(Notice, backref="postings", index=False, on_delete="RESTRICT")
    village = ForeignKeyField(Village, on_delete="RESTRICT")
    seq = IntegerField()
    posted_on = DateField()
    photo = ForeignKeyField(StoredFile, on_delete="RESTRICT")
    uploaded_by = IntegerField()
    uploader_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("notice", "village", "seq"), True),)


class Interest(BaseModel):
    """What an official has declared (opinion L250): a relative, a holding, or a number shared with somebody, kept as a keyed hash only."""

    code = CharField(max_length=20, unique=True)
    user = ForeignKeyField(User, backref="interests", on_delete="RESTRICT")
    kind = CharField(max_length=12)
    party = ForeignKeyField(Party, null=True, backref="interests", on_delete="RESTRICT")
    number_hash = CharField(max_length=64, default="", index=True)
    number_last4 = CharField(max_length=4, default="")
    note = CharField(max_length=200, default="")
    declared_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(INTEREST_KINDS)})"),
            Check("(party_id IS NOT NULL) <> (number_hash <> '')"),
        ]


class Delegation(BaseModel):
    """One official stands in for another: for the rules the two are one hand, so that a delegation never gets round them."""

    code = CharField(max_length=20, unique=True)
    giver = ForeignKeyField(User, backref="delegations_given", on_delete="RESTRICT")
    taker = ForeignKeyField(User, backref="delegations_taken", on_delete="RESTRICT")
    from_day = DateField()
    to_day = DateField()
    reason = CharField(max_length=200)
    given_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [Check("giver_id <> taker_id"), Check("to_day >= from_day")]


TABLES = (
    ApplicationDocument, Defect, SiteVisit, FieldTeam, FieldForm, EvidenceBundle, BoardPosting, Interest, Delegation,
)  # fmt: skip
