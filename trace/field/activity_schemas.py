"""One schema per kind of production record, shared by the page, the interface and the sync; docs/guide/生产档案.md lists the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.core.units import parse_amount, parse_area_mu
from trace.field import activity_rules as rules
from trace.field.activity_rules import ActivityKind
from trace.field.schemas import typed_weight
from trace.pesticides.rules import clean_reg_no, split_actives
from trace.pesticides.words import DOSE_UNITS, Basis
from trace.web.errors import flatten
from trace.web.fields import CHOICE, REQUIRED, Typed

DATE = {**REQUIRED, "invalid": "日期不正确，请按 2026-07-18 的格式填写。"}
TIMES = {"invalid": "时间不正确，请按 14:30 的格式填写。"}


def _text(most: int = 80, *, required: bool = False) -> fields.Str:
    checks = [validate.Length(1 if required else 0, most, error="请填写这一项，不要过长。")]
    if required:
        return fields.Str(required=True, validate=checks, error_messages=REQUIRED)
    return fields.Str(validate=checks)


def _pick(options: Any, *, required: bool = True) -> fields.Str:
    return fields.Str(required=required, validate=validate.OneOf(list(options), error=CHOICE), error_messages=REQUIRED)


class Actives(fields.Field):
    """Actives as a list, or typed in one line divided by 、."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            raise ValidationError("请填写文字。")
        return [name for text in texts for name in split_actives(text)][:10]


class GpsSchema(Schema):
    """Where it was written down, as the device said it; kept as text."""

    lat = fields.Str(required=True, validate=validate.Regexp(r"-?\d{1,2}(\.\d{1,12})?$", error="坐标不正确。"))
    lon = fields.Str(required=True, validate=validate.Regexp(r"-?\d{1,3}(\.\d{1,12})?$", error="坐标不正确。"))
    accuracy = fields.Str(load_default="", validate=validate.Regexp(r"(\d{1,6}(\.\d{1,6})?)?$", error="坐标不正确。"))


class PhotoSchema(Schema):
    """A picture or a spoken note (``kind`` voice, with its length) that is, or will be, in the store of files."""

    sha256 = fields.Str(required=True, validate=validate.Regexp(r"[0-9a-f]{64}$", error="照片校验值不正确。"))
    size = fields.Int(load_default=0, validate=validate.Range(min=0))
    taken_at = fields.Str(load_default="", validate=validate.Length(max=40))
    kind = fields.Str(validate=validate.OneOf(["voice"]))
    seconds = fields.Int(validate=validate.Range(0, 600))


class HeaderSchema(Schema):
    """What every record has."""

    on = fields.Date(required=True, error_messages=DATE)
    started = fields.Str(validate=validate.Length(max=40, error=TIMES["invalid"]))
    ended = fields.Str(validate=validate.Length(max=40, error=TIMES["invalid"]))
    note = _text(500)
    late_reason = _text(200)
    gps = fields.Nested(GpsSchema)
    photos = fields.List(fields.Nested(PhotoSchema), validate=validate.Length(max=20, error="一条记录最多 20 张照片。"))


class PlantingSchema(HeaderSchema):
    """定植."""

    dispatch = _text(20)
    source = _text(120)
    count = fields.Int(
        required=True, validate=validate.Range(1, 1_000_000), error_messages={**REQUIRED, "invalid": "请填写整数。"}
    )
    spacing = _text(20, required=True)
    mode = _pick(rules.PLANTING_MODES)
    area_m2 = Typed(lambda text, _: parse_area_mu(text), required=True, data_key="area", error_messages=REQUIRED)
    density_reason = _text(200)


class FertiliseSchema(HeaderSchema):
    """施肥."""

    product = _text(80, required=True)
    fertiliser = _pick(rules.FERTILISERS)
    reg_no = _text(40)
    dealer = _text(80, required=True)
    weight = Typed(typed_weight, required=True, data_key="quantity", error_messages=REQUIRED)
    unit = _pick(rules.WEIGHT_UNITS, required=False)
    method = _pick(rules.FERTILISING)


