"""What comes into and goes out of public money."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from trace.funds.file_rules import DOCUMENT_KINDS, INTEREST_KINDS
from trace.web.fields import CHOICE, REQUIRED, area_field, yuan_field


class AppropriationSchema(Schema):
    """Money for a programme by a document."""

    amount_fen = yuan_field(data_key="amount", required=True, error_messages={"required": "请填写金额。"})
    doc_no = fields.Str(
        required=True, validate=validate.Length(1, 80), error_messages={"required": "请填写指标文件文号。"}
    )


class LapseSchema(AppropriationSchema):
    """Money taken back at the year's end."""


class CarrySchema(AppropriationSchema):
    """Money carried into another programme."""

    into = fields.Str(load_default="")


class ReverseSchema(Schema):
    """An entry to be corrected by its mirror image."""

    key = fields.Str(required=True)
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


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
    declared = fields.Bool()
    answers = fields.List(fields.Str(validate=validate.Length(max=300)))
    companion = fields.Str(load_default="", validate=validate.Length(max=40))
    tenure_ok = fields.Bool(load_default=True)
    tenure_note = fields.Str(load_default="", validate=validate.Length(max=200))
    land_class = fields.Str(load_default="")
    note = fields.Str(load_default="", validate=validate.Length(max=500))
    forestry = fields.Str(load_default="")
    finance = fields.Str(load_default="")
    planned_on = fields.Date(error_messages={"invalid": "日期格式不对。"})
    whole = fields.Bool(load_default=True)
    qualified_m2 = area_field(data_key="qualified_mu")
    lost_m2 = area_field(data_key="lost_mu")
    sample_plots = fields.List(
        fields.List(fields.Int(), validate=validate.Length(2, 2)), validate=validate.Length(max=12)
    )
    columns = fields.Dict(keys=fields.Str(), values=fields.Str(validate=validate.Length(max=120)))
    objector = fields.Str(load_default="", validate=validate.Length(max=80))
    reply = fields.Str(load_default="", validate=validate.Length(max=500))
    verified_m2 = area_field(data_key="verified_mu")
    sampled = fields.Int(error_messages={"invalid": "株数只能填整数。"})
    alive = fields.Int(error_messages={"invalid": "株数只能填整数。"})
    passed = fields.Bool(load_default=True)
    visited_on = fields.Date()
    starts_on = fields.Date()
    minutes_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    head_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    finance_ref = fields.Str(load_default="", validate=validate.Length(max=80))


class DocumentSchema(Schema):
    """One paper; a photograph with time (the county's clock unless it names another) and place in WGS-84."""

    kind = fields.Str(
        required=True, validate=validate.OneOf(list(DOCUMENT_KINDS), error=CHOICE), error_messages=REQUIRED
    )
    title = fields.Str(load_default="", validate=validate.Length(max=80))
    taken_at = fields.DateTime(error_messages={"invalid": "拍摄时间格式不对。"})
    lon = fields.Float(validate=validate.Range(73, 136, error="经度应在 73 至 136 之间。"))
    lat = fields.Float(validate=validate.Range(3, 54, error="纬度应在 3 至 54 之间。"))
    accuracy = fields.Int(error_messages={"invalid": "定位误差只能填整数。"})


class DocumentBody(DocumentSchema):
    """The same with the file itself, for the interface."""

    name = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)
    content = fields.Str(required=True, validate=validate.Length(1, 14_000_000), error_messages=REQUIRED)


class StrikeSchema(Schema):
    """Why a paper is taken out."""

    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class BoardSchema(Schema):
    """Which village's board, since when."""

    village = fields.Str(required=True, error_messages={"required": "请选择村。"})
    posted_on = fields.Date(required=True, error_messages={"required": "请填写张贴日期。", "invalid": "日期格式不对。"})


class ResultNoteSchema(Schema):
    """What came of a list."""

    result_note = fields.Str(load_default="", validate=validate.Length(max=500))


class InterestSchema(Schema):
    """An interest of one's own."""

    kind = fields.Str(
        required=True, validate=validate.OneOf(list(INTEREST_KINDS), error=CHOICE), error_messages=REQUIRED
    )
    party = fields.Str(load_default="", validate=validate.Length(max=20))
    number = fields.Str(load_default="", validate=validate.Length(max=40))
    note = fields.Str(load_default="", validate=validate.Length(max=200))


class DelegationSchema(Schema):
    """Who stands in, from when to when, why."""

    taker = fields.Str(load_default="", validate=validate.Length(max=40))
    from_day = fields.Date(required=True, error_messages=REQUIRED)
    to_day = fields.Date(required=True, error_messages=REQUIRED)
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class SelectionSchema(Schema):
    """Several applications handled together."""

    applications = fields.List(fields.Str(), required=True, error_messages={"required": "请至少选择一份申请。"})
    opinion = fields.Str(load_default="", validate=validate.Length(max=500, error="意见最多 500 字。"))
    minutes_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    head_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    finance_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    shortage = fields.Str(load_default="", validate=validate.OneOf(["", "queue", "pro_rata"], error=CHOICE))
    starts_on = fields.Date()


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
