"""The trail: one append-only row per thing done or refused."""

from peewee import BlobField, CharField, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField


class AuditEntry(BaseModel):
    """Who did what to which record, when. ``body`` holds the canonical JSON whose leaf hash is ``leaf`` (RFC 6962 leaf hashing)."""

    at = UtcDateTimeField(index=True)
    actor_id = IntegerField(null=True, index=True)
    actor_name = CharField(max_length=80)
    action = CharField(max_length=60, index=True)
    subject = CharField(max_length=80, default="", index=True)
    detail = JsonField(default=dict)
    refused = IntegerField(default=0)
    body = BlobField()
    leaf = CharField(max_length=64, unique=True)


class LogPending(BaseModel):
    """An entry that has not yet its place in the public log; written with the entry, deleted when it is placed."""

    entry = ForeignKeyField(AuditEntry, unique=True, on_delete="RESTRICT")


TABLES = (AuditEntry, LogPending)