class SpraySchema(HeaderSchema):
    """施药."""

    product = _text(80)
    reg_no = Typed(lambda text, _: clean_reg_no(text), required=True, error_messages=REQUIRED)
    label_code = _text(400)
    actives = Actives()
    dose = Typed(lambda text, _: parse_amount(text), required=True, error_messages=REQUIRED)
    dose_unit = _pick(DOSE_UNITS)
    pest = _text(60, required=True)
    area_m2 = Typed(lambda text, _: parse_area_mu(text), required=True, data_key="area", error_messages=REQUIRED)
    method = _pick(rules.SPRAYING)
    operator = _text(40, required=True)
    weather = _pick(rules.WEATHERS)
    dealer = _text(80, required=True)
    purchase_ref = _text(80)
    basis = _pick([basis.value for basis in Basis], required=False)
    basis_doc = _text(80)
    basis_reason = _text(200)


class ScoutSchema(HeaderSchema):
    """病虫监测."""

    pest = _text(60, required=True)
    severity = _pick(rules.SEVERITIES)


class TendSchema(HeaderSchema):
    """灌溉、修剪、除草、套种等."""

    work = _pick(rules.TENDING)


class StopUseSchema(HeaderSchema):
    """停用."""

    product = _text(80, required=True)
    reg_no = Typed(lambda text, _: clean_reg_no(text))


SCHEMAS: dict[ActivityKind, type[HeaderSchema]] = {
    ActivityKind.PLANTING: PlantingSchema,
    ActivityKind.FERTILISE: FertiliseSchema,
    ActivityKind.SPRAY: SpraySchema,
    ActivityKind.SCOUT: ScoutSchema,
    ActivityKind.TEND: TendSchema,
    ActivityKind.STOP_USE: StopUseSchema,
}


def kind_of(name: Any) -> ActivityKind:
    """A kind by its identifier."""
    if name not in list(ActivityKind):
        raise Invalid("请选择记录的种类。", field="activity", code="ACTIVITY_KIND")
    return ActivityKind(name)


def read(activity: Any, body: dict[str, Any], *, partial: bool = False, lenient: bool = False) -> dict[str, Any]:
    """The fields of a record as plain values; ``partial`` for a correction, ``lenient`` ignores what the kind does not know.

    Raises :class:`Invalid` with every mistake at its field.
    """
    schema = SCHEMAS[kind_of(activity)](partial=partial, unknown=EXCLUDE if lenient else None)
    try:
        found = schema.load({key: value for key, value in body.items() if value != "" or partial})
    except ValidationError as error:
        mistakes = [
            FieldError(item["field"], item["code"], Message(item["message"])) for item in flatten(error.messages)
        ]
        raise Invalid.of(mistakes) from error
    return _plain(found)


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """Typed values as the numbers and texts that are kept."""
    weight, dose = found.pop("weight", None), found.pop("dose", None)
    if weight is not None:
        found.update(quantity=weight.typed_quantity, unit=weight.typed_unit, grams=weight.grams)
    if dose is not None:
        found.update(dose_milli=dose[0], dose=dose[1])
    return found


class ActivityFrameSchema(Schema):
    """The frame of ``POST /activities``: what kind, where; the rest belongs to the kind."""

    class Meta:
        unknown = EXCLUDE

    activity = fields.Str(required=True, error_messages={"required": "请选择记录的种类。"})
    plot = fields.Str(required=True, error_messages={"required": "请选择地块。"})
    device_time = fields.AwareDateTime(error_messages={"invalid": "设备时间不正确。"})


class ActivityCorrectionSchema(Schema):
    """The frame of a correction: the version seen and why; the rest are the fields that change."""

    class Meta:
        unknown = EXCLUDE

    base = fields.Int(required=True, error_messages={**REQUIRED, "invalid": "请填写整数。"})
    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写更正的原因。"}
    )
    device_time = fields.AwareDateTime(error_messages={"invalid": "设备时间不正确。"})


class ActivityVoidSchema(Schema):
    """Why a record is void, and the version that was seen."""

    base = fields.Int(required=True, error_messages=REQUIRED)
    reason = fields.Str(
        required=True, validate=validate.Length(1, 200), error_messages={"required": "请填写作废的原因。"}
    )


class IncidentSchema(Schema):
    """What was done about an incident."""

    measures = fields.Str(
        required=True, validate=validate.Length(1, 400), error_messages={"required": "请填写处理情况。"}
    )
