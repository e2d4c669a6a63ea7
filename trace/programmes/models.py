"""Tables of programme notices."""

from peewee import BigIntegerField, CharField, Check, DateField, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.programmes.rules import KINDS, PURPOSES, STATES
from trace.registry.rules import sql_list


class Programme(BaseModel):
    """A subsidy notice: what is paid for, at which rate, in which window. Rates are data of the notice."""

    code = CharField(max_length=20, unique=True)
    name = CharField(max_length=80)
    basis = CharField(max_length=120)
    kind = CharField(max_length=12)
    purpose = CharField(max_length=20)
    year = IntegerField(index=True)
    rate_fen = BigIntegerField(null=True)
    award_fen = BigIntegerField(null=True)
    opens_on = DateField()
    closes_on = DateField()
    min_area_m2 = IntegerField(default=0)
    publicity_days = IntegerField()
    finance_ref = CharField(max_length=80, default="")
    contact = CharField(max_length=120, default="")
    conditions = TextField(default="")
    state = CharField(max_length=10, index=True)
    drafted_by = IntegerField()
    drafter_name = CharField(max_length=80)
    drafted_at = UtcDateTimeField()
    published_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(KINDS)})"),
            Check(f"purpose IN ({sql_list(PURPOSES)})"),
            Check(f"state IN ({sql_list(STATES)})"),
            Check("(kind = 'per_area') = (rate_fen IS NOT NULL)"),
            Check("(kind = 'fixed_award') = (award_fen IS NOT NULL)"),
            Check("COALESCE(rate_fen, award_fen) > 0"),
            Check("closes_on >= opens_on AND min_area_m2 >= 0 AND publicity_days > 0"),
            Check("state = 'draft' OR finance_ref <> ''"),
        ]


TABLES = (Programme,)
