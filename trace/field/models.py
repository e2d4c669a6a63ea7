"""Tables of production records."""

from peewee import BooleanField, CharField, Check, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel
from trace.lots.models import Lot


class Harvest(BaseModel):
    """What only a harvest knows about its lot: the part picked, how late it was written down, what looked unusual."""

    lot = ForeignKeyField(Lot, unique=True, backref="harvest", on_delete="RESTRICT")
    part = CharField(max_length=10)
    late_days = IntegerField(default=0)
    late_reason = CharField(max_length=200, default="")
    yield_reason = CharField(max_length=200, default="")
    flagged = BooleanField(default=False)
    note = TextField(default="")

    class Meta:
        constraints = [Check("part IN ('fruit','leaf','flower')"), Check("late_days >= 0")]


TABLES = (Harvest,)
