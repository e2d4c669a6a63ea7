"""Tables of layouts."""

from peewee import BooleanField, CharField, Check, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.layouts.rules import KINDS

WORD_KINDS = ("health", "mark")


class LabelTemplate(BaseModel):
    """One version of the text of a kind of label. Versions are never changed: printed labels must be explainable for ever."""

    code = CharField(max_length=40, unique=True)
    kind = CharField(max_length=12, index=True)
    version = IntegerField()
    name = CharField(max_length=40)
    body = TextField()
    note = CharField(max_length=200, default="")
    in_use = BooleanField(default=True)
    made_at = UtcDateTimeField()
    made_by = CharField(max_length=80)

    class Meta:
        indexes = ((("kind", "version"), True),)
        constraints = [
            Check("kind IN ({})".format(",".join(f"'{kind}'" for kind in KINDS))),
            Check("version > 0"),
        ]


class ClaimWord(BaseModel):
    """A word that may not stand on a label: of cures (``health``), or of a mark that needs a document in force (``mark``, ``title_kind``)."""

    word = CharField(max_length=20, unique=True)
    kind = CharField(max_length=8)
    title_kind = CharField(max_length=30, default="")
    source = CharField(max_length=120, default="")
    in_use = BooleanField(default=True)

    class Meta:
        constraints = [Check("kind IN ('health','mark')"), Check("(kind = 'mark') = (title_kind <> '')")]


TABLES = (LabelTemplate, ClaimWord)
