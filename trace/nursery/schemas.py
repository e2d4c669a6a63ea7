"""What forms and interface of the nursery may contain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from trace.core.errors import Invalid
from trace.core.units import normalise_digits
from trace.nursery.rules import ACCESSION_KINDS, GRADES, LOSS_REASONS, ORDER, PAPER_KINDS, PURPOSES
from trace.web.fields import CHOICE, REQUIRED, Typed, area_field


def one_of(options: Iterable[str], **more: Any) -> fields.Str:
    """A word from a list."""
    return fields.Str(validate=validate.OneOf(list(options), error=CHOICE), error_messages=REQUIRED, **more)


def count_field(**more: Any) -> Typed:
    """A number of plants, seeds or cuttings; full-width digits and the counting words people write after it are accepted."""
    return Typed(_count, error_messages=REQUIRED, **more)


def _count(text: str, _: Mapping[str, Any]) -> int:
    typed = re.sub(r"[株粒颗穗条根枝]+$", "", normalise_digits(text).replace(",", "").replace(" ", ""))
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 8):
        raise Invalid("株数只能填整数。", code="COUNT_FORMAT")
    return int(typed)


def day_field(**more: Any) -> fields.Date:
    """A date from the form."""
    return fields.Date(error_messages=REQUIRED, **more)


NOTE: dict[str, Any] = {"load_default": "", "validate": validate.Length(max=200)}


class AccessionIn(Schema):
    """A tree, stand or orchard."""

    kind = one_of(ACCESSION_KINDS, required=True)
    name = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    taxon = fields.Str()
    village = fields.Str(required=True, error_messages={"required": "请选择到村。"})
    place = fields.Str(validate=validate.Length(max=80))
    trees = count_field()
    area_m2 = area_field(data_key="area_mu")
    variety_no = fields.Str(validate=validate.Length(max=60))
    traits = fields.Str(validate=validate.Length(max=2000))
    surveyed_on = day_field(required=True)


class SowIn(Schema):
    """Seed sown or cuttings set."""

    accession = fields.Str(required=True, error_messages=REQUIRED)
    way = one_of(("seed", "cutting"), load_default="seed")
    count = count_field(required=True)
    on = day_field(required=True)
    note = fields.Str(**NOTE)


class IntakeIn(Schema):
    """Seedlings that came from elsewhere."""

    taxon = fields.Str(required=True, error_messages=REQUIRED)
    phase = one_of(ORDER, required=True)
    count = count_field(required=True)
    on = day_field(required=True)
    source = fields.Str(required=True, validate=validate.Length(1, 120), error_messages=REQUIRED)
    variety_no = fields.Str(load_default="", validate=validate.Length(max=60))


class AdvanceIn(Schema):
    """Plants go on to another phase."""

    source = one_of(ORDER, required=True)
    target = one_of(ORDER, required=True)
    count = count_field(required=True)
    on = day_field(required=True)
    note = fields.Str(**NOTE)


class LossIn(Schema):
    """Plants lost."""

    phase = one_of(ORDER, required=True)
    count = count_field(required=True)
    reason = one_of(LOSS_REASONS, required=True)
    on = day_field(required=True)
    note = fields.Str(**NOTE)


class SplitIn(Schema):
    """Part of a lot."""

    phase = one_of(ORDER, required=True)
    count = count_field(required=True)
    on = day_field(required=True)
    note = fields.Str(**NOTE)


class MixIn(SplitIn):
    """Plants of this lot and of another."""

    other = fields.Str(required=True, error_messages=REQUIRED)
    other_count = count_field(required=True)


class GraftIn(SplitIn):
    """Scions on rootstocks."""

    accession = fields.Str(required=True, error_messages=REQUIRED)
    taken = count_field(required=True)


class UndoIn(Schema):
    """Why an operation is taken back."""

    note = fields.Str(required=True, error_messages=REQUIRED)


class PaperIn(Schema):
    """A certificate."""

    kind = one_of(PAPER_KINDS, required=True)
    number = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    issuer = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    quantity = count_field(required=True)
    issued_on = day_field(required=True)
    valid_to = fields.Date(load_default=None)
    lots = fields.List(
        fields.Str(),
        required=True,
        validate=validate.Length(1, error="请至少选择一个批次。"),
        error_messages={"required": "请至少选择一个批次。"},
    )
    grade = one_of(GRADES, load_default="")
    height_cm = fields.Int(validate=validate.Range(1, 1000))
    diameter_mm = fields.Int(validate=validate.Range(1, 500))
    inspector = fields.Str(validate=validate.Length(max=40))


class DispatchIn(Schema):
    """Seedlings leave."""

    lot = fields.Str()
    purpose = one_of(PURPOSES, required=True)
    receiver = fields.Str(load_default="")
    count = count_field(required=True)
    bundles = count_field(load_default=1)
    on = day_field(required=True)
    improved = fields.Bool(load_default=False)


class PlantIn(Schema):
    """Seedlings into the ground."""

    plot = fields.Str(required=True, error_messages=REQUIRED)
    count = count_field(required=True)
    planted_on = day_field(required=True)
    spacing = fields.Str(load_default="", validate=validate.Length(max=20))
    density_reason = fields.Str(load_default="", validate=validate.Length(max=200))
