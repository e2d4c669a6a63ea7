"""What comes in with claims: items, loans with their changes, facts that tie parties together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from trace.core.errors import Invalid
from trace.core.units import normalise_digits, parse_yuan
from trace.funds.claim_rules import EVENTS, FACTS
from trace.programmes.params import read_pct
from trace.web.fields import CHOICE, REQUIRED, Typed, yuan_field


def _milli(text: str, values: Mapping[str, Any]) -> int:
    """A quantity with up to three decimals, in thousandths."""
    try:
        exact = Fraction(normalise_digits(text)) * 1000
    except (ValueError, ZeroDivisionError) as error:
        raise Invalid("数量只能填数字。", field="quantity", code="NOT_A_NUMBER") from error
    if exact.denominator != 1 or not 0 < exact <= 10**12:
        raise Invalid("数量要大于 0，最多三位小数。", field="quantity", code="TOO_PRECISE")
    return int(exact)


def rate_milli(text: str, field: str) -> int:
    """A yearly rate in %, as thousandths of a per cent."""
    exact = Fraction(read_pct(text, field)) * 1000
    if exact.denominator != 1:
        raise Invalid("利率最多三位小数。", field=field, code="TOO_PRECISE")
    return int(exact)


class ItemSchema(Schema):
    """An invoice, a fee, a quantity or a sale; which of amount and quantity is asked belongs to the notice."""

    doc_no = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    issued_on = fields.Date(required=True, error_messages=REQUIRED)
    name = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    party_name = fields.Str(load_default="", validate=validate.Length(max=80))
    quantity_milli = Typed(_milli, data_key="quantity")
    amount_fen = yuan_field(data_key="amount")


class LoanSchema(Schema):
    """A loan; its changes come as columns ``event_kind[]``, ``event_on[]``, ``event_until[]``, ``event_value[]`` (元 or %)."""

    class Meta:
        """The columns of changes are read together."""

        unknown = EXCLUDE

    contract_no = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    lender = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    used_for = fields.Str(required=True, validate=validate.Length(1, 120), error_messages=REQUIRED)
    drawn_on = fields.Date(required=True, error_messages=REQUIRED)
    due_on = fields.Date(required=True, error_messages=REQUIRED)
    principal_fen = yuan_field(data_key="principal", required=True, error_messages=REQUIRED)
    rate_milli = Typed(
        lambda text, _: rate_milli(text, "rate"), data_key="rate", required=True, error_messages=REQUIRED
    )
    interest_paid_fen = yuan_field(data_key="interest_paid", required=True, error_messages=REQUIRED)
    other_discounts_fen = yuan_field(data_key="other_discounts")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def read_events(self, data: dict[str, Any], original: dict[str, Any], **kwargs: Any) -> None:
        """The rows of changes; an empty row is none, a half-filled one is told."""
        columns = [original.get(f"event_{name}") or [] for name in ("kind", "on", "until", "value")]
        rows = [
            [str(column[n]).strip() if n < len(column) else "" for column in columns]
            for n in range(max(map(len, columns), default=0))
        ]
        events, mistakes = [], []
        for number, row in enumerate(rows, 1):
            if not any(row[1:]):
                continue
            try:
                events.append(_event(*row))
            except (Invalid, ValueError) as error:
                mistakes.append(f"第 {number} 行：{error if isinstance(error, Invalid) else '日期不正确。'}")
        if mistakes:
            raise ValidationError({"events": mistakes})
        data["events"] = events


def _event(kind: str, on_day: str, until: str, value: str) -> dict[str, Any]:
    if kind not in EVENTS or not on_day:
        raise Invalid("请选择变动并填写日期。", field="events", code="MISSING")
    found: dict[str, Any] = {"kind": kind, "on_day": date.fromisoformat(on_day)}
    if kind == "overdue":
        if not until:
            raise Invalid("逾期要写起止日期。", field="events", code="MISSING")
        return {**found, "until": date.fromisoformat(until)}
    if not value:
        raise Invalid("请填写归还金额或新利率。", field="events", code="MISSING")
    if kind == "repay":
        return {**found, "amount_fen": parse_yuan(value, "events")}
    return {**found, "rate_milli": rate_milli(value, "events")}


class FactSchema(Schema):
    """Something that ties a party to others."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(FACTS), error=CHOICE), error_messages=REQUIRED)
    value = fields.Str(required=True, validate=validate.Length(4, 120), error_messages=REQUIRED)
