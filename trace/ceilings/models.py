"""Tables of the ceilings: only the overrides are written down, every figure is computed from its records."""

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.ceilings.rules import ARROWS
from trace.db import BaseModel, UtcDateTimeField
from trace.land.models import Plot
from trace.lots.models import Lot
from trace.registry.rules import sql_list


class CeilingOverride(BaseModel):
    """One arrow let pass for one plot and season, or for one lot, by name and until a day. Never edited; it may be withdrawn once."""

    code = CharField(max_length=20, unique=True)
    arrow = CharField(max_length=12)
    plot = ForeignKeyField(Plot, null=True, backref="ceiling_overrides", on_delete="RESTRICT")
    year = IntegerField(null=True)
    part = CharField(max_length=10, default="")
    lot = ForeignKeyField(Lot, null=True, backref="ceiling_overrides", on_delete="RESTRICT")
    reason = CharField(max_length=200)
    valid_to = DateField()
    granted_at = UtcDateTimeField()
    granted_by = IntegerField()
    granter_name = CharField(max_length=80)
    withdrawn_at = UtcDateTimeField(null=True)
    withdrawn_by = CharField(max_length=80, default="")
    withdraw_reason = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check(f"arrow IN ({sql_list(ARROWS)})"),
            Check("(plot_id IS NULL) <> (lot_id IS NULL)"),
            Check("(plot_id IS NULL) = (year IS NULL)"),
            Check("(plot_id IS NULL) = (part = '')"),
            Check("reason <> ''"),
            Check("(withdrawn_at IS NULL) = (withdrawn_by = '')"),
            Check("(withdrawn_at IS NULL) = (withdraw_reason = '')"),
        ]


TABLES = (CeilingOverride,)
