"""What comes into and goes out of public money."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from trace.funds.rules import PROGRAMME_KINDS, PURPOSES
from trace.web.fields import CHOICE, REQUIRED, area_field, yuan_field


class ProgrammeSchema(Schema):
    """A programme to be drafted; the rate is per 亩."""

    name = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    basis = fields.Str(required=True, validate=validate.Length(1, 120), error_messages=REQUIRED)
    kind = fields.Str(
        required=True, validate=validate.OneOf(list(PROGRAMME_KINDS), error=CHOICE), error_messages=REQUIRED
    )
    purpose = fields.Str(load_default="planting", validate=validate.OneOf(list(PURPOSES), error=CHOICE))
    year = fields.Int(validate=validate.Range(2020, 2100))
    rate_fen = yuan_field(data_key="rate")
    award_fen = yuan_field(data_key="award")
    opens_on = fields.Date(required=True, error_messages=REQUIRED)
    closes_on = fields.Date(required=True, error_messages=REQUIRED)
    min_area_m2 = area_field(data_key="min_area_mu")
    publicity_days = fields.Int(validate=validate.Range(1, 60, error="公示期应在 1 至 60 个工作日之间。"))
    finance_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    contact = fields.Str(load_default="", validate=validate.Length(max=120))
    conditions = fields.Str(load_default="", validate=validate.Length(max=4000))


class PublishSchema(Schema):
    """The finance bureau's opinion, when it was not in the draft."""

    finance_ref = fields.Str(load_default="", validate=validate.Length(max=80))


class AppropriationSchema(Schema):
    """Money for a programme by a document."""

    amount_fen = yuan_field(data_key="amount", required=True, error_messages={"required": "请填写金额。"})
    doc_no = fields.Str(
        required=True, validate=validate.Length(1, 80), error_messages={"required": "请填写指标文件文号。"}
    )


class ApplicationSchema(Schema):
    """An application to be drafted; ``submit`` sends it at once."""

    programme = fields.Str(required=True, error_messages={"required": "请选择项目。"})
    plot = fields.Str(required=True, error_messages={"required": "请选择地块。"})
    applied_m2 = area_field(data_key="applied_mu")
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    submit = fields.Bool(load_default=False)


class ActionSchema(Schema):
    """What an action may need; each takes what it knows."""

    opinion = fields.Str(load_default="", validate=validate.Length(max=500, error="意见最多 500 字。"))
    companion = fields.Str(load_default="", validate=validate.Length(max=40))
    verified_m2 = area_field(data_key="verified_mu")
    sampled = fields.Int(error_messages={"invalid": "株数只能填整数。"})
    alive = fields.Int(error_messages={"invalid": "株数只能填整数。"})
    passed = fields.Bool(load_default=True)
    visited_on = fields.Date()
    starts_on = fields.Date()
    minutes_ref = fields.Str(load_default="", validate=validate.Length(max=80))


class SelectionSchema(Schema):
    """Several applications handled together."""

    applications = fields.List(fields.Str(), required=True, error_messages={"required": "请至少选择一份申请。"})
    opinion = fields.Str(load_default="", validate=validate.Length(max=500, error="意见最多 500 字。"))
    minutes_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    starts_on = fields.Date()


class ResultLine(Schema):
    """The bank's answer to one line."""

    application = fields.Str(required=True, error_messages=REQUIRED)
    paid = fields.Bool(required=True, error_messages=REQUIRED)
    bank_ref = fields.Str(load_default="", validate=validate.Length(max=60))
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class ResultSchema(Schema):
    """The bank's answer to a batch."""

    lines = fields.List(
        fields.Nested(ResultLine), required=True, validate=validate.Length(1, 10_000), error_messages=REQUIRED
    )


class ListQuery(Schema):
    """Filters and paging."""

    state = fields.Str()
    programme = fields.Str()
    township = fields.Str()
    q = fields.Str()
    limit = fields.Int()
    cursor = fields.Int()

    @pre_load
    def keep_filled(self, data: Any, **kwargs: Any) -> dict[str, Any]:
        """Drop empty filters, as browsers send them."""
        return {key: value for key, value in data.items() if value != ""}
