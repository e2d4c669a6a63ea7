"""What comes into and goes out of the harvest record."""

from marshmallow import Schema, ValidationError, fields, validate

from trace.core.errors import Invalid
from trace.core.units import parse_weight

REQUIRED = {"required": "请填写这一项。", "null": "请填写这一项。"}


class WeightField(fields.Field):
    """A weight as typed: “420.5” (公斤), “420.5斤”, “４２０．５”."""

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        try:
            return parse_weight(f"{value}{data.get('unit', '')}" if str(value)[-1:].isdigit() else str(value))
        except Invalid as error:
            raise ValidationError(str(error)) from error


class HarvestSchema(Schema):
    """One harvest from one plot."""

    plot_code = fields.Str(required=True, data_key="plot", error_messages={"required": "请选择地块。"})
    part = fields.Str(load_default="fruit", validate=validate.OneOf(["fruit", "leaf", "flower"], error="请从列表中选择。"))
    harvested_on = fields.Date(required=True, error_messages={**REQUIRED, "invalid": "日期不正确，请按 2026-07-18 的格式填写。"})
    weight = WeightField(required=True, data_key="quantity", error_messages={"required": "请填写重量。"})
    unit = fields.Str(load_only=True, validate=validate.OneOf(["公斤", "斤", "克", "吨", "kg", "g"], error="请从列表中选择。"))
    yield_reason = fields.Str(load_default="", validate=validate.Length(max=200))
    late_reason = fields.Str(load_default="", validate=validate.Length(max=200))
    note = fields.Str(load_default="", validate=validate.Length(max=500))
