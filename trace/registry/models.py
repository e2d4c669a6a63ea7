"""Tables of the register."""

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.db.counters import next_number
from trace.files.models import StoredFile
from trace.registry.rules import PARTY_KINDS, PARTY_ROLES, RELATIONS, sql_list
from trace.registry.title_rules import MONITORING, SCALE_CLASSES, TITLE_KINDS


class Township(BaseModel):
    """乡镇（街道）, nine digits of the statistics code."""

    code = CharField(max_length=9, unique=True)
    name = CharField(max_length=40)
    valid_from = DateField()
    valid_to = DateField(null=True)


class Village(BaseModel):
    """村（社区）, twelve digits. Names repeat in the county: always shown together with the township."""

    code = CharField(max_length=12, unique=True)
    name = CharField(max_length=40)
    township = ForeignKeyField(Township, backref="villages", on_delete="RESTRICT")
    valid_from = DateField()
    valid_to = DateField(null=True)


class Party(BaseModel):
    """A household, cooperative, firm, nursery or public body. Personal numbers are sealed (see core.vault); nothing is ever deleted.

    ``belongs_to`` repeats the oldest open membership, for scope; ``version`` counts corrections, so that two clerks cannot overwrite
    each other. A household's phone is sealed, an organisation's is public.
    """

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=20, index=True)
    name = CharField(max_length=80, index=True)
    initials = CharField(max_length=80, default="", index=True)
    uscc = CharField(max_length=18, null=True, unique=True)
    national_code = CharField(max_length=40, default="")
    hunan_code = CharField(max_length=40, default="")
    village = ForeignKeyField(Village, null=True, on_delete="RESTRICT")
    township = ForeignKeyField(Township, null=True, on_delete="RESTRICT")
    belongs_to = ForeignKeyField("self", null=True, backref="members", on_delete="RESTRICT")
    phone = CharField(max_length=20, default="")
    phone_sealed = TextField(default="")
    phone_hash = CharField(max_length=64, null=True, index=True)
    id_number_sealed = TextField(default="")
    id_number_hash = CharField(max_length=64, null=True, unique=True)
    account_sealed = TextField(default="")
    account_hash = CharField(max_length=64, null=True, index=True)
    account_last4 = CharField(max_length=4, default="")
    number_warnings = JsonField(default=list)
    nursery_m2 = IntegerField(default=0)
    registered_at = UtcDateTimeField()
    version = IntegerField(default=1)
    changed_at = UtcDateTimeField(null=True)
    changed_by = CharField(max_length=80, default="")
    retired_on = DateField(null=True)
    retired_reason = CharField(max_length=200, default="")
    merged_into = ForeignKeyField("self", null=True, backref="merged", on_delete="RESTRICT")

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(PARTY_KINDS)})"),
            Check("nursery_m2 >= 0"),
            Check("version > 0"),
            Check("merged_into_id IS NULL OR (merged_into_id <> id AND retired_on IS NOT NULL)"),
        ]


class PartyRole(BaseModel):
    """What a party does from one day to another (the day of ending no longer counts); the same role never twice at once."""

    party = ForeignKeyField(Party, backref="roles", on_delete="RESTRICT")
    role = CharField(max_length=20, index=True)
    valid_from = DateField()
    valid_to = DateField(null=True)
    note = CharField(max_length=120, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"role IN ({sql_list(PARTY_ROLES)})"),
            Check("valid_to IS NULL OR valid_to >= valid_from"),
        ]


PartyRole.add_index(PartyRole.party, PartyRole.role, unique=True, where=PartyRole.valid_to.is_null())


class Membership(BaseModel):
    """A party in a cooperative or other organisation from one day to another (the day of leaving no longer counts)."""

    member = ForeignKeyField(Party, backref="memberships", on_delete="RESTRICT")
    organisation = ForeignKeyField(Party, backref="member_rows", on_delete="RESTRICT")
    joined_on = DateField()
    left_on = DateField(null=True)
    left_reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check("member_id <> organisation_id"),
            Check("left_on IS NULL OR left_on >= joined_on"),
        ]


Membership.add_index(Membership.member, Membership.organisation, unique=True, where=Membership.left_on.is_null())


class HouseholdMember(BaseModel):
    """A person of a household beside its head. One ID lives in one household; of children under 14 no ID is kept."""

    household = ForeignKeyField(Party, backref="people", on_delete="RESTRICT")
    name = CharField(max_length=40)
    relation = CharField(max_length=20)
    under_14 = BooleanField(default=False)
    id_number_sealed = TextField(default="")
    id_number_hash = CharField(max_length=64, null=True)
    number_warnings = JsonField(default=list)
    joined_on = DateField()
    left_on = DateField(null=True)
    left_reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [
            Check(f"relation IN ({sql_list(RELATIONS)})"),
            Check("NOT under_14 OR id_number_hash IS NULL"),
            Check("left_on IS NULL OR left_on >= joined_on"),
        ]


