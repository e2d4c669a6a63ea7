"""What comes into and goes out of programme notices."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from trace.programmes.rules import KINDS, PURPOSES
from trace.web.fields import CHOICE, REQUIRED, area_field, yuan_field


class ProgrammeSchema(Schema):
    """A programme to be drafted; the rate is per 亩."""

    name = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    basis = fields.Str(required=True, validate=validate.Length(1, 120), error_messages=REQUIRED)
    kind = fields.Str(required=True, validate=validate.OneOf(list(KINDS), error=CHOICE), error_messages=REQUIRED)
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


def as_json(programme: Any) -> dict[str, Any]:
    """The notice of a programme as the JSON interface gives it, without its money."""
    return {
        "code": programme.code, "name": programme.name, "basis": programme.basis, "kind": programme.kind,
        "purpose": programme.purpose, "year": programme.year, "rate_fen": programme.rate_fen, "award_fen": programme.award_fen,
        "opens_on": programme.opens_on.isoformat(), "closes_on": programme.closes_on.isoformat(),
        "min_area_m2": programme.min_area_m2, "publicity_days": programme.publicity_days, "state": programme.state,
    }  # fmt: skip
