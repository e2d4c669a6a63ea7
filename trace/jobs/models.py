"""Jobs as people see them. The queue that delivers them belongs to huey."""

from peewee import CharField, Check, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField

STATES = ("queued", "running", "done", "failed", "cancelled")


class Job(BaseModel):
    """One piece of background work with its progress; survives restarts and can be found again by its public id."""

    public_id = CharField(max_length=32, unique=True)
    kind = CharField(max_length=40, index=True)
    arguments = JsonField(default=dict)
    owner_id = IntegerField(null=True, index=True)
    state = CharField(max_length=10, default="queued")
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    result = JsonField(null=True)
    error = TextField(default="")
    created_at = UtcDateTimeField()
    started_at = UtcDateTimeField(null=True)
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        constraints = [
            Check("state IN ('queued','running','done','failed','cancelled')"),
            Check("done >= 0 AND total >= 0"),
        ]


TABLES = (Job,)
