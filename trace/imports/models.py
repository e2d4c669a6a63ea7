"""Tables of imports. The uploaded file is kept only until its run has ended: it may hold personal numbers."""

from peewee import BlobField, CharField, Check, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.imports.rules import RUN_STATES
from trace.registry.rules import sql_list


class ImportRun(BaseModel):
    """One file handed in: what it is, what the check found, what became of it. ``report`` holds the first mistakes, numbers redacted."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=20, index=True)
    file_name = CharField(max_length=120)
    sha256 = CharField(max_length=64, index=True)
    data = BlobField(null=True)
    state = CharField(max_length=12)
    rows = IntegerField(default=0)
    good = IntegerField(default=0)
    mistakes = IntegerField(default=0)
    report = JsonField(default=list)
    message = JsonField(null=True)
    job = CharField(max_length=40, default="")
    user_id = IntegerField(index=True)
    user_name = CharField(max_length=80)
    made_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(RUN_STATES)})"),
            Check("rows >= 0 AND good >= 0 AND mistakes >= 0"),
            Check("data IS NULL OR state IN ('received','checked')"),
        ]


class ImportRow(BaseModel):
    """What a row of the file became."""

    run = ForeignKeyField(ImportRun, backref="made", on_delete="RESTRICT")
    number = IntegerField()
    subject = CharField(max_length=40, index=True)

    class Meta:
        indexes = ((("run", "number"), True),)


TABLES = (ImportRun, ImportRow)
