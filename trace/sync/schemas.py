"""Bodies of operations, and the shapes of answers as the description of the interface shows them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from trace.field.schemas import HarvestSchema
from trace.quality.certificate_schemas import CertificateSchema
from trace.sync import rules
from trace.web.fields import REQUIRED


class Gps(Schema):
    """Where the phone was, as text: no number changes its value on the way."""

    lat = fields.Str(required=True, validate=validate.Length(1, 20))
    lon = fields.Str(required=True, validate=validate.Length(1, 20))
    accuracy = fields.Str(load_default="", validate=validate.Length(max=10))


class HarvestBody(HarvestSchema):
    """``harvest.record``, shape 1."""

    harvested_on = fields.Date(
        required=True,
        data_key="on",
        error_messages={**REQUIRED, "invalid": "日期不正确，请按 2026-07-18 的格式填写。"},
    )
    photos = fields.Raw()


class DuplicateBody(Schema):
    """``duplicate.resolve``: two harvests, or one recorded twice? Lots by code or by the operation that made them."""

    lot = fields.Str(required=True, error_messages=REQUIRED)
    other = fields.Str(required=True, error_messages=REQUIRED)
    keep = fields.Str(required=True, validate=validate.OneOf(["both", "merge"]), error_messages=REQUIRED)
    reason = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    gps = fields.Nested(Gps, load_default=None, allow_none=True)
    photos = fields.Raw()


class HandoverBody(Schema):
    """``handover.record``: both signed papers, whole."""

    offer = fields.Dict(required=True, error_messages=REQUIRED)
    acceptance = fields.Dict(required=True, error_messages=REQUIRED)
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    gps = fields.Nested(Gps, load_default=None, allow_none=True)
    photos = fields.Raw()


class CertificateBody(CertificateSchema):
    """``certificate.issue``: with the number drawn from the phone's block, so that the paper printed in the field stays true."""

    lot = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    no = fields.Str(load_default="", validate=validate.Length(max=40))
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    gps = fields.Nested(Gps, load_default=None, allow_none=True)
    photos = fields.Raw()


class DiscardBody(Schema):
    """``discard``: a person threw a refused record away."""

    operation = fields.Str(required=True, error_messages=REQUIRED)
    reason = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    gps = fields.Nested(Gps, load_default=None, allow_none=True)
    photos = fields.Raw()


class ResolveBody(Schema):
    """``conflict.resolve``: which version stands; for ``merged``, whose each field is."""

    operation = fields.Str(required=True, error_messages=REQUIRED)
    keep = fields.Str(required=True, validate=validate.OneOf(["mine", "office", "merged"]), error_messages=REQUIRED)
    fields_ = fields.Dict(
        keys=fields.Str(),
        values=fields.Str(validate=validate.OneOf(["mine", "office"])),
        load_default=dict,
        data_key="fields",
    )
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    gps = fields.Nested(Gps, load_default=None, allow_none=True)
    photos = fields.Raw()


class FieldMistake(Schema):
    """What is wrong with one field, in the words shown to people."""

    field = fields.Str()
    code = fields.Str()
    message = fields.Str()


class RecordRef(Schema):
    """The record an operation became."""

    kind = fields.Str()
    code = fields.Str()
    version = fields.Int()


class SyncReceiptSchema(Schema):
    """What became of one operation. Without ``recorded_at`` nothing was kept and the id is still free."""

    id = fields.Str()
    status = fields.Str(validate=validate.OneOf([status.value for status in rules.Status]))
    code = fields.Str()
    message = fields.Str()
    errors = fields.List(fields.Nested(FieldMistake))
    warnings = fields.List(fields.Str())
    record = fields.Nested(RecordRef, allow_none=True)
    recorded_at = fields.Str(allow_none=True)
    flags = fields.List(fields.Str(validate=validate.OneOf(list(rules.FLAGS))))


class SyncOperationSchema(Schema):
    """One signed operation (docs/adr/0008)."""

    id = fields.UUID(
        required=True, metadata={"description": "UUID v7 made and kept by the phone before the first sending"}
    )
    device = fields.UUID(required=True)
    seq = fields.Int(required=True, metadata={"description": "1, 2, 3 … on this phone"})
    kind = fields.Str(required=True)
    schema = fields.Int(required=True)
    author = fields.Str(required=True, metadata={"description": "sign-in name"})
    made_at = fields.AwareDateTime(required=True)
    after = fields.List(fields.UUID())
    base = fields.Int(allow_none=True)
    body = fields.Dict(required=True)
    sig = fields.Str(
        required=True, metadata={"description": "ECDSA P-256 SHA-256, IEEE P1363, base64url, over RFC 8785"}
    )


class SyncRequestSchema(Schema):
    """An exchange: at most 200 operations and 1 MiB (unpacked; gzip allowed)."""

    protocol = fields.Int(required=True, validate=validate.Equal(rules.PROTOCOL))
    device = fields.UUID(required=True)
    sent_at = fields.AwareDateTime(metadata={"description": "the phone's clock now; its error is measured with it"})
    receipts_since = fields.Int(metadata={"description": "the cursor of the last answer"})
    waiting = fields.Int(metadata={"description": "how many operations the phone still holds after these"})
    ops = fields.List(fields.Nested(SyncOperationSchema), required=True)


class SyncAnswerSchema(Schema):
    """Receipts in the order of the operations sent; ``updates`` are earlier ones that changed since the cursor."""

    protocol = fields.Int()
    server_time = fields.Str()
    skew_seconds = fields.Int(allow_none=True)
    clock_message = fields.Str()
    receipts = fields.List(fields.Nested(SyncReceiptSchema))
    updates = fields.List(fields.Nested(SyncReceiptSchema))
    cursor = fields.Int()
    more = fields.Bool()
    last_seq = fields.Int(metadata={"description": "the highest seq kept of this phone"})


class SyncReceiptsSchema(Schema):
    """Receipts after a cursor, oldest change first."""

    receipts = fields.List(fields.Nested(SyncReceiptSchema))
    cursor = fields.Int()
    more = fields.Bool()
    last_seq = fields.Int()


class SyncPhotoSchema(Schema):
    """How far a picture has come."""

    sha256 = fields.Str()
    size = fields.Int()
    received = fields.Int()
    state = fields.Str(validate=validate.OneOf(["awaited", "kept", "refused"]))


class SyncConflictSchema(Schema):
    """Both versions of a record and the one both began from; ``fields`` are those that differ, in reading order."""

    operation = fields.Str()
    record = fields.Str()
    keep = fields.Str(metadata={"description": "mine, office or merged once somebody has chosen"})
    fields_ = fields.List(fields.Dict(keys=fields.Str(), values=fields.Str()), data_key="fields")
    base = fields.Dict()
    phone = fields.Dict()
    office = fields.Dict()
    office_at = fields.Str()
