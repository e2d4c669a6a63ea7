"""What comes into and goes out of the land register."""

from __future__ import annotations

from marshmallow import Schema, fields, pre_load, validate

from trace.land.rules import LAND_CLASSES, MANAGEMENT_MODES
from trace.web.fields import CHOICE, REQUIRED, area_field


class PlotSchema(Schema):
    """A plot to be registered. ``geometry`` is GeoJSON in WGS-84, as text or object."""

    village = fields.Str(required=True, error_messages={"required": "请选择到村。"})
    operator = fields.Str(required=True, error_messages={"required": "请选择经营主体。"})
    name = fields.Str(validate=validate.Length(max=40))
    taxon = fields.Str()
    land_class = fields.Str(
        required=True, validate=validate.OneOf(list(LAND_CLASSES), error=CHOICE), error_messages=REQUIRED
    )
    management = fields.Str(load_default="conventional", validate=validate.OneOf(list(MANAGEMENT_MODES), error=CHOICE))
    geometry = fields.Raw(required=True, error_messages={"required": "请在图上勾绘边界，或粘贴 GeoJSON。"})
    planted_on = fields.Date(error_messages={"invalid": "日期不正确，请按 2026-03-12 的格式填写。"})
    tree_count = fields.Int(validate=validate.Range(0, 1_000_000), error_messages={"invalid": "株数只能填整数。"})
    declared_m2 = area_field(data_key="declared_mu")
    source = fields.Str(load_default="pasted", validate=validate.OneOf(["drawn", "pasted", "walked", "imported"]))


class BoundarySchema(Schema):
    """A new boundary for a plot."""

    geometry = fields.Raw(required=True, error_messages={"required": "请在图上勾绘边界，或粘贴 GeoJSON。"})
    reason = fields.Str(load_default="", validate=validate.Length(max=200))
    valid_from = fields.Date(required=True, error_messages=REQUIRED)


class CheckSchema(Schema):
    """A boundary to be tried without registering anything."""

    geometry = fields.Raw(required=True)


class VisitSchema(Schema):
    """A survival visit."""

    kind = fields.Str(required=True, validate=validate.OneOf(["year1", "year3"], error=CHOICE), error_messages=REQUIRED)
    visited_on = fields.Date(required=True, error_messages=REQUIRED)
    sampled = fields.Int(required=True, validate=validate.Range(1, 1_000_000), error_messages=REQUIRED)
    alive = fields.Int(required=True, validate=validate.Range(0, 1_000_000), error_messages=REQUIRED)
    verified_m2 = area_field(data_key="verified_mu")
    note = fields.Str(load_default="")


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
    area_m2 = fields.Int()
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
