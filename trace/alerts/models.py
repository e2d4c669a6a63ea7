"""Tables of alerts: what is due, and who has seen it."""

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.registry.models import Party, Township


class Alert(BaseModel):
    """One subject that wants attention. ``changed_at`` moves when its sentence, its day or its being open changes: then it is unread again."""

    code = CharField(max_length=20, unique=True)
    kind = CharField(max_length=16)
    subject = CharField(max_length=60)
    href = CharField(max_length=160)
    due_on = DateField(null=True)
    party = ForeignKeyField(Party, null=True, on_delete="RESTRICT")
    township = ForeignKeyField(Township, null=True, on_delete="RESTRICT")
    facts = JsonField()
    opened_at = UtcDateTimeField()
    changed_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        indexes = ((("kind", "subject"), True),)
        constraints = [Check("kind <> ''"), Check("href LIKE '/%'")]


class AlertRead(BaseModel):
    """A user has seen an alert. ``user_id`` is the key of the user."""

    alert = ForeignKeyField(Alert, backref="reads", index=False, on_delete="RESTRICT")
    user_id = IntegerField()
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("alert", "user_id"), True),)


TABLES = (Alert, AlertRead)
