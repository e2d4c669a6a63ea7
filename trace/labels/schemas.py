"""What comes into labels."""

from marshmallow import Schema, fields, validate


class RunSchema(Schema):
    """A run of labels for a pack lot."""

    lot = fields.Str(required=True, error_messages={"required": "请选择包装批次。"})
    count = fields.Int(required=True, error_messages={"required": "请填写枚数。", "invalid": "枚数只能填整数。"})


class VoidSchema(Schema):
    """Why a run is voided."""

    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写作废原因。"}
    )
