"""What a certificate or a laboratory report may contain as it comes in."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from trace.quality.certificate_rules import BASES
from trace.quality.test_rules import METHODS
from trace.web.fields import CHOICE, REQUIRED


class CertificateSchema(Schema):
    """A certificate as asked for."""

    lot = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)
    quantity = fields.Str(required=True, error_messages=REQUIRED)
    bases = fields.List(
        fields.Str(validate=validate.OneOf([*BASES], error=CHOICE)),
        required=True, data_key="basis", error_messages={"required": "请至少选择一项承诺依据。"},
    )  # fmt: skip
    village = fields.Str(load_default="")
    contact = fields.Str(load_default="", validate=validate.Length(max=30))
    product_name = fields.Str(load_default="", validate=validate.Length(max=40))
    report = fields.Str(load_default="", validate=validate.Length(max=20))
    issued_on = fields.Date(load_default=None, allow_none=True)


class CancelSchema(Schema):
    """Why a certificate is taken back."""

    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写作废原因。"}
    )


class NumbersSchema(Schema):
    """Which device wants numbers."""

    device = fields.UUID(required=True, error_messages=REQUIRED)


class ItemSchema(Schema):
    """One active of a report; mg/kg as typed."""

    active = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    result = fields.Str(required=True, validate=validate.Length(max=20), error_messages=REQUIRED)
    lod = fields.Str(load_default="", validate=validate.Length(max=20))


class ReportHead(Schema):
    """A report but for its items."""

    lot = fields.Str(required=True, validate=validate.Length(1, 20), error_messages=REQUIRED)
    lab = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    report_no = fields.Str(required=True, validate=validate.Length(1, 40), error_messages=REQUIRED)
    sample_no = fields.Str(required=True, validate=validate.Length(1, 40), error_messages=REQUIRED)
    sampled_on = fields.Date(required=True, error_messages=REQUIRED)
    sampler = fields.Str(required=True, validate=validate.Length(1, 40), error_messages=REQUIRED)
    method = fields.Str(required=True, validate=validate.OneOf([*METHODS], error=CHOICE), error_messages=REQUIRED)
    entrusted = fields.Bool(load_default=False)
    cma = fields.Str(load_default="", validate=validate.Length(max=30))
    catl = fields.Str(load_default="", validate=validate.Length(max=40))
    lab_party = fields.Str(load_default="", validate=validate.Length(max=20))
    confirms = fields.Str(load_default="", validate=validate.Length(max=20))


class ReportSchema(ReportHead):
    """A report as the JSON interface sends it."""

    items = fields.List(
        fields.Nested(ItemSchema), required=True, error_messages={"required": "请至少填写一个检测项目。"}
    )


class CorrectionSchema(ReportSchema):
    """A report written again, as the JSON interface sends it, and why."""

    lot = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class ReportForm(ReportHead):
    """A report from the form: parallel lists of actives, results and detection limits."""

    actives = fields.List(fields.Str(), load_default=list)
    results = fields.List(fields.Str(), load_default=list)
    lods = fields.List(fields.Str(), load_default=list)


class CorrectionForm(ReportForm):
    """A report written again, and why."""

    reason = fields.Str(load_default="", validate=validate.Length(max=200))
