"""What comes into labels."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from trace.core.errors import Invalid
from trace.labels.rules import RUN_KINDS
from trace.labels.services import Paper

_PLACES = re.compile(r"[0-9]{1,3}(-[0-9]{1,3})?")
_TO, _BETWEEN = re.compile(r"\s*[－—–至~-]\s*"), re.compile(r"[,，、;；\s]+")


class Places(fields.Field[list[int]]):
    """Used places of a sheet: ``1-3,7`` as typed, or a list of numbers."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[int]:
        if isinstance(value, list) and all(isinstance(item, int) and not isinstance(item, bool) for item in value):
            return value[:200]
        found: list[int] = []
        for part in filter(None, _BETWEEN.split(_TO.sub("-", str(value)))):
            if not _PLACES.fullmatch(part):
                raise ValidationError("请填写格子序号，例如 1-3、7。")
            first, _, last = part.partition("-")
            found += range(int(first), int(last or first) + 1)
        return found


class PaperSchema(Schema):
    """What is printed on."""

    layout = fields.Str(load_default="a4_3x8")
    dpi = fields.Int(load_default=0, validate=validate.OneOf([0, 203, 300, 600], error="请选择打印机精度。"))
    skipped = Places(load_default=[])


class RunSchema(PaperSchema):
    """A run of labels for a pack lot."""

    lot = fields.Str(required=True, error_messages={"required": "请选择包装批次。"})
    count = fields.Int(required=True, error_messages={"required": "请填写枚数。", "invalid": "枚数只能填整数。"})
    kind = fields.Str(
        load_default="unit", validate=validate.OneOf([k for k in RUN_KINDS if k != "carton"], error="请选择码的种类。")
    )
    coding = fields.Str(load_default="platform", validate=validate.OneOf(["platform", "gs1"], error="请选择编码方式。"))
    marks = fields.List(fields.Str(), load_default=[])


class RangeSchema(Schema):
    """Labels of a run from the n-th to the m-th."""

    first = fields.Int(required=True, error_messages={"required": "请填写起始枚数。", "invalid": "枚数只能填整数。"})
    last = fields.Int(required=True, error_messages={"required": "请填写结束枚数。", "invalid": "枚数只能填整数。"})


class ActivateSchema(Schema):
    """Without a range the whole run is meant."""

    first = fields.Int(load_default=None, error_messages={"invalid": "枚数只能填整数。"})
    last = fields.Int(load_default=None, error_messages={"invalid": "枚数只能填整数。"})


class VoidSchema(Schema):
    """Why a run is voided."""

    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写作废原因。"}
    )


class UnitsSchema(RangeSchema):
    """Why single labels are voided."""

    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写作废原因。"}
    )


class ReprintSchema(RangeSchema, PaperSchema):
    """Why labels are printed anew."""

    layout = fields.Str(load_default="")
    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写补打原因。"}
    )


class CartonSchema(PaperSchema):
    """How many packs a carton holds."""

    layout = fields.Str(load_default="a4_2x4")
    per_carton = fields.Int(
        required=True, error_messages={"required": "请填写每箱件数。", "invalid": "件数只能填整数。"}
    )


class PrefixSchema(Schema):
    """A company prefix from its certificate."""

    prefix = fields.Str(required=True, error_messages={"required": "请填写厂商识别代码。"})
    doc_no = fields.Str(required=True, validate=validate.Length(1, 80), error_messages={"required": "请填写证书编号。"})
    valid_from = fields.Date(
        required=True, error_messages={"required": "请填写有效期起。", "invalid": "日期应为 2026-07-18 的样子。"}
    )
    valid_to = fields.Date(load_default=None, error_messages={"invalid": "日期应为 2026-07-18 的样子。"})


class ItemSchema(Schema):
    """A GTIN for packs of a product."""

    gtin = fields.Str(required=True, error_messages={"required": "请填写商品条码。"})
    product = fields.Str(required=True, error_messages={"required": "请选择产品。"})
    net = fields.Int(
        required=True,
        validate=validate.Range(1, 1_000_000, error="净含量应在 1 到 1000000 之间。"),
        error_messages={"required": "请填写每件净含量。", "invalid": "净含量只能填整数。"},
    )
    net_ml = fields.Int(
        load_default=None,
        validate=validate.Range(1, 1_000_000, error="净含量应在 1 到 1000000 之间。"),
        error_messages={"invalid": "净含量只能填整数。"},
    )


def paper_of(body: dict[str, Any], default: str = "") -> Paper:
    """The paper a form or a request names."""
    layout = body["layout"] or default
    if not layout:
        raise Invalid("请选择标签规格。", field="layout", code="LAYOUT")
    return Paper(layout, body["dpi"], body["skipped"])
