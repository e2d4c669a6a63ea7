"""What comes into and goes out of the harvest record."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.units import Weight, parse_weight
from trace.field.weigh_rules import DESTINATIONS, MOST_CONTAINERS
from trace.web.fields import REQUIRED, Typed, yuan_field

MOST_FEN_PER_KG = 10**8
"""A million yuan: far above any price, far below what the column holds."""


def typed_weight(text: str, values: Mapping[str, Any]) -> Weight:
    """A weight as typed: “420.5” with its unit beside it, “420.5斤”, “４２０．５”."""
    unit = values.get("unit")
    return parse_weight(text, unit if unit and isinstance(unit, str) else "公斤")


class ContainerSchema(Schema):
    """One container on the scales, each figure as typed, with its own unit where it has one."""

    gross = fields.Str(load_default="", validate=validate.Length(max=40))
    tare = fields.Str(load_default="", validate=validate.Length(max=40))
    damage = fields.Str(load_default="", validate=validate.Length(max=40))


class PositionSchema(Schema):
    """Where the device stood, as text: WGS-84 degrees and the error in metres."""

    lat = fields.Str(load_default="", validate=validate.Length(max=40))
    lon = fields.Str(load_default="", validate=validate.Length(max=40))
    accuracy = fields.Str(load_default="", validate=validate.Length(max=40))


class HarvestSchema(Schema):
    """One harvest from one plot: weighed in containers, or one figure."""

    plot_code = fields.Str(required=True, data_key="plot", error_messages={"required": "请选择地块。"})
    part = fields.Str(
        load_default="fruit", validate=validate.OneOf(["fruit", "leaf", "flower"], error="请从列表中选择。")
    )
    harvested_on = fields.Date(
        required=True, error_messages={**REQUIRED, "invalid": "日期不正确，请按 2026-07-18 的格式填写。"}
    )
    weight = Typed(typed_weight, data_key="quantity")
    unit = fields.Str(
        load_default="公斤", validate=validate.OneOf(["公斤", "斤", "克", "吨", "kg", "g"], error="请从列表中选择。")
    )
    containers = fields.List(
        fields.Nested(ContainerSchema),
        load_default=list,
        validate=validate.Length(max=MOST_CONTAINERS, error="一次最多过 200 筐，请分几次登记。"),
    )
    pickers = fields.Int(error_messages={"invalid": "采摘人数只能填整数。"})
    destination = fields.Str(
        load_default="", validate=validate.OneOf(["", *DESTINATIONS], error="请从列表中选择。")
    )  # fmt: skip
    gps = fields.Nested(PositionSchema)
    yield_reason = fields.Str(load_default="", validate=validate.Length(max=200))
    late_reason = fields.Str(load_default="", validate=validate.Length(max=200))
    note = fields.Str(load_default="", validate=validate.Length(max=500))


class HarvestForm(HarvestSchema):
    """The same from the page: columns of the rows, the position field by field, and the confirmation of another unit."""

    class Meta:
        exclude = ("containers", "gps")

    gross = fields.List(fields.Str(validate=validate.Length(max=40)), load_default=list)
    tare = fields.List(fields.Str(validate=validate.Length(max=40)), load_default=list)
    damage = fields.List(fields.Str(validate=validate.Length(max=40)), load_default=list)
    lat = fields.Str(load_default="")
    lon = fields.Str(load_default="")
    accuracy = fields.Str(load_default="")
    unit_confirmed = fields.Str(load_default="")


class PriceSchema(Schema):
    """What a harvest fetched."""

    fen_per_kg = yuan_field(
        required=True, data_key="price", validate=validate.Range(max=MOST_FEN_PER_KG, error="单价过高，请核对。"), error_messages=REQUIRED
    )  # fmt: skip
    priced_on = fields.Date(required=True, error_messages=REQUIRED)
    buyer = fields.Str(load_default="", validate=validate.Length(max=80))
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class DecisionSchema(Schema):
    """What became of a suspected duplicate."""

    keep = fields.Str(
        required=True,
        validate=validate.OneOf(["both", "merge"], error="请选择都保留或者合并。"),
        error_messages={"required": "请选择都保留或者合并。"},
    )
    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写判定的理由。"}
    )
