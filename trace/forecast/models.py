"""The table of assumptions; each change is a new version with its basis and reason."""

from peewee import BigIntegerField, CharField, Check, IntegerField

from trace.db import BaseModel, UtcDateTimeField


class ForecastAssumption(BaseModel):
    """One figure the forecasts assume, for the county (``scope`` empty) or one township's nine digits, in the key's base unit."""

    key = CharField(max_length=30)
    scope = CharField(max_length=9, default="")
    version = IntegerField()
    value = BigIntegerField()
    basis = CharField(max_length=200)
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("key", "scope", "version"), True),)
        constraints = [
            Check("value >= 0"),
            Check("version > 0"),
            Check("version = 1 OR reason <> ''"),
            Check("basis <> ''"),
        ]


TABLES = (ForecastAssumption,)
