"""Tables of labels."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.layouts.models import LabelTemplate
from trace.layouts.rules import MEDIA
from trace.lots.models import Lot


class LabelRun(BaseModel):
    """A block of serial numbers for the packs of one lot. Codes work for consumers only after activation.

    ``kind``: a code for each pack, one code for all packs of the lot (that of the lot, so its serial numbers stay unused), or a code for each carton of ``per_carton`` packs of
    the run ``carton_of``. ``facts`` are the words on the label as they were when the run was made.
    """

    no = CharField(max_length=20, unique=True)
    lot = ForeignKeyField(Lot, backref="label_runs", on_delete="RESTRICT")
    first_serial = BigIntegerField(unique=True)
    count = IntegerField()
    layout = CharField(max_length=20, default="a4_3x8")
    best_before = DateField(null=True)
    state = CharField(max_length=10, default="made", index=True)
    made_at = UtcDateTimeField()
    made_by = IntegerField()
    activated_at = UtcDateTimeField(null=True)
    voided_at = UtcDateTimeField(null=True)
    void_reason = CharField(max_length=200, default="")
    kind = CharField(max_length=8, default="unit")
    key_version = CharField(max_length=1, default="1")
    gtin = CharField(max_length=14, default="")
    dpi = IntegerField(default=600)
    skipped = JsonField(default=list)
    template = ForeignKeyField(LabelTemplate, null=True, on_delete="RESTRICT")
    facts = JsonField(default=dict)
    carton_of = ForeignKeyField("self", null=True, backref="carton_runs", on_delete="RESTRICT")
    per_carton = IntegerField(null=True)
    replaces = ForeignKeyField("self", null=True, backref="reprints", on_delete="RESTRICT")
    reason = CharField(max_length=200, default="")
    printed_at = UtcDateTimeField(null=True)
    job = CharField(max_length=32, default="")

    class Meta:
        constraints = [
            Check("count > 0"),
            Check("state IN ('made','activated','voided')"),
            Check("layout IN ({})".format(",".join(f"'{name}'" for name in MEDIA))),
            Check("kind IN ('unit','batch','carton')"),
            Check("dpi > 0"),
            Check("(kind = 'carton') = (carton_of_id IS NOT NULL)"),
            Check("(kind = 'carton') = (per_carton IS NOT NULL)"),
            Check("per_carton > 0"),
        ]


class LabelUnit(BaseModel):
    """One code that is no longer good: voided, or replaced by a reprinted one. Rows appear only for such units."""

    serial = BigIntegerField(unique=True)
    run = ForeignKeyField(LabelRun, backref="units", on_delete="RESTRICT")
    state = CharField(max_length=10)
    reason = CharField(max_length=200)
    at = UtcDateTimeField()
    replaced_by = BigIntegerField(null=True)

    class Meta:
        constraints = [
            Check("state IN ('voided','reprinted')"),
            Check("(state = 'reprinted') = (replaced_by IS NOT NULL)"),
        ]


class LabelActivation(BaseModel):
    """Labels from the n-th to the m-th of a run, counted from 1, were stuck on packs. A run activated as a whole needs no such row."""

    run = ForeignKeyField(LabelRun, backref="activations", index=False, on_delete="RESTRICT")
    first_no = IntegerField()
    last_no = IntegerField()
    at = UtcDateTimeField()
    by_user = IntegerField()

    class Meta:
        indexes = ((("run", "first_no"), True),)
        constraints = [Check("first_no > 0"), Check("last_no >= first_no")]


TABLES = (LabelRun, LabelUnit, LabelActivation)
