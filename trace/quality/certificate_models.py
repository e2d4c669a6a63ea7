"""Tables of certificates and tests. What was issued, tested or collected is history: only a certificate's cancelling changes its row."""

from peewee import BigIntegerField, BooleanField, CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.files.models import StoredFile
from trace.lots.models import Hold, Lot
from trace.pesticides.limits import Outcome
from trace.processing.models import Receipt
from trace.quality.certificate_rules import COLLECTED_KINDS, STATES
from trace.quality.test_rules import CONCLUSIONS, METHODS
from trace.registry.models import Party, Village
from trace.registry.rules import sql_list


class LabReport(BaseModel):
    """A laboratory's report on a lot. ``confirms``: the rapid test whose suspicion it settles; ``hold``: what it placed at once."""

    code = CharField(max_length=20, unique=True)
    lot = ForeignKeyField(Lot, backref="lab_reports", on_delete="RESTRICT")
    party = ForeignKeyField(Party, backref="lab_reports", on_delete="RESTRICT")
    lab = CharField(max_length=80)
    lab_party = ForeignKeyField(Party, null=True, backref="reports_made", on_delete="RESTRICT")
    cma = CharField(max_length=12, default="")
    catl = CharField(max_length=40, default="")
    report_no = CharField(max_length=40)
    sample_no = CharField(max_length=40)
    sampled_on = DateField()
    sampler = CharField(max_length=40)
    method = CharField(max_length=5)
    entrusted = BooleanField()
    conclusion = CharField(max_length=10)
    confirms = ForeignKeyField("self", null=True, backref="confirmed_by", on_delete="RESTRICT")
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    hold = ForeignKeyField(Hold, null=True, backref="lab_reports", on_delete="RESTRICT")
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)
    version = IntegerField(default=1)

    class Meta:
        indexes = ((("lab", "report_no", "version"), True),)
        constraints = [
            Check(f"method IN ({sql_list(METHODS)})"),
            Check(f"conclusion IN ({sql_list(CONCLUSIONS)})"),
            Check("(conclusion IN ('fail','to_confirm')) = (hold_id IS NOT NULL)"),
            Check("conclusion <> 'to_confirm' OR method = 'rapid'"),
            Check("confirms_id IS NULL OR method = 'quant'"),
            Check("NOT entrusted OR cma <> '' OR catl <> ''"),
        ]


class LabItem(BaseModel):
    """One active of a report, with the limit as it stood that day; nanograms a kilogram. Append-only."""

    report = ForeignKeyField(LabReport, backref="items", index=False, on_delete="RESTRICT")
    active = CharField(max_length=60)
    result_ng = BigIntegerField()
    lod_ng = BigIntegerField()
    limit_ng = BigIntegerField(null=True)
    limit_source = CharField(max_length=120, default="")
    verdict = CharField(max_length=10)

    class Meta:
        indexes = ((("report", "active"), True),)
        constraints = [
            Check("result_ng >= 0 AND lod_ng >= 0"),
            Check(f"verdict IN ({sql_list(Outcome)})"),
            Check("verdict <> 'within' OR (limit_ng IS NOT NULL AND result_ng <= limit_ng)"),
        ]


class LabCorrection(BaseModel):
    """``report`` stands in for ``corrects``, which was typed wrongly; both stay, and what the first one held stays held. Append-only."""

    report = ForeignKeyField(LabReport, unique=True, backref="corrections", on_delete="RESTRICT")
    corrects = ForeignKeyField(LabReport, unique=True, backref="corrected_by", on_delete="RESTRICT")
    reason = CharField(max_length=200)

    class Meta:
        constraints = [Check("reason <> ''"), Check("report_id > corrects_id")]


class Certificate(BaseModel):
    """A 承诺达标合格证 of one production batch. ``contact_sealed`` holds a household's phone; ``sources``: where a mixed batch came from."""

    no = CharField(max_length=40, unique=True)
    lot = ForeignKeyField(Lot, backref="certificates", on_delete="RESTRICT")
    issuer = ForeignKeyField(Party, backref="certificates", on_delete="RESTRICT")
    product_name = CharField(max_length=40)
    quantity = BigIntegerField()
    village = ForeignKeyField(Village, on_delete="RESTRICT")
    contact = CharField(max_length=20, default="")
    contact_sealed = TextField(default="")
    basis = JsonField()
    report = ForeignKeyField(LabReport, null=True, backref="certificates", on_delete="RESTRICT")
    sources = JsonField(default=list)
    issued_on = DateField()
    recorded_at = UtcDateTimeField()
    recorded_by = IntegerField()
    recorder_name = CharField(max_length=80)
    device = CharField(max_length=40, default="")
    state = CharField(max_length=9, default="valid")
    cancelled_at = UtcDateTimeField(null=True)
    cancelled_by = CharField(max_length=80, default="")
    cancel_reason = CharField(max_length=200, default="")

    class Meta:
        constraints = [
            Check("quantity > 0"),
            Check(f"state IN ({sql_list(STATES)})"),
            Check("(state = 'cancelled') = (cancelled_at IS NOT NULL)"),
            Check("state <> 'cancelled' OR cancel_reason <> ''"),
            Check("(contact <> '') <> (contact_sealed <> '')"),
        ]


class CollectedCertificate(BaseModel):
    """What a buyer took with the goods: a certificate of the platform, a photographed paper one, or a household's word with the buyer's own check."""

    receipt = ForeignKeyField(Receipt, backref="collected", index=False, on_delete="RESTRICT")
    kind = CharField(max_length=12)
    certificate = ForeignKeyField(Certificate, null=True, backref="uses", on_delete="RESTRICT")
    quantity = BigIntegerField()
    paper_no = CharField(max_length=40, default="")
    scan = ForeignKeyField(StoredFile, null=True, on_delete="RESTRICT")
    self_check = CharField(max_length=200, default="")
    keep_until = DateField()
    recorded_at = UtcDateTimeField()
    recorder_name = CharField(max_length=80)

    class Meta:
        indexes = ((("receipt", "certificate"), True),)
        constraints = [
            Check("quantity > 0"),
            Check(f"kind IN ({sql_list(COLLECTED_KINDS)})"),
            Check("(kind = 'certificate') = (certificate_id IS NOT NULL)"),
            Check("kind <> 'paper' OR (paper_no <> '' AND scan_id IS NOT NULL)"),
            Check("kind <> 'household' OR self_check <> ''"),
        ]


class NumberBlock(BaseModel):
    """Sequence numbers of a party and year that one device alone may use while it has no network. Append-only."""

    party = ForeignKeyField(Party, backref="number_blocks", index=False, on_delete="RESTRICT")
    year = IntegerField()
    device = CharField(max_length=40)
    first = IntegerField()
    last = IntegerField()
    given_at = UtcDateTimeField()
    given_by = CharField(max_length=80)

    class Meta:
        indexes = ((("party", "year", "first"), True), (("device",), False))
        constraints = [Check("first > 4999 AND first <= last AND last <= 9999")]


TABLES = (LabReport, LabItem, LabCorrection, Certificate, CollectedCertificate, NumberBlock)
