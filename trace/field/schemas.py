"""What comes into and goes out of the harvest record."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.units import Weight, parse_weight
from trace.web.fields import REQUIRED, Typed


def typed_weight(text: str, values: Mapping[str, Any]) -> Weight:
    """A weight as typed: “420.5” with its unit beside it, “420.5斤”, “４２０．５”."""
    return parse_weight(f"{text}{values.get('unit', '')}" if text[-1:].isdigit() else text)


class HarvestSchema(Schema):
    """One harvest from one plot."""

    plot_code = fields.Str(required=True, data_key="plot", error_messages={"required": "请选择地块。"})
    part = fields.Str(
        load_default="fruit", validate=validate.OneOf(["fruit", "leaf", "flower"], error="请从列表中选择。")
    )
    harvested_on = fields.Date(
        required=True, error_messages={**REQUIRED, "invalid": "日期不正确，请按 2026-07-18 的格式填写。"}
    )
    weight = Typed(typed_weight, required=True, data_key="quantity", error_messages={"required": "请填写重量。"})
    unit = fields.Str(
        load_only=True, validate=validate.OneOf(["公斤", "斤", "克", "吨", "kg", "g"], error="请从列表中选择。")
    )
    yield_reason = fields.Str(load_default="", validate=validate.Length(max=200))
    late_reason = fields.Str(load_default="", validate=validate.Length(max=200))
    note = fields.Str(load_default="", validate=validate.Length(max=500))
