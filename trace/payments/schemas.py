"""What comes into and goes out of payments."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from trace.payments.case_rules import CAUSES, GRIEVANCE_KINDS, OUTCOMES
from trace.payments.rules import BATCH_KINDS
from trace.web.fields import CHOICE, REQUIRED, yuan_field


class BatchSchema(Schema):
    """Applications to be put into a batch."""

    applications = fields.List(fields.Str(), required=True, error_messages={"required": "请至少选择一份申请。"})
    kind = fields.Str(load_default="", validate=validate.OneOf(["", *BATCH_KINDS], error=CHOICE))


class BatchReasonSchema(Schema):
    """Why something is taken back."""

    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class BatchReleaseSchema(Schema):
    """The code of the checker's authenticator."""

    otp = fields.Str(load_default="", load_only=True, validate=validate.Length(max=40))


class ResultLine(Schema):
    """The bank's answer to one line, by the id of the line or by its application."""

    code = fields.Str(load_default="")
    application = fields.Str(load_default="")
    paid = fields.Bool()
    state = fields.Str(validate=validate.OneOf(["paid", "failed", "returned"], error=CHOICE))
    bank_ref = fields.Str(load_default="", validate=validate.Length(max=60))
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class ResultSchema(Schema):
    """The bank's answer to a batch."""

    lines = fields.List(
        fields.Nested(ResultLine), required=True, validate=validate.Length(1, 20_000), error_messages=REQUIRED
    )


class AccountSchema(Schema):
    """Another account of a beneficiary."""

    party = fields.Str(required=True, error_messages=REQUIRED)
    holder_name = fields.Str(load_default="", validate=validate.Length(max=80))
    number = fields.Str(load_default="", load_only=True, validate=validate.Length(max=60))
    bank_name = fields.Str(load_default="", validate=validate.Length(max=80))
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class DecisionSchema(Schema):
    """Yes or no of a second person."""

    agreed = fields.Bool(required=True, error_messages=REQUIRED)
    note = fields.Str(load_default="", validate=validate.Length(max=200))


class TemplateSchema(Schema):
    """Columns of a bank's file as the form sends them: a field and a heading for each column in use."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(BATCH_KINDS), error=CHOICE), error_messages=REQUIRED)
    name = fields.Str(load_default="", validate=validate.Length(max=40))
    field = fields.List(fields.Str(), load_default=list)
    heading = fields.List(fields.Str(), load_default=list)
    purpose_code = fields.Str(load_default="", validate=validate.Length(max=20))
    totals = fields.Bool(load_default=False)
    encoding = fields.Str(load_default="utf-8", validate=validate.OneOf(["utf-8", "gb18030"], error=CHOICE))


class NoteSchema(Schema):
    """What is behind a difference."""

    subject = fields.Str(required=True, error_messages=REQUIRED, validate=validate.Length(max=60))
    text = fields.Str(load_default="", validate=validate.Length(max=300))


class SampleSchema(Schema):
    """How to draw a sample."""

    seed = fields.Str(load_default="", validate=validate.Length(max=64))
    size = fields.Int(
        required=True, validate=validate.Range(1, 500, error="抽样数应在 1 至 500 之间。"), error_messages=REQUIRED
    )
    programme = fields.Str(load_default="")
    weighted = fields.Bool(load_default=False)


class FindingSchema(Schema):
    """What an auditor found."""

    application = fields.Str(load_default="")
    sample = fields.Str(load_default="")
    unit = fields.Str(load_default="bureau")
    cause = fields.Str(required=True, validate=validate.OneOf(list(CAUSES), error=CHOICE), error_messages=REQUIRED)
    facts = fields.Str(load_default="", validate=validate.Length(max=4000))
    amount_fen = yuan_field(data_key="amount", load_default=0)
    days = fields.Int(load_default=10, validate=validate.Range(1, 120, error="答复期限应在 1 至 120 个工作日之间。"))


class TextSchema(Schema):
    """A text that moves something on."""

    text = fields.Str(load_default="", validate=validate.Length(max=1000))


class CaseSchema(Schema):
    """A clawback case to be opened."""

    application = fields.Str(required=True, error_messages=REQUIRED)
    cause = fields.Str(required=True, validate=validate.OneOf(list(CAUSES), error=CHOICE), error_messages=REQUIRED)
    facts = fields.Str(load_default="", validate=validate.Length(max=4000))
    finding = fields.Str(load_default="")


class NoticeNoSchema(Schema):
    """The number of the notice that calls for a statement."""

    notice_no = fields.Str(load_default="", validate=validate.Length(max=80))


class HearingSchema(Schema):
    """What the beneficiary said for himself."""

    text = fields.Str(load_default="", validate=validate.Length(max=4000))
    heard_on = fields.Date()


class ClawbackSchema(Schema):
    """A decision to claim money back."""

    decision_no = fields.Str(load_default="", validate=validate.Length(max=80))
    principal_fen = yuan_field(data_key="principal", load_default=0)
    rate = fields.Decimal(allow_none=True, load_default=None, error_messages={"invalid": "年利率只能填数字。"})
    interest_basis = fields.Str(load_default="", validate=validate.Length(max=200))
    due_on = fields.Date(allow_none=True, load_default=None)


class ReceiptSchema(Schema):
    """Money that came back."""

    receipt_no = fields.Str(load_default="", validate=validate.Length(max=80))
    received_on = fields.Date()
    amount_fen = yuan_field(data_key="amount", required=True, error_messages={"required": "请填写金额。"})


class GrievanceSchema(Schema):
    """A complaint about money."""

    kind = fields.Str(
        required=True, validate=validate.OneOf(list(GRIEVANCE_KINDS), error=CHOICE), error_messages=REQUIRED
    )
    application = fields.Str(load_default="", validate=validate.Length(max=20))
    text = fields.Str(load_default="", validate=validate.Length(max=1000))
    contact = fields.Str(load_default="", load_only=True, validate=validate.Length(max=40))


class AnswerSchema(Schema):
    """How a complaint ended."""

    outcome = fields.Str(required=True, validate=validate.OneOf(list(OUTCOMES), error=CHOICE), error_messages=REQUIRED)
    answer = fields.Str(load_default="", validate=validate.Length(max=1000))
