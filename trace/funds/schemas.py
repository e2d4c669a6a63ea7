"""What comes into and goes out of public money."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from trace.web.fields import REQUIRED, area_field, yuan_field


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
