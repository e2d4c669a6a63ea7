"""What comes in about the papers of plots and about demonstration gardens."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, fields, validate

from trace.land.rules import REFERENCE_SCHEMES, TENURE_KINDS
from trace.land.schemas import DATE, reason_field
from trace.web.fields import CHOICE, REQUIRED, Typed, area_field


def _codes(text: str, values: Any) -> list[str]:
    """Codes typed one per line, or with commas or spaces between."""
    return [code for code in re.split(r"[\s,，、;；]+", text) if code]


class TenureSchema(Schema):
    """A certificate or contract."""

    kind = fields.Str(required=True, validate=validate.OneOf(list(TENURE_KINDS), error=CHOICE), error_messages=REQUIRED)
    number = fields.Str(required=True, validate=validate.Length(max=80), error_messages=REQUIRED)
    holder = fields.Str(required=True, validate=validate.Length(max=80), error_messages=REQUIRED)
    area_m2 = area_field(data_key="area_mu")
    valid_from = fields.Date(error_messages=DATE)
    valid_to = fields.Date(error_messages=DATE)


class VoidSchema(Schema):
    """Why a paper is wrong."""

    reason = reason_field()


class ReferenceSchema(Schema):
    """A number another register gave the ground."""

    scheme = fields.Str(
        required=True, validate=validate.OneOf(list(REFERENCE_SCHEMES), error=CHOICE), error_messages=REQUIRED
    )
    value = fields.Str(required=True, validate=validate.Length(max=40), error_messages=REQUIRED)
    survey = fields.Str(required=True, validate=validate.Length(max=80), error_messages=REQUIRED)
    valid_from = fields.Date(required=True, error_messages={**REQUIRED, **DATE})


class GardenSchema(Schema):
    """A demonstration garden."""

    name = fields.Str(required=True, validate=validate.Length(max=80), error_messages=REQUIRED)
    township = fields.Str(required=True, error_messages=REQUIRED)
    state = fields.Str(
        required=True, validate=validate.OneOf(["applied", "designated"], error=CHOICE), error_messages=REQUIRED
    )
    doc_no = fields.Str(load_default="", validate=validate.Length(max=80))
    issuer = fields.Str(load_default="", validate=validate.Length(max=80))
    designated_on = fields.Date(error_messages=DATE)
    area_m2 = area_field(data_key="area_mu", required=True, error_messages=REQUIRED)
    operator = fields.Str()
    plots = Typed(_codes, load_default=list)


class WithdrawSchema(Schema):
    """The end of a designation."""

    on = fields.Date(required=True, error_messages={**REQUIRED, **DATE})
    reason = reason_field()


class SettingsSchema(Schema):
    """Tolerances in m² and metres, and the steps of the sampling plan: up to so many 亩, so many per cent."""

    tolerance_m2 = fields.Int(required=True, validate=validate.Range(0, 1000), error_messages=REQUIRED)
    far_m = fields.Int(required=True, validate=validate.Range(1000, 100_000), error_messages=REQUIRED)
    gap_m = fields.Int(required=True, validate=validate.Range(0, 1000), error_messages=REQUIRED)
    limit0 = fields.Int(validate=validate.Range(1, 1_000_000))
    limit1 = fields.Int(validate=validate.Range(1, 1_000_000))
    limit2 = fields.Int(validate=validate.Range(1, 1_000_000))
    percent0 = fields.Int(required=True, validate=validate.Range(1, 100), error_messages=REQUIRED)
    percent1 = fields.Int(validate=validate.Range(1, 100))
    percent2 = fields.Int(validate=validate.Range(1, 100))
