"""Tables of the log. Leaves and checkpoints are append-only; a tile grows until it is full and then never changes."""

from peewee import BlobField, CharField, Check, ForeignKeyField, IntegerField, TextField

from trace.audit.models import AuditEntry
from trace.db import BaseModel, UtcDateTimeField


class LogLeaf(BaseModel):
    """The place of one entry of the trail in the tree; places are given once, without gaps."""

    number = IntegerField(unique=True)
    entry = ForeignKeyField(AuditEntry, unique=True, on_delete="RESTRICT")

    class Meta:
        constraints = [Check("number >= 0")]


class LogTile(BaseModel):
    """Up to 256 hashes side by side: at level 0 of leaves, at level ``n`` of complete subtrees of 256ⁿ leaves."""

    level = IntegerField()
    number = IntegerField()
    hashes = BlobField()

    class Meta:
        indexes = ((("level", "number"), True),)
        constraints = [Check("level >= 0 AND number >= 0")]


class LogCheckpoint(BaseModel):
    """A signed root: so many leaves, this root, at this time."""

    size = IntegerField(unique=True)
    root = CharField(max_length=64)
    note = TextField()
    at = UtcDateTimeField()

    class Meta:
        constraints = [Check("size > 0")]


TABLES = (LogLeaf, LogTile, LogCheckpoint)
