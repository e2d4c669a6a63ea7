"""Tables of the scales: what stood on them, what was paid, and which two records look like one. All but the decision are history."""

from peewee import BigIntegerField, CharField, Check, DateField, DoubleField, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.field.models import Harvest
from trace.field.weigh_rules import DESTINATIONS, OUTCOMES
from trace.lots.models import Operation
from trace.registry.rules import sql_list


class Weighing(BaseModel):
    """One weigh-in with the number of its ticket: when written down, on which device, by how many pickers, standing where.

    ``made_at`` is the clock of the device that wrote it down; ``distance_m`` how far from the plot's boundary it stood.
    """

    code = CharField(max_length=20, unique=True)
    harvest = ForeignKeyField(Harvest, unique=True, backref="weighings", on_delete="RESTRICT")
    made_at = UtcDateTimeField(index=True)
    device = CharField(max_length=36, default="")
    pickers = IntegerField(null=True)
    destination = CharField(max_length=10, default="")
    damage_g = BigIntegerField(default=0)
    loss = ForeignKeyField(Operation, null=True, unique=True, backref="+", on_delete="RESTRICT")
    lon = DoubleField(null=True)
    lat = DoubleField(null=True)
    accuracy_m = IntegerField(null=True)
    distance_m = IntegerField(null=True)

    class Meta:
        constraints = [
            Check("pickers > 0"),
            Check(f"destination IN ({sql_list(('', *DESTINATIONS))})"),
            Check("damage_g >= 0"),
            Check("(damage_g > 0) = (loss_id IS NOT NULL)"),
            Check("(lon IS NULL) = (lat IS NULL)"),
            Check("accuracy_m >= 0"),
            Check("distance_m >= 0"),
        ]


class HarvestContainer(BaseModel):
    """One container on the scales: as typed with its unit, and in grams."""

    weighing = ForeignKeyField(Weighing, backref="containers", on_delete="RESTRICT")
    seq = IntegerField()
    gross_g = BigIntegerField()
    tare_g = BigIntegerField()
    damage_g = BigIntegerField()
    gross_typed = CharField(max_length=20)
    gross_unit = CharField(max_length=8)
    tare_typed = CharField(max_length=20, default="")
    tare_unit = CharField(max_length=8, default="")
    damage_typed = CharField(max_length=20, default="")
    damage_unit = CharField(max_length=8, default="")

    class Meta:
        indexes = ((("weighing", "seq"), True),)
        constraints = [
            Check("seq > 0"),
            Check("tare_g >= 0 AND gross_g > tare_g"),
            Check("damage_g >= 0 AND damage_g <= gross_g - tare_g"),
        ]


class HarvestPrice(BaseModel):
    """What a harvest fetched, agreed on a day after the weighing; a later version replaces it with a reason."""

    harvest = ForeignKeyField(Harvest, backref="prices", on_delete="RESTRICT")
    version = IntegerField()
    fen_per_kg = IntegerField()
    priced_on = DateField()
    buyer = CharField(max_length=80, default="")
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("harvest", "version"), True),)
        constraints = [Check("fen_per_kg > 0"), Check("version = 1 OR (version > 1 AND reason <> '')")]


class SuspectedDuplicate(BaseModel):
    """Two harvests that may be one, written down twice; decided once: both stay, or the second is undone."""

    code = CharField(max_length=20, unique=True)
    first = ForeignKeyField(Harvest, backref="+", on_delete="RESTRICT")
    second = ForeignKeyField(Harvest, backref="+", on_delete="RESTRICT")
    minutes = IntegerField()
    found_at = UtcDateTimeField()
    outcome = CharField(max_length=8, default="open", index=True)
    reason = CharField(max_length=200, default="")
    decided_at = UtcDateTimeField(null=True)
    decided_by = IntegerField(null=True)
    decider_name = CharField(max_length=80, default="")
    undone = ForeignKeyField(Operation, null=True, backref="+", on_delete="RESTRICT")

    class Meta:
        indexes = ((("first", "second"), True), (("second", "first"), False))
        constraints = [
            Check("first_id < second_id"),
            Check(f"outcome IN ({sql_list(OUTCOMES)})"),
            Check("(outcome = 'open') = (decided_at IS NULL)"),
            Check("(outcome = 'open') = (decided_by IS NULL)"),
            Check("outcome = 'open' OR reason <> ''"),
            Check("(outcome = 'merged') = (undone_id IS NOT NULL)"),
        ]


TABLES = (Weighing, HarvestContainer, HarvestPrice, SuspectedDuplicate)
