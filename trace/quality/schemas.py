"""What a hold, a recall, an inspection or a draw may contain."""

from marshmallow import Schema, fields, validate

from trace.quality.sampling_rules import LIMITS, POINTS, VERDICTS
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


class InspectionSchema(Schema):
    """What an inspector found."""

    verdict = fields.Str(
        required=True, validate=validate.OneOf([*VERDICTS], error="请选择抽查结论。"), error_messages={"required": "请选择抽查结论。"}
    )  # fmt: skip
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    reason = fields.Str(load_default="", validate=validate.Length(max=200))
    lon = fields.Str(load_default="")
    lat = fields.Str(load_default="")
    accuracy = fields.Str(load_default="")


class DrawSchema(Schema):
    """Which week to draw from: any day of it."""

    week = fields.Date()


SamplingSchema = Schema.from_dict(
    {
        name: fields.Int(
            required=True,
            validate=validate.Range(0, 100_000, error="请填写 0 到 100000 之间的整数。"),
            error_messages={**REQUIRED, "invalid": "请填写整数。"},
        )
        for name in (*POINTS, *LIMITS)
    },
    name="SamplingSchema",
)
"""Points and limits of the draw, each a whole number."""
