"""Tables of the ledger. Operations, movements and edges are append-only; a lot's own row is written once."""

from peewee import BigIntegerField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.core.units import PLANTS
from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.land.models import Plot
from trace.lots.rules import HOLD_KINDS, LOT_KINDS, OperationKind
from trace.registry.models import Party, Product
from trace.registry.rules import sql_list


class Operation(BaseModel):
    """One event in the life of lots: who did what, when it happened, when it was recorded."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=12, index=True)
    party = ForeignKeyField(Party, on_delete="RESTRICT")
    business_date = DateField(index=True)
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)
    reverses = ForeignKeyField("self", null=True, unique=True, on_delete="RESTRICT")
    note = TextField(default="")
    detail = JsonField(default=dict)

    class Meta:
        constraints = [Check(f"kind IN ({sql_list(OperationKind)})")]


class Lot(BaseModel):
    """A quantity of one product made under the same conditions: the unit of trace. Base unit: the product's."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=10, index=True)
    product = ForeignKeyField(Product, on_delete="RESTRICT")
    holder = ForeignKeyField(Party, backref="lots", on_delete="RESTRICT")
    made_by = ForeignKeyField(Operation, backref="made_lots", on_delete="RESTRICT")
    made_on = DateField(index=True)
    plot = ForeignKeyField(Plot, null=True, backref="lots", on_delete="RESTRICT")
    piece_g = IntegerField(null=True)
    piece_ml = IntegerField(null=True)
    unit = CharField(max_length=3)
    name = CharField(max_length=60, default="")

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(LOT_KINDS)})"),
            Check("unit IN ('g','ml','pcs')"),
            Check("(unit = 'pcs') = (piece_g IS NOT NULL)"),
            Check("(kind = 'harvest') = (plot_id IS NOT NULL)"),
        ]

    @property
    def shown_unit(self) -> str:
        """The unit people read: seedlings are counted in plants, not in pieces."""
        return PLANTS if self.kind == "seedling" else self.unit


class Movement(BaseModel):
    """A signed quantity of one lot in one operation. The balance of a lot is the sum of its movements, never stored."""

    operation = ForeignKeyField(Operation, backref="movements", index=False, on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, backref="movements", index=False, on_delete="RESTRICT")
    quantity = BigIntegerField()
    typed_quantity = CharField(max_length=20, default="")
    typed_unit = CharField(max_length=8, default="")

    class Meta:
        indexes = ((("operation", "lot"), True), (("lot", "operation", "quantity"), False))
        constraints = [Check("quantity <> 0")]


class Edge(BaseModel):
    """``parent`` went into ``child`` with ``weight_g`` grams of the parent, in one operation."""

    parent = ForeignKeyField(Lot, backref="outgoing", index=False, on_delete="RESTRICT")
    child = ForeignKeyField(Lot, backref="incoming", index=False, on_delete="RESTRICT")
    operation = ForeignKeyField(Operation, backref="edges", on_delete="RESTRICT")
    weight_g = BigIntegerField()

    class Meta:
        indexes = ((("parent", "child"), True), (("child", "parent", "weight_g"), False))
        constraints = [Check("weight_g > 0"), Check("parent_id <> child_id")]


class Hold(BaseModel):
    """A lot is blocked, and with it everything made from it, until a second person releases it."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=8)
    lot = ForeignKeyField(Lot, backref="holds", on_delete="RESTRICT")
    reason = CharField(max_length=200)
    public_reason = CharField(max_length=100, default="")
    contact = CharField(max_length=40, default="")
    placed_at = UtcDateTimeField()
    placed_by = IntegerField()
    placer_name = CharField(max_length=80)
    released_at = UtcDateTimeField(null=True)
    released_by = IntegerField(null=True)
    release_note = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(HOLD_KINDS)})"),
            Check("released_by IS NULL OR released_by <> placed_by"),
            Check("(released_at IS NULL) = (released_by IS NULL)"),
        ]


class HoldLot(BaseModel):
    """One lot a hold reaches: the lot itself and every descendant at the moment of placing."""

    hold = ForeignKeyField(Hold, backref="reached", on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, backref="held_by", index=False, on_delete="RESTRICT")

    class Meta:
        indexes = ((("lot", "hold"), True),)


class Dispatch(BaseModel):
    """A part of a lot is on its way to a party: not there to be used, though custody moves only when that party receives it."""

    code = CharField(max_length=20, unique=True)
    lot = ForeignKeyField(Lot, backref="dispatches", on_delete="RESTRICT")
    receiver = ForeignKeyField(Party, backref="incoming_dispatches", on_delete="RESTRICT")
    quantity = BigIntegerField()
    state = CharField(max_length=10, default="sent", index=True)
    sent_at = UtcDateTimeField()
    sent_by = IntegerField()

    class Meta:
        constraints = [Check("quantity > 0"), Check("state IN ('sent','received','cancelled')")]


TABLES = (Operation, Lot, Movement, Edge, Hold, HoldLot, Dispatch)
