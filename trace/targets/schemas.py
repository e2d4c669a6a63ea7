"""What comes into plans and statements."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.errors import Invalid
from trace.core.units import normalise_digits, parse_area_mu
from trace.targets import rules
from trace.targets.readings import Reading
from trace.targets.stages import SCHEMES
from trace.web.fields import CHOICE, REQUIRED, Typed, wan_yuan, wan_yuan_field, yuan_field


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


def county_value(text: str, values: Mapping[str, Any]) -> int:
    """A county figure as typed: 亩, 万元 or a number of firms; in base units."""
    unit = rules.INDICATORS[values["indicator"]].unit if values.get("indicator") in rules.INDICATORS else "count"
    if unit == "m2":
        return parse_area_mu(text)
    if unit == "fen":
        return wan_yuan(text)
    plain = normalise_digits(text)
    if not plain.isascii() or not plain.isdigit() or len(plain) > 6:
        raise Invalid("请填写整数。", field="value", code="NOT_A_NUMBER")
    return int(plain)


def _day(missing: str) -> fields.Date:
    return fields.Date(required=True, error_messages={"required": missing})


def _text(most: int, missing: str = "", required: bool = True) -> fields.Str:
    if not required:
        return fields.Str(load_default="", validate=validate.Length(max=most))
    return fields.Str(
        required=True, validate=validate.Length(1, most), error_messages={"required": missing or REQUIRED["required"]}
    )


class CountyPlanSchema(Schema):
    """The county's figure of a year."""

    indicator = fields.Str(required=True, validate=validate.OneOf(list(rules.COUNTY_PLANNED), error=CHOICE))
    year = fields.Int(
        required=True, validate=validate.Range(2022, 2030, error="年度应在 2022 到 2030 之间。"), error_messages=REQUIRED
    )  # fmt: skip
    value = Typed(county_value, required=True, error_messages=REQUIRED)
    doc_no = _text(80, "请填写确定年度数的文件号。")
    reason = _text(200, required=False)


class CardSchema(Schema):
    """A new definition of an indicator."""

    counted = _text(400, "请填写计算口径。")
    evidence = _text(400, "请填写证据要求。")
    caution = _text(400, required=False)
    reason = _text(200, "修改口径须填写原因。")


class ReadingSchema(Schema):
    """A decision about the enterprise sentence."""

    reading = fields.Str(
        required=True, validate=validate.OneOf([r.value for r in Reading], error=CHOICE), error_messages=REQUIRED
    )
    decided_by = _text(80, "请填写由谁明确。")
    doc_ref = _text(80, "请填写依据文件号。")
    decided_on = _day("请填写明确日期。")
    note = _text(200, required=False)


class MilestoneSchema(Schema):
    """A stage a project reached."""

    project = _text(60, "请填写项目名称。")
    scheme = fields.Str(load_default="", validate=validate.OneOf(list(SCHEMES), error=CHOICE))
    stage = fields.Str(required=True, error_messages=REQUIRED)
    on_day = _day("请填写日期。")
    doc_no = _text(80, "请填写文件号或公告号。")
    issuer = _text(80, required=False)
    valid_to = fields.Date(load_default=None, allow_none=True)
    note = _text(200, required=False)


class PriceSchema(Schema):
    """An ex-factory price."""

    party = _text(20, "请选择企业。")
    product = _text(10, "请选择产品。")
    valid_from = _day("请填写起始日期。")
    fen = yuan_field(required=True, data_key="price", error_messages=REQUIRED)
    grade = fields.Str(required=True, validate=validate.OneOf(["A", "B", "C"], error=CHOICE), error_messages=REQUIRED)
    basis = _text(200, "请写明依据，如发票号段、开票清单。")
    reason = _text(200, required=False)
