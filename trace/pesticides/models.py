"""Tables the county loads. A newer row for the same thing retires the older one; nothing is overwritten or deleted."""

from typing import Any

from peewee import SQL, BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.pesticides.words import BAN_SCOPES, DOSE_UNITS, ORGANIC_KINDS, PARTS, SITE_KINDS, TOXICITIES
from trace.registry.models import Taxon
from trace.registry.rules import sql_list


class Loaded(BaseModel):
    """What every row says about itself: where it is from, who loaded it when, and until when it counted."""

    source = CharField(max_length=120)
    loaded_at = UtcDateTimeField()
    loader_name = CharField(max_length=80)
    retired_at = UtcDateTimeField(null=True)


class PesticideProduct(Loaded):
    """农药登记产品, by its registration number."""

    reg_no = CharField(max_length=20)
    name = CharField(max_length=80)
    initials = CharField(max_length=80, default="")
    actives = JsonField(default=list)
    toxicity = CharField(max_length=10)
    holder = CharField(max_length=80, default="")
    valid_to = DateField(null=True)
    biological = BooleanField(default=False)

    class Meta:
        constraints = [Check(f"toxicity IN ({sql_list(TOXICITIES)})")]


class LabelScope(Loaded):
    """One line of a label: site, pest, dose (thousandths of its unit), method, interval, times. None: the label does not say."""

    reg_no = CharField(max_length=20)
    site = CharField(max_length=60)
    site_kind = CharField(max_length=12)
    pest = CharField(max_length=60)
    dose_low = IntegerField(null=True)
    dose_high = IntegerField(null=True)
    dose_unit = CharField(max_length=8)
    method = CharField(max_length=40, default="")
    phi_days = IntegerField(null=True)
    max_times = IntegerField(null=True)
    interval_days = IntegerField(null=True)

    class Meta:
        constraints = [
            Check(f"site_kind IN ({sql_list(SITE_KINDS)})"),
            Check(f"dose_unit IN ({sql_list(DOSE_UNITS)})"),
            Check("dose_low > 0 AND dose_high > 0 AND dose_high >= dose_low"),
            Check("phi_days >= 0 AND max_times > 0 AND interval_days > 0"),
        ]


class BannedActive(Loaded):
    """禁限用成分: since when, by which announcement, for what."""

    active = CharField(max_length=60)
    scope = CharField(max_length=16)
    since = DateField()
    doc_no = CharField(max_length=80)

    class Meta:
        constraints = [Check(f"scope IN ({sql_list(BAN_SCOPES)})")]


class ResidueLimit(Loaded):
    """最大残留限量 (MRL) as the standard prints it; ``ng_kg`` is exact, ``typed`` what stood in the table (mg/kg)."""

    food_path = CharField(max_length=120)
    active = CharField(max_length=60)
    ng_kg = BigIntegerField()
    typed = CharField(max_length=20)
    method = CharField(max_length=120, default="")
    std_version = CharField(max_length=40)

    class Meta:
        constraints = [Check("ng_kg > 0")]


class FoodPath(Loaded):
    """Where a part of a tree stands in the standard's list of foods; an empty path says: nowhere."""

    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")
    part = CharField(max_length=10)
    food_path = CharField(max_length=120, default="")

    class Meta:
        constraints = [Check(f"part IN ({sql_list(PARTS)})")]


class OrganicInput(Loaded):
    """Something organic production may use: an active, a product name or a kind of fertiliser."""

    kind = CharField(max_length=12)
    name = CharField(max_length=60)

    class Meta:
        constraints = [Check(f"kind IN ({sql_list(ORGANIC_KINDS)})")]


KEYS: dict[Any, tuple[str, ...]] = {
    PesticideProduct: ("reg_no",),
    LabelScope: ("reg_no", "site", "pest", "method"),
    BannedActive: ("active", "scope"),
    ResidueLimit: ("food_path", "active"),
    FoodPath: ("taxon", "part"),
    OrganicInput: ("kind", "name"),
}
"""What names the thing a row is about: of each only one row counts at a time."""

for _model, _fields in KEYS.items():
    _model.add_index(*(getattr(_model, name) for name in _fields), unique=True, where=SQL("retired_at IS NULL"))

TABLES = tuple(KEYS)
