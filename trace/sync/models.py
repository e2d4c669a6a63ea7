"""Tables of the exchange with phones. What was signed is never changed; what became of it is."""

from peewee import BigIntegerField, BlobField, CharField, Check, ForeignKeyField, IntegerField

from trace.accounts.models import Device, User
from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.registry.rules import sql_list
from trace.sync.rules import KEPT

FROZEN = (
    "op_id", "fingerprint", "device_id", "seq", "author_id", "sender", "kind", "schema", "raw", "made_at", "received_at", "skew_seconds",
)  # fmt: skip
"""Columns of ``sync_op`` that a trigger keeps as they came."""


class SyncOp(BaseModel):
    """One operation of a phone and what became of it. ``changed`` is the number of the last change, rising over all operations: the cursor."""

    op_id = CharField(max_length=36, unique=True)
    fingerprint = CharField(max_length=64)
    device = ForeignKeyField(Device, backref="operations", index=False, on_delete="RESTRICT")
    seq = IntegerField()
    author = ForeignKeyField(User, on_delete="RESTRICT")
    sender = IntegerField()
    kind = CharField(max_length=41)
    schema = IntegerField()
    raw = BlobField()
    made_at = UtcDateTimeField()
    received_at = UtcDateTimeField()
    skew_seconds = IntegerField(null=True)
    status = CharField(max_length=8)
    code = CharField(max_length=40, default="")
    receipt = JsonField()
    record_kind = CharField(max_length=20, default="")
    record_code = CharField(max_length=40, default="", index=True)
    judged_at = UtcDateTimeField()
    discarded_at = UtcDateTimeField(null=True)
    changed = BigIntegerField()

    class Meta:
        indexes = ((("device", "seq"), True), (("device", "changed"), False), (("status", "id"), False))
        constraints = [
            Check(f"status IN ({sql_list(KEPT)})"),
            Check("seq > 0 AND schema >= 0"),
            Check("length(op_id) = 36 AND length(fingerprint) = 64"),
            Check("(status = 'created') = (record_code <> '')"),
            Check("discarded_at IS NULL OR status = 'refused'"),
        ]


class SyncWait(BaseModel):
    """An operation needs another one first."""

    op = ForeignKeyField(SyncOp, backref="waits", index=False, on_delete="RESTRICT")
    needs = CharField(max_length=36, index=True)

    class Meta:
        indexes = ((("op", "needs"), True),)


class SyncConflict(BaseModel):
    """The same record changed on the phone and at the office: what both began from, both versions, and what a person chose.

    ``base_version`` may be above the office's: the phone counted on a correction of its own that itself ran into a conflict; ``base`` is empty then.
    """

    op = ForeignKeyField(SyncOp, unique=True, backref="conflicts", on_delete="RESTRICT")
    record_kind = CharField(max_length=20)
    record_code = CharField(max_length=40, index=True)
    base_version = IntegerField()
    office_version = IntegerField()
    base = JsonField()
    phone = JsonField()
    office = JsonField()
    office_at = UtcDateTimeField()
    opened_at = UtcDateTimeField()
    keep = CharField(max_length=6, default="", index=True)
    chosen = JsonField(null=True)
    resolved_at = UtcDateTimeField(null=True)
    resolver_name = CharField(max_length=80, default="")

    class Meta:
        constraints = [
            Check("keep IN ('','mine','office','merged')"),
            Check("(keep = '') = (resolved_at IS NULL)"),
            Check("base_version <> office_version"),
        ]


class SyncPhoto(BaseModel):
    """A picture one phone sends in pieces; ``received`` bytes of ``size`` are there. Other phones never see it."""

    device = ForeignKeyField(Device, index=False, on_delete="RESTRICT")
    sha256 = CharField(max_length=64)
    size = IntegerField()
    received = IntegerField(default=0)
    state = CharField(max_length=8, default="awaited", index=True)
    file = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    declared_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("device", "sha256"), True),)
        constraints = [
            Check("length(sha256) = 64 AND size > 0 AND received >= 0 AND received <= size"),
            Check("state IN ('awaited','kept','refused')"),
            Check("(state = 'kept') = (file_id IS NOT NULL)"),
        ]


class SyncOpPhoto(BaseModel):
    """An operation speaks of a picture."""

    op = ForeignKeyField(SyncOp, backref="pictures", index=False, on_delete="RESTRICT")
    photo = ForeignKeyField(SyncPhoto, backref="operations", on_delete="RESTRICT")

    class Meta:
        indexes = ((("op", "photo"), True),)


TABLES = (SyncOp, SyncWait, SyncConflict, SyncPhoto, SyncOpPhoto)
