"""What comes into assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.errors import Invalid
from trace.core.units import normalise_digits, parse_weight, parse_yuan
from trace.forecast.rules import ASSUMPTIONS
from trace.web.fields import CHOICE, REQUIRED, Typed


def typed_value(text: str, values: Mapping[str, Any]) -> int:
    """An assumption as typed: 公斤, 元 or a whole number, in its base unit."""
    item = ASSUMPTIONS.get(values.get("key", ""))
    unit = item.unit if item else "count"
    if unit == "g":
        return parse_weight(text, field="value").grams
    if unit in ("fen", "rate", "price"):
        return parse_yuan(text, field="value")
    plain = normalise_digits(text).rstrip("%‰")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 9):
        raise Invalid("请填写整数。", field="value", code="NOT_A_NUMBER")
    return int(plain)


class AssumptionSchema(Schema):
    """A changed assumption."""

    key = fields.Str(required=True, validate=validate.OneOf(list(ASSUMPTIONS), error=CHOICE), error_messages=REQUIRED)
    scope = fields.Str(load_default="")
    value = Typed(typed_value, required=True, error_messages=REQUIRED)
    basis = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写依据，如文件号、实测记录。"}
    )
    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "修改假设须填写原因。"}
    )
