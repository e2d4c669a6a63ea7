"""What comes into scans: complaints and what officers say."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from trace.scan.complaint_rules import COMPLAINT_KINDS

MOST_TEXT = 500


def _text(missing: str, most: int) -> Any:
    return fields.Str(
        required=True,
        validate=validate.Length(1, most, error="最多 {max} 个字。"),
        error_messages={"required": missing},
    )


class ComplaintSchema(Schema):
    """A consumer's complaint. ``website`` is a field people never see: whoever fills it is a program."""

    kind = fields.Str(
        required=True, validate=validate.OneOf(COMPLAINT_KINDS, error="请选择反映的问题。"),
        error_messages={"required": "请选择反映的问题。"},
    )  # fmt: skip
    text = _text("请写明情况。", MOST_TEXT)
    bought_at = fields.Str(load_default="", validate=validate.Length(max=60, error="最多 {max} 个字。"))
    contact = fields.Str(load_default="", validate=validate.Length(max=60, error="最多 {max} 个字。"))
    website = fields.Str(load_default="")
    form_key = fields.Str(load_default="")


class ReplySchema(Schema):
    """What is said to a complaint."""

    text = _text("请填写内容。", MOST_TEXT)
    closes = fields.Bool(load_default=False)


class FindingSchema(Schema):
    """What the office found about a suspicious code."""

    finding = _text("请填写核查结果。", 200)