HouseholdMember.add_index(HouseholdMember.id_number_hash, unique=True, where=HouseholdMember.left_on.is_null())


class DuplicateDecision(BaseModel):
    """What was decided about two parties of the same name in the same village. Rows are history."""

    first = ForeignKeyField(Party, backref="+", on_delete="RESTRICT")
    second = ForeignKeyField(Party, backref="+", on_delete="RESTRICT")
    decision = CharField(max_length=10)
    reason = CharField(max_length=200)
    decided_by = CharField(max_length=80)
    decided_at = UtcDateTimeField()

    class Meta:
        indexes = ((("first", "second"), True),)
        constraints = [Check("decision IN ('different','merged')"), Check("first_id < second_id")]


def _title_code() -> str:
    return f"ZS{next_number('title'):06d}"


class Title(BaseModel):
    """A status granted by a document: above-scale, leading enterprise, licence, certificate; with its scan where there is one."""

    code = CharField(max_length=20, unique=True, default=_title_code)
    party = ForeignKeyField(Party, backref="titles", on_delete="RESTRICT")
    kind = CharField(max_length=30, index=True)
    doc_no = CharField(max_length=80)
    issuer = CharField(max_length=80)
    valid_from = DateField()
    valid_to = DateField(null=True, index=True)
    scope = CharField(max_length=400, default="")
    taxa = JsonField(default=list)
    food_categories = JsonField(default=list)
    batch = CharField(max_length=40, default="")
    monitoring = CharField(max_length=10, default="")
    scale_class = CharField(max_length=10, default="")
    entered_on = DateField(null=True)
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    withdrawn_on = DateField(null=True)
    withdrawn_reason = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("party", "kind", "doc_no"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(TITLE_KINDS)})"),
            Check("valid_to IS NULL OR valid_to >= valid_from"),
            Check(f"scale_class IN ({sql_list(('', *SCALE_CLASSES))})"),
            Check(f"monitoring IN ({sql_list(('', *MONITORING))})"),
        ]


class Taxon(BaseModel):
    """A species the county grows; 土枇杷 is *Ehretia dicksonii*, not loquat (domain brief §0.1)."""

    key = CharField(max_length=40, unique=True)
    name_zh = CharField(max_length=40)
    other_names = CharField(max_length=80, default="")
    latin = CharField(max_length=80)
    name_en = CharField(max_length=80)
    is_default = BooleanField(default=False)


class Product(BaseModel):
    """What a lot can be: taxon × part × form, in grams, millilitres or pieces."""

    code = CharField(max_length=10, unique=True)
    name = CharField(max_length=40)
    name_en = CharField(max_length=80)
    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")
    part = CharField(max_length=10)
    form = CharField(max_length=10)
    unit = CharField(max_length=3)
    density_g_per_l = IntegerField(null=True)
    shelf_days = IntegerField(null=True)
    legal_basis = CharField(max_length=20, default="unconfirmed")

    class Meta:
        constraints = [
            Check("part IN ('fruit','leaf','flower','seedling')"),
            Check("unit IN ('g','ml','pcs')"),
            Check("(unit = 'ml') = (density_g_per_l IS NOT NULL)"),
        ]


class Process(BaseModel):
    """A transformation with its range of yields in thousandths (output base units per input gram)."""

    code = CharField(max_length=20, unique=True)
    name = CharField(max_length=40)
    name_en = CharField(max_length=80)
    step = CharField(max_length=20)
    input_part = CharField(max_length=10)
    output_form = CharField(max_length=10)
    keeps_weight = BooleanField(default=False)
    low_milli = IntegerField()
    default_milli = IntegerField()
    high_milli = IntegerField()
    hard_max_milli = IntegerField()
    source = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check("low_milli > 0 AND low_milli <= default_milli"),
            Check("default_milli <= high_milli AND high_milli <= hard_max_milli"),
        ]


class ReferenceRange(BaseModel):
    """A plausible range of one metric of one taxon; a placeholder until a source is entered."""

    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")
    metric = CharField(max_length=30)
    unit = CharField(max_length=20)
    low = IntegerField()
    default_value = IntegerField()
    high = IntegerField()
    hard_max = IntegerField(null=True)
    source = CharField(max_length=200, default="")

    class Meta:
        indexes = ((("taxon", "metric"), True),)


class CalendarDay(BaseModel):
    """One day of the county's working calendar, holidays and 调休 included; editable data, never code."""

    day = DateField(unique=True)
    is_working = BooleanField()
    name = CharField(max_length=40, default="")
    provisional = BooleanField(default=False)


class SiteSetting(BaseModel):
    """A named value of this installation, such as “demo”."""

    key = CharField(max_length=40, unique=True)
    value = JsonField()


TABLES = (
    Township, Village, Party, PartyRole, Membership, HouseholdMember, DuplicateDecision, Title, Taxon, Product, Process, ReferenceRange, CalendarDay, SiteSetting,
)  # fmt: skip
