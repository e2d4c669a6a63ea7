"""What comes into and goes out of the pesticide doors."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from trace.pesticides.models import LabelScope, PesticideProduct
from trace.pesticides.rules import plain


class LabelQuery(Schema):
    """What a scanner read off a bottle."""

    code = fields.Str(
        required=True, validate=validate.Length(max=400), error_messages={"required": "请扫描或填写标签二维码。"}
    )


class ProductQuery(Schema):
    """A word to look products up by."""

    q = fields.Str(load_default="", validate=validate.Length(max=60))
    limit = fields.Int(load_default=None)
    cursor = fields.Int(load_default=None)


def product_out(row: PesticideProduct, scopes: list[LabelScope]) -> dict[str, Any]:
    """A product with its label, as the interface shows it; numbers as the label prints them."""
    return {
        "reg_no": row.reg_no, "name": row.name, "actives": row.actives, "toxicity": row.toxicity, "holder": row.holder,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None, "biological": row.biological, "source": row.source,
        "scopes": [scope_out(scope) for scope in scopes],
    }  # fmt: skip


def scope_out(row: LabelScope) -> dict[str, Any]:
    """One line of a label."""
    return {
        "site": row.site, "site_kind": row.site_kind, "pest": row.pest, "unit": row.dose_unit, "method": row.method,
        "dose_low": None if row.dose_low is None else plain(row.dose_low),
        "dose_high": None if row.dose_high is None else plain(row.dose_high),
        "phi_days": row.phi_days, "max_times": row.max_times, "interval_days": row.interval_days,
    }  # fmt: skip
