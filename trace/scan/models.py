"""Tables of scans and complaints. Of whoever scans nothing is kept: no address, no device, no account.

To tell one reader from many, an address becomes a number by a salt that is thrown away with the day; its network becomes one of 4 096
fingerprints that sixteen networks share on average.
"""

from peewee import BigIntegerField, BlobField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, UtcDateTimeField
from trace.files.models import StoredFile
from trace.labels.models import LabelRun
from trace.lots.models import Lot
from trace.registry.models import Township
from trace.registry.rules import sql_list
from trace.scan.complaint_rules import COMPLAINT_KINDS, COMPLAINT_STATES
from trace.scan.patterns import NETWORKS


class UnitScan(BaseModel):
    """How often one code was opened, first and last; a row appears with the first scan."""

    serial = BigIntegerField(unique=True)
    run = ForeignKeyField(LabelRun, backref="scans", on_delete="RESTRICT")
    count = IntegerField()
    first_at = UtcDateTimeField()
    last_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("count > 0")]


class ScanPlace(BaseModel):
    """From where one code was opened: the network's fingerprint and, where the county keeps a list of networks, the region."""

    serial = BigIntegerField()
    network = IntegerField()
    region = CharField(max_length=20, default="")
    count = IntegerField()
    readers = IntegerField()
    first_at = UtcDateTimeField()
    last_at = UtcDateTimeField()

    class Meta:
        indexes = ((("serial", "network", "region"), True),)
        constraints = [
            Check(f"network >= 0 AND network < {NETWORKS}"),
            Check("count > 0 AND readers > 0 AND readers <= count"),
        ]


class ScanDay(BaseModel):
    """Scans of one run (or of its batch code) on one business date: all, and codes opened for the first time."""

    run = ForeignKeyField(LabelRun, backref="scan_days", index=False, on_delete="RESTRICT")
    day = DateField(index=True)
    count = IntegerField()
    first_opened = IntegerField()
    batch_count = IntegerField()

    class Meta:
        indexes = ((("run", "day"), True),)
        constraints = [Check("count >= 0 AND batch_count >= 0 AND first_opened >= 0 AND first_opened <= count")]


class ScanReader(BaseModel):
    """How often one reader opened one code today; swept away with the day's salt."""

    day = DateField()
    serial = BigIntegerField()
    reader = BigIntegerField()
    count = IntegerField()

    class Meta:
        indexes = ((("day", "serial", "reader"), True),)
        constraints = [Check("count > 0")]


class ScanSalt(BaseModel):
    """The salt of one day, the same for every process."""

    day = DateField(unique=True)
    salt = BlobField()


class CodeAlert(BaseModel):
    """A code whose scans look like copies: which signs, since when; and what the office found."""

    serial = BigIntegerField(unique=True)
    run = ForeignKeyField(LabelRun, backref="alerts", on_delete="RESTRICT")
    signs = CharField(max_length=40)
    raised_at = UtcDateTimeField()
    settled_at = UtcDateTimeField(null=True)
    settled_by = IntegerField(null=True)
    settler_name = CharField(max_length=80, default="")
    finding = CharField(max_length=200, default="")

    class Meta:
        constraints = [Check("(settled_at IS NULL) = (settled_by IS NULL)")]


class Complaint(BaseModel):
    """What a consumer reports about a pack. ``receipt`` is not to be guessed; the contact is sealed; nothing of it is ever public.

    ``form_key`` came with the form: the same form sent twice is one complaint.
    """

    receipt = CharField(max_length=16, unique=True)
    run = ForeignKeyField(LabelRun, backref="complaints", on_delete="RESTRICT")
    lot = ForeignKeyField(Lot, backref="complaints", on_delete="RESTRICT")
    serial = BigIntegerField(null=True, index=True)
    township = ForeignKeyField(Township, null=True, backref="complaints", on_delete="RESTRICT")
    kind = CharField(max_length=12)
    text = TextField()
    bought_at = CharField(max_length=60, default="")
    contact_sealed = TextField(default="")
    state = CharField(max_length=10, default="open", index=True)
    filed_at = UtcDateTimeField(index=True)
    due_on = DateField()
    form_key = CharField(max_length=32, null=True, unique=True)

    class Meta:
        constraints = [
            Check(f"kind IN ({sql_list(COMPLAINT_KINDS)})"),
            Check(f"state IN ({sql_list(COMPLAINT_STATES)})"),
            Check("text <> ''"),
        ]


class ComplaintReply(BaseModel):
    """What was said to a complaint, and by whom; rows are history. ``closes``: the office's answer, which the consumer reads."""

    complaint = ForeignKeyField(Complaint, backref="replies", on_delete="RESTRICT")
    text = CharField(max_length=500)
    closes = IntegerField(default=0)
    author_id = IntegerField()
    author_name = CharField(max_length=80)
    at = UtcDateTimeField()

    class Meta:
        constraints = [Check("closes IN (0,1)"), Check("text <> ''")]


class ComplaintPhoto(BaseModel):
    """A photograph a consumer sent along, drawn anew without its EXIF. For those who handle the complaint only."""

    complaint = ForeignKeyField(Complaint, backref="photos", index=False, on_delete="RESTRICT")
    seq = IntegerField()
    file = ForeignKeyField(StoredFile, on_delete="RESTRICT")

    class Meta:
        indexes = ((("complaint", "seq"), True),)
        constraints = [Check("seq > 0")]


TABLES = (UnitScan, ScanPlace, ScanDay, ScanReader, ScanSalt, CodeAlert, Complaint, ComplaintReply, ComplaintPhoto)
