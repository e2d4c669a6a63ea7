"""What a hold or recall may contain."""

from marshmallow import Schema, fields, validate

from trace.web.fields import REQUIRED


class HoldSchema(Schema):
    """A hold: which lot and why."""

    lot = fields.Str(required=True, error_messages=REQUIRED)
    reason = fields.Str(required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写原因。"})


class RecallSchema(HoldSchema):
    """A recall: besides, what the public is told and whom to call."""

    public_reason = fields.Str(load_default="", validate=validate.Length(max=100))
    contact = fields.Str(
        required=True, validate=validate.Length(1, 40), error_messages={"required": "请填写消费者联系电话。"}
    )


class HoldForm(Schema):
    """The form for both."""

    kind = fields.Str(load_default="hold", validate=validate.OneOf(["hold", "recall"], error="请从列表中选择。"))
    reason = fields.Str(required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写原因。"})
    public_reason = fields.Str(load_default="", validate=validate.Length(max=100))
    contact = fields.Str(load_default="", validate=validate.Length(max=40))


class ReleaseSchema(Schema):
    """Why a hold is lifted."""

    note = fields.Str(required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写解除依据。"})
