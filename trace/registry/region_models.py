"""What became of villages: merged ones keep their code and everything that was recorded under it."""

from peewee import CharField, Check, DateField, ForeignKeyField

from trace.db import BaseModel, UtcDateTimeField
from trace.registry.models import Village


class VillageMerge(BaseModel):
    """并村: from a day on a village is part of another, by a document. The old village ends that day; nothing is rewritten."""

    village = ForeignKeyField(Village, unique=True, backref="merge", on_delete="RESTRICT")
    into = ForeignKeyField(Village, backref="took_in", on_delete="RESTRICT")
    on_day = DateField()
    document = CharField(max_length=80)
    recorder_name = CharField(max_length=80)
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("village_id <> into_id"), Check("document <> ''")]


TABLES = (VillageMerge,)
"""Tables of this module."""
