"""Tables of scans. Nothing about the person or the device is kept."""

from peewee import BigIntegerField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.labels.models import LabelRun


class UnitScan(BaseModel):
    """How often one code was opened, first and last; a row appears with the first scan."""

    serial = BigIntegerField(unique=True)
    run = ForeignKeyField(LabelRun, backref="scans", on_delete="RESTRICT")
    count = IntegerField()
    first_at = UtcDateTimeField()
    last_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("count > 0")]


TABLES = (UnitScan,)
