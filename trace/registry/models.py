"""Tables of the register."""

from peewee import BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.registry.rules import PARTY_KINDS, TITLE_KINDS, sql_list


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
    """A household, cooperative, firm, nursery or public body. Personal numbers are sealed (see core.vault)."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=20, index=True)
    name = CharField(max_length=80, index=True)
    uscc = CharField(max_length=18, null=True, unique=True)
    village = ForeignKeyField(Village, null=True, on_delete="RESTRICT")
    township = ForeignKeyField(Township, null=True, on_delete="RESTRICT")
    belongs_to = ForeignKeyField("self", null=True, backref="members", on_delete="RESTRICT")
    phone = CharField(max_length=20, default="")
    id_number_sealed = TextField(default="")
    id_number_hash = CharField(max_length=64, null=True, unique=True)
    account_sealed = TextField(default="")
    account_hash = CharField(max_length=64, null=True, index=True)
    account_last4 = CharField(max_length=4, default="")
    nursery_m2 = IntegerField(default=0)
    registered_at = UtcDateTimeField()

    class Meta:
        constraints = [Check(f"kind IN ({sql_list(PARTY_KINDS)})"), Check("nursery_m2 >= 0")]


class Title(BaseModel):
    """A status granted by a document: above-scale, leading enterprise, licence, certificate."""

    party = ForeignKeyField(Party, backref="titles", on_delete="RESTRICT")
    kind = CharField(max_length=30, index=True)
    doc_no = CharField(max_length=80)
    issuer = CharField(max_length=80)
    valid_from = DateField()
    valid_to = DateField(null=True)
    withdrawn_on = DateField(null=True)

    class Meta:
        indexes = ((("party", "kind", "doc_no"), True),)
        constraints = [
            Check(f"kind IN ({sql_list(TITLE_KINDS)})"),
            Check("valid_to IS NULL OR valid_to >= valid_from"),
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
    Township, Village, Party, Title, Taxon, Product, Process, ReferenceRange, CalendarDay, SiteSetting,
)  # fmt: skip
