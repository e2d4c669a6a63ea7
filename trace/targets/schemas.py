"""What comes into plans and statements."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.units import parse_area_mu
from trace.targets import rules
from trace.web.fields import CHOICE, REQUIRED, Typed, wan_yuan, wan_yuan_field


def plan_value(text: str, values: Mapping[str, Any]) -> int:
    """A task as typed: 亩 for areas, 万元 for output value; in base units."""
    indicator = rules.INDICATORS.get(values.get("indicator", ""), rules.INDICATORS["area"])
    return parse_area_mu(text) if indicator.unit == "m2" else wan_yuan(text)


class PlanSchema(Schema):
    """A township's task."""

    indicator = fields.Str(load_default="area", validate=validate.OneOf(list(rules.TASKED), error=CHOICE))
    township = fields.Str(required=True, error_messages={"required": "请选择乡镇（街道）。"})
    year = fields.Int(
        required=True,
        validate=validate.Range(2022, 2030, error="年度应在 2022 到 2030 之间。"),
        error_messages=REQUIRED,
    )
    value = Typed(plan_value, required=True, error_messages=REQUIRED)
    doc_no = fields.Str(required=True, error_messages={"required": "请填写下达任务的文件号。"})
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class StatementSchema(Schema):
    """Output value of one stage stated by a township."""

    township = fields.Str(required=True, error_messages={"required": "请选择乡镇（街道）。"})
    year = fields.Int(
        required=True,
        validate=validate.Range(2022, 2030, error="年度应在 2022 到 2030 之间。"),
        error_messages=REQUIRED,
    )
    stage = fields.Str(
        required=True, validate=validate.OneOf(list(rules.STAGES), error=CHOICE), error_messages=REQUIRED
    )
    gross_fen = wan_yuan_field(required=True, data_key="gross", error_messages=REQUIRED)
    local_input_fen = wan_yuan_field(data_key="local_input", load_default=0)
    grade = fields.Str(required=True, validate=validate.OneOf(["A", "B", "C"], error=CHOICE), error_messages=REQUIRED)
    method = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请写明数据来源或估算方法。"}
    )
    confirmed = fields.Bool(load_default=False)


class ProgressQuery(Schema):
    """Which period and, optionally, which township."""

    period = fields.Str()
    township = fields.Str()
