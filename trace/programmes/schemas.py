"""What comes into and goes out of programme notices."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from trace.core.errors import Invalid
from trace.core.units import format_mu
from trace.programmes.params import SIMPLE, plain_yuan, read_params, read_pct
from trace.programmes.rules import KINDS, PURPOSES, SHORTAGES
from trace.web.fields import CHOICE, REQUIRED, Typed, area_field, yuan_field

PARAM_NAMES = {param.name for params in SIMPLE.values() for param in params} | {
    "tier_mode", "tier_over", "tier_rate", "share", "after", "survival",
}  # fmt: skip
OPTIONAL_MARK = "（选交）"


class ProgrammeSchema(Schema):
    """A programme to be drafted or changed; loads ``params`` and ``materials`` as the notice keeps them. Rates per 亩 come as ``rate``."""

    class Meta:
        """Parameters of the kind are read by the kind."""

        unknown = EXCLUDE

    name = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    doc_no = fields.Str(load_default="", validate=validate.Length(max=60))
    basis = fields.Str(required=True, validate=validate.Length(1, 120), error_messages=REQUIRED)
    basis_valid_to = fields.Date()
    kind = fields.Str(required=True, validate=validate.OneOf(list(KINDS), error=CHOICE), error_messages=REQUIRED)
    purpose = fields.Str(load_default="planting", validate=validate.OneOf(list(PURPOSES), error=CHOICE))
    year = fields.Int(validate=validate.Range(2020, 2100))
    opens_on = fields.Date(required=True, error_messages=REQUIRED)
    closes_on = fields.Date(required=True, error_messages=REQUIRED)
    min_area_m2 = area_field(data_key="min_area_mu")
    publicity_days = fields.Int(validate=validate.Range(1, 60, error="公示期应在 1 至 60 天之间。"))
    publicity_working = fields.Bool(load_default=True)
    application_cap_fen = yuan_field(data_key="application_cap")
    beneficiary_cap_fen = yuan_field(data_key="beneficiary_cap")
    programme_cap_fen = yuan_field(data_key="programme_cap")
    exclusion_group = fields.Str(load_default="", validate=validate.Length(max=40))
    shortage = fields.Str(load_default="queue", validate=validate.OneOf(list(SHORTAGES), error=CHOICE))
    stacking = fields.Bool(load_default=False)
    stacking_pct = fields.Int(load_default=100, validate=validate.Range(1, 100, error="请填 1 至 100 的整数。"))
    materials = fields.Str(load_default="", validate=validate.Length(max=2000))
    finance_ref = fields.Str(load_default="", validate=validate.Length(max=80))
    contact = fields.Str(load_default="", validate=validate.Length(max=120))
    conditions = fields.Str(load_default="", validate=validate.Length(max=4000))
    reason = fields.Str(load_default="", validate=validate.Length(max=300))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def read_kind(self, data: dict[str, Any], original: dict[str, Any], **kwargs: Any) -> None:
        """The parameters that belong to the kind, with every mistake at its field."""
        if data.get("kind") not in KINDS:
            return
        try:
            data["params"] = read_params(data["kind"], original)
        except Invalid as error:
            raise ValidationError({item.field: [str(item.message)] for item in error.errors}) from error

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def know_every_name(self, data: dict[str, Any], original: dict[str, Any], **kwargs: Any) -> None:
        """A misspelt name is a mistake, not something to pass over."""
        known = PARAM_NAMES | {field.data_key or name for name, field in self.fields.items()}
        wrong = {name: ["没有这个字段。"] for name in original if name not in known}
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def list_materials(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """One paper a line; （选交） at its end makes it optional."""
        lines = [line.strip() for line in data["materials"].splitlines() if line.strip()]
        data["materials"] = [
            {"name": line.removesuffix(OPTIONAL_MARK).strip()[:80], "required": not line.endswith(OPTIONAL_MARK)}
            for line in lines
        ]
        return data


class PublishSchema(Schema):
    """The finance bureau's opinion, when it was not in the draft."""

    finance_ref = fields.Str(load_default="", validate=validate.Length(max=80))


class LprSchema(Schema):
    """An announcement of the one-year loan prime rate."""

    published_on = fields.Date(required=True, error_messages=REQUIRED)
    rate = Typed(lambda text, _: read_pct(text, "rate"), required=True, error_messages=REQUIRED)
    source = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)


class DaySchema(Schema):
    """A day of the calendar, made worked or free by a notice."""

    day = fields.Date(required=True, error_messages=REQUIRED)
    is_working = fields.Bool(required=True, error_messages=REQUIRED)
    name = fields.Str(required=True, validate=validate.Length(1, 40), error_messages=REQUIRED)
    source = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)


class ConfirmSchema(Schema):
    """A year whose notice is in."""

    year = fields.Int(required=True, validate=validate.Range(2023, 2031), error_messages=REQUIRED)
    notice = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)


class StepSchema(Schema):
    """One entry of the checklist."""

    doc_ref = fields.Str(load_default="", validate=validate.Length(max=120))
    sent_on = fields.Date()
    done_on = fields.Date()
    waived = fields.Bool(load_default=False)
    note = fields.Str(load_default="", validate=validate.Length(max=300))


def as_json(programme: Any) -> dict[str, Any]:
    """The notice of a programme as the JSON interface gives it, without its money. ``rate_fen`` and ``award_fen`` only where there is one figure."""
    tiers = programme.params.get("tiers", [])
    single = tiers[0][1] if len(tiers) == 1 and programme.kind == "per_area" else None
    return {
        "code": programme.code, "name": programme.name, "doc_no": programme.doc_no, "basis": programme.basis, "kind": programme.kind,
        "purpose": programme.purpose, "year": programme.year, "version": programme.version, "params": programme.params,
        "rate_fen": single, "award_fen": programme.params.get("award_fen"), "opens_on": programme.opens_on.isoformat(),
        "closes_on": programme.closes_on.isoformat(), "min_area_m2": programme.min_area_m2, "publicity_days": programme.publicity_days,
        "publicity_working": programme.publicity_working, "materials": programme.materials, "state": programme.state,
    }  # fmt: skip


def typed(programme: Any, params: dict[str, Any]) -> dict[str, Any]:
    """A programme's row as the form shows it again."""
    plain = ("name", "doc_no", "basis", "kind", "purpose", "year", "publicity_days", "exclusion_group", "shortage", "stacking_pct", "finance_ref", "contact", "conditions")  # fmt: skip
    shown = {name: getattr(programme, name) for name in plain} | params
    shown["publicity_working"] = "1" if programme.publicity_working else "0"
    shown["stacking"] = "1" if programme.stacking else ""
    for name in ("opens_on", "closes_on", "basis_valid_to"):
        day = getattr(programme, name)
        shown[name] = day.isoformat() if day else ""
    for name in ("application_cap", "beneficiary_cap", "programme_cap"):
        fen = getattr(programme, f"{name}_fen")
        shown[name] = plain_yuan(fen) if fen is not None else ""
    shown["min_area_mu"] = format_mu(programme.min_area_m2).replace("\u2009", "") if programme.min_area_m2 else ""
    shown["materials"] = "\n".join(
        row["name"] + ("" if row["required"] else OPTIONAL_MARK) for row in programme.materials
    )
    return shown
