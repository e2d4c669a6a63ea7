"""Tables of accounts. Sessions and tokens are kept as hashes only."""

from peewee import BooleanField, CharField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.registry.models import Party, Township


class User(BaseModel):
    """A person with a sign-in. ``username`` is stored in lower case, so case never makes a second account."""

    username = CharField(max_length=40, unique=True)
    display_name = CharField(max_length=80)
    password_hash = CharField(max_length=200)
    roles = JsonField(default=list)
    party = ForeignKeyField(Party, null=True, on_delete="RESTRICT")
    disabled = BooleanField(default=False)
    must_change = BooleanField(default=False)
    created_at = UtcDateTimeField()


class UserTownship(BaseModel):
    """A township a user answers for."""

    user = ForeignKeyField(User, backref="township_links", on_delete="RESTRICT")
    township = ForeignKeyField(Township, on_delete="RESTRICT")

    class Meta:
        indexes = ((("user", "township"), True),)


class UserSession(BaseModel):
    """A browser signed in; the cookie carries the secret, the table only its hash."""

    secret_hash = CharField(max_length=64, unique=True)
    user = ForeignKeyField(User, backref="sessions", on_delete="RESTRICT")
    created_at = UtcDateTimeField()
    seen_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)


class ApiToken(BaseModel):
    """A bearer token of the JSON interface, as a hash."""

    secret_hash = CharField(max_length=64, unique=True)
    user = ForeignKeyField(User, backref="tokens", on_delete="RESTRICT")
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)


class SignInAttempt(BaseModel):
    """One try to sign in, also with a name that does not exist: locking must not tell the two apart."""

    username = CharField(max_length=40, index=True)
    at = UtcDateTimeField(index=True)
    succeeded = BooleanField()


class Device(BaseModel):
    """A phone of one person: the public half of its key, its bearer token as a hash, and what was last heard from it.

    ``x`` and ``y`` are the key's coordinates in base64url; ``skew_seconds`` how far its clock was ahead at the last exchange; ``waiting`` how
    many records it said were not yet sent.
    """

    public_id = CharField(max_length=36, unique=True)
    user = ForeignKeyField(User, backref="devices", on_delete="RESTRICT")
    name = CharField(max_length=60)
    x = CharField(max_length=43)
    y = CharField(max_length=43)
    token_hash = CharField(max_length=64, unique=True)
    token_expires_at = UtcDateTimeField()
    registered_at = UtcDateTimeField()
    seen_at = UtcDateTimeField(null=True)
    skew_seconds = IntegerField(null=True)
    waiting = IntegerField(null=True)
    revoked_at = UtcDateTimeField(null=True)
    revoker_name = CharField(max_length=80, default="")
    revoke_reason = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check("length(public_id) = 36 AND length(x) = 43 AND length(y) = 43"),
            Check("(revoked_at IS NULL) = (revoke_reason = '')"),
            Check("waiting IS NULL OR waiting >= 0"),
        ]


TABLES = (User, UserTownship, UserSession, ApiToken, SignInAttempt, Device)
