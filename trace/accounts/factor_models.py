"""Tables of the second factor: a sealed secret per person, and recovery codes as hashes only."""

from peewee import BigIntegerField, CharField, Check, ForeignKeyField, IntegerField

from trace.accounts.models import User
from trace.db import BaseModel, UtcDateTimeField


class SecondFactor(BaseModel):
    """The authenticator of one person. ``last_step`` is the time step of the last code accepted: no code is good twice."""

    user = ForeignKeyField(User, unique=True, backref="second_factors", on_delete="RESTRICT")
    secret_sealed = CharField(max_length=200)
    made_at = UtcDateTimeField()
    confirmed_at = UtcDateTimeField(null=True)
    last_step = BigIntegerField(default=0)
    failures = IntegerField(default=0)
    failed_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [Check("last_step >= 0 AND failures >= 0"), Check("failures = 0 OR failed_at IS NOT NULL")]


class RecoveryCode(BaseModel):
    """One code for the day the phone is lost; good once."""

    factor = ForeignKeyField(SecondFactor, backref="codes", on_delete="CASCADE")
    code_hash = CharField(max_length=64, unique=True)
    used_at = UtcDateTimeField(null=True)


TABLES = (SecondFactor, RecoveryCode)
