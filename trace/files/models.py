"""The table of stored files: what was handed in, when, by whom. Rows are history and never change."""

from peewee import CharField, Check, IntegerField

from trace.db import BaseModel, UtcDateTimeField
from trace.files.rules import BY_MAGIC, MAX_NAME
from trace.files.voices import EXTENSIONS

_MIMES = ",".join(f"'{mime}'" for mime in (*(mime for _, mime in BY_MAGIC), *EXTENSIONS))


class StoredFile(BaseModel):
    """One file handed in once; equal contents share their bytes on disk. ``uploaded_by`` is the key of the user.

    ``sent_sha256``: of the bytes as they came, before a picture was drawn anew; a phone knows its photo by it.
    """

    sha256 = CharField(max_length=64, index=True)
    mime = CharField(max_length=20)
    bytes = IntegerField()
    name = CharField(max_length=MAX_NAME)
    uploaded_by = IntegerField()
    uploader_name = CharField(max_length=80)
    at = UtcDateTimeField()
    sent_sha256 = CharField(max_length=64, null=True, index=True)

    class Meta:
        constraints = [Check("bytes > 0"), Check("length(sha256) = 64"), Check(f"mime IN ({_MIMES})")]


TABLES = (StoredFile,)
