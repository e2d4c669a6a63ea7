"""What comes into and goes out of the land register."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.geometry import parse_polygon
from trace.core.text import Message, Refused
from trace.land.rules import CRS, LAND_CLASSES, MANAGEMENT_MODES, SOILS, SOURCES, area_mistakes
from trace.web.fields import CHOICE, REQUIRED, Typed, area_field

DRAW = "请在图上勾绘边界，或粘贴 GeoJSON。"
DATE: dict[str, Any] = {"invalid": "日期不正确，请按 2026-03-12 的格式填写。"}
METRES = "误差请填整数米，如 8。"


def reason_field(**kwargs: Any) -> fields.Str:
    """Words typed as a reason; whether they may be empty is the service's business."""
    return fields.Str(load_default="", validate=validate.Length(max=200), **kwargs)


class HowMade(Schema):
    """A boundary and how it was made: by what, in which coordinate system, how exactly."""

    geometry = fields.Raw(required=True, error_messages={"required": DRAW})
    source = fields.Str(load_default="pasted", validate=validate.OneOf(list(SOURCES), error=CHOICE))
    source_crs = fields.Str(load_default="wgs84", validate=validate.OneOf(list(CRS), error=CHOICE))
    accuracy_m = fields.Int(validate=validate.Range(0, 10_000), error_messages={"invalid": METRES})

    @validates_schema(skip_on_field_errors=False)
    def judge(self, data: dict[str, Any], **kwargs: Any) -> None:
        """What is wrong with the boundary belongs on the same list as what is wrong with the fields."""
        if mistakes := list(self.mistakes(data)):
            found: dict[str, list[str]] = {}
            for item in mistakes:
                found.setdefault(item.field, []).append(Refused(item.message, item.code))
            raise ValidationError(found)

    def mistakes(self, data: dict[str, Any]) -> Iterable[FieldError]:
        """Mistakes that need no database to be seen."""
        if "geometry" not in data:
            return
        try:
            boundary = parse_polygon(data["geometry"], crs=data.get("source_crs", "wgs84"))
        except Invalid as error:
            yield from error.errors
        else:
            yield from area_mistakes(data.get("declared_m2"), boundary.area_m2)


class PlotSchema(HowMade):
    """A plot to be registered. ``geometry`` is GeoJSON, as text or object."""

    village = fields.Str(required=True, error_messages={"required": "请选择到村。"})
    operator = fields.Str(required=True, error_messages={"required": "请选择经营主体。"})
    name = fields.Str(validate=validate.Length(max=40))
    taxon = fields.Str()
    land_class = fields.Str(
        required=True, validate=validate.OneOf(list(LAND_CLASSES), error=CHOICE), error_messages=REQUIRED
    )
    survey_class = fields.Str(validate=validate.Regexp(r"\d{3,4}$", error="调查地类代码应为 3 至 4 位数字，如 161。"))
    soil = fields.Str(validate=validate.OneOf(["", *SOILS], error=CHOICE))
    management = fields.Str(load_default="conventional", validate=validate.OneOf(list(MANAGEMENT_MODES), error=CHOICE))
    planted_on = fields.Date(error_messages=DATE)
    tree_count = fields.Int(validate=validate.Range(0, 1_000_000), error_messages={"invalid": "株数只能填整数。"})
    declared_m2 = area_field(data_key="declared_mu")

    def mistakes(self, data: dict[str, Any]) -> Iterable[FieldError]:
        """A planting of tomorrow too."""
        yield from super().mistakes(data)
        if data.get("planted_on") and data["planted_on"] > business_date():
            yield FieldError("planted_on", "DATE_FUTURE", Message("栽植日期不能晚于今天。"))


class BoundarySchema(HowMade):
    """A new boundary for a plot."""

    reason = reason_field()
    valid_from = fields.Date(required=True, error_messages={**REQUIRED, **DATE})


class CheckSchema(Schema):
    """A boundary to be tried without registering anything, with as much about it as is known."""

    geometry = fields.Raw(required=True)
    source_crs = fields.Str(load_default="wgs84", validate=validate.OneOf(list(CRS), error=CHOICE))
    accuracy_m = fields.Int(validate=validate.Range(0, 10_000), error_messages={"invalid": METRES})
    declared_m2 = area_field(data_key="declared_mu")
    village = fields.Str()
    plot = fields.Str()


def _degrees(text: str, values: Any) -> float:
    """A coordinate typed by a person."""
    try:
        return float(text)
    except ValueError:
        raise Invalid("坐标请填小数，如 112.601234。", code="BAD_COORDINATE") from None


class VisitSchema(Schema):
    """A survival visit."""

    kind = fields.Str(required=True, validate=validate.OneOf(["year1", "year3"], error=CHOICE), error_messages=REQUIRED)
    visited_on = fields.Date(required=True, error_messages={**REQUIRED, **DATE})
    sampled = fields.Int(required=True, validate=validate.Range(1, 1_000_000), error_messages=REQUIRED)
    alive = fields.Int(required=True, validate=validate.Range(0, 1_000_000), error_messages=REQUIRED)
    verified_m2 = area_field(data_key="verified_mu")
    note = fields.Str(load_default="")
    lon = Typed(_degrees, validate=validate.Range(112.1, 113.17))
    lat = Typed(_degrees, validate=validate.Range(26.52, 27.0))
    accuracy_m = fields.Int(validate=validate.Range(0, 10_000), error_messages={"invalid": METRES})


class CorrectionSchema(VisitSchema):
    """A visit again, as it should have been recorded."""

    reason = reason_field()


class StateSchema(Schema):
    """A change of state entered by hand."""

    to = fields.Str(required=True, error_messages=REQUIRED)
    on_day = fields.Date(required=True, error_messages={**REQUIRED, **DATE})
    reason = reason_field()


class ManagementSchema(Schema):
    """A change of the management mode."""

    mode = fields.Str(
        required=True, validate=validate.OneOf(list(MANAGEMENT_MODES), error=CHOICE), error_messages=REQUIRED
    )
    on_day = fields.Date(required=True, error_messages={**REQUIRED, **DATE})
    evidence = reason_field()


class DecisionSchema(Schema):
    """What the bureau decides about an overlap."""

    decision = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=400))


class PlotOut(Schema):
    """A plot in lists; its public code, never the key."""

    code = fields.Str()
    township = fields.Str(attribute="village.township.name")
    village = fields.Str(attribute="village.name")
    village_code = fields.Str(attribute="village.code")
    operator = fields.Str(attribute="operator.name")
    taxon = fields.Str(attribute="taxon.key")
    state = fields.Str()
    land_class = fields.Str()
    survey_class = fields.Str()
    soil = fields.Str()
    management = fields.Str()
    area_m2 = fields.Int()
    declared_m2 = fields.Int(allow_none=True)
    planted_on = fields.Date(allow_none=True)
    tree_count = fields.Int()


class PlotQuery(Schema):
    """Filters and paging of the plot list."""

    township = fields.Str()
    state = fields.Str()
    q = fields.Str()
    limit = fields.Int()
    cursor = fields.Int()

    @pre_load
    def keep_known(self, data, **kwargs):  # type: ignore[no-untyped-def]
        """Drop empty filters, as browsers send them."""
        return {key: value for key, value in data.items() if value != ""}
