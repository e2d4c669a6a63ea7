"""What comes into plans and statements."""

from marshmallow import Schema, ValidationError, fields, validate

from trace.core.errors import Invalid
from trace.core.units import parse_area_mu, parse_yuan
from trace.targets import rules

REQUIRED = {"required": "请填写这一项。", "null": "请填写这一项。"}
CHOICE = "请从列表中选择。"


class PlanValueField(fields.Field):
    """A task as typed: 亩 for areas, 万元 for output value; kept in base units."""

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        try:
            if rules.INDICATORS.get(data.get("indicator", ""), rules.INDICATORS["area"]).unit == "m2":
                return parse_area_mu(str(value))
            return parse_yuan(f"{value}万元" if str(value)[-1:].isdigit() else str(value))
        except Invalid as error:
            raise ValidationError(str(error)) from error


class WanYuanField(fields.Field):
    """An amount in 万元, as fen."""

    def _deserialize(self, value, attr, data, **kwargs):  # type: ignore[no-untyped-def]
        try:
            return parse_yuan(f"{value}万元" if str(value)[-1:].isdigit() else str(value))
        except Invalid as error:
            raise ValidationError(str(error)) from error


class PlanSchema(Schema):
    """A township's task."""

    indicator = fields.Str(load_default="area", validate=validate.OneOf(list(rules.TASKED), error=CHOICE))
    township = fields.Str(required=True, error_messages={"required": "请选择乡镇（街道）。"})
    year = fields.Int(required=True, validate=validate.Range(2022, 2030, error="年度应在 2022 到 2030 之间。"), error_messages=REQUIRED)
    value = PlanValueField(required=True, error_messages=REQUIRED)
    doc_no = fields.Str(required=True, error_messages={"required": "请填写下达任务的文件号。"})
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class StatementSchema(Schema):
    """Output value of one stage stated by a township."""

    township = fields.Str(required=True, error_messages={"required": "请选择乡镇（街道）。"})
    year = fields.Int(required=True, validate=validate.Range(2022, 2030, error="年度应在 2022 到 2030 之间。"), error_messages=REQUIRED)
    stage = fields.Str(required=True, validate=validate.OneOf(list(rules.STAGES), error=CHOICE), error_messages=REQUIRED)
    gross_fen = WanYuanField(required=True, data_key="gross", error_messages=REQUIRED)
    local_input_fen = WanYuanField(data_key="local_input", load_default=0)
    grade = fields.Str(required=True, validate=validate.OneOf(["A", "B", "C"], error=CHOICE), error_messages=REQUIRED)
    method = fields.Str(required=True, validate=validate.Length(1, 200), error_messages={"required": "请写明数据来源或估算方法。"})
    confirmed = fields.Bool(load_default=False)


class ProgressQuery(Schema):
    """Which period and, optionally, which township."""

    period = fields.Str()
    township = fields.Str()
