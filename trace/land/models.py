"""Tables of the land register. A plot is never deleted; its boundary is a list of dated versions."""

from typing import Any

from peewee import (
    BooleanField,
    CharField,
    Check,
    DateField,
    DoubleField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    TextField,
    fn,
)

from trace.db import BaseModel, JsonField, UtcDateTimeField
from trace.land.rules import CRS, LAND_CLASSES, MANAGEMENT_MODES, PLOT_STATES, SOILS
from trace.registry.models import Party, Taxon, Village
from trace.registry.rules import sql_list


class Plot(BaseModel):
    """地块: one operator, one taxon, one planting year, one polygon. Code ``{12-digit village}-{4 digits}``."""

    code = CharField(max_length=17, unique=True)
    village = ForeignKeyField(Village, backref="plots", on_delete="RESTRICT")
    operator = ForeignKeyField(Party, backref="plots", on_delete="RESTRICT")
    steward = ForeignKeyField(Party, null=True, backref="stewarded_plots", on_delete="RESTRICT")
    name = CharField(max_length=40, default="")
    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")
    state = CharField(max_length=20, index=True)
    land_class = CharField(max_length=20)
    management = CharField(max_length=20)
    planted_on = DateField(null=True)
    tree_count = IntegerField(default=0)
    declared_m2 = IntegerField(null=True)
    area_m2 = IntegerField()
    registered_at = UtcDateTimeField()
    survey_class = CharField(max_length=4, default="")
    soil = CharField(max_length=20, default="")
    replanted_on = DateField(null=True)
    registered_by = IntegerField(null=True)

    class Meta:
        constraints = [
            Check(f"state IN ({sql_list(PLOT_STATES)})"),
            Check(f"land_class IN ({sql_list(LAND_CLASSES)})"),
            Check(f"management IN ({sql_list(MANAGEMENT_MODES)})"),
            Check("area_m2 > 0 AND tree_count >= 0"),
            Check(f"soil IN ('',{sql_list(SOILS)})"),
        ]


class PlotBoundary(BaseModel):
    """One dated version of a plot's polygon, WGS-84. ``area_m2`` of the version in force is repeated on the plot for sums.

    ``accuracy_m`` is the worst fix of a walk; over 15 m the version is no evidence. ``township_check`` says what the place was
    compared with: the township's outline, its registered plots, or nothing.
    """

    plot = ForeignKeyField(Plot, backref="boundaries", on_delete="RESTRICT")
    version = IntegerField()
    valid_from = DateField()
    valid_to = DateField(null=True)
    geojson = TextField()
    area_m2 = IntegerField()
    ring_id = CharField(max_length=16, index=True)
    west = FloatField()
    south = FloatField()
    east = FloatField()
    north = FloatField()
    source = CharField(max_length=20)
    reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()
    source_crs = CharField(max_length=10, default="wgs84")
    accuracy_m = IntegerField(null=True)
    is_evidence = BooleanField(default=True)
    township_check = CharField(max_length=12, default="none")
    cautions = JsonField(default=list)
    recorder_name = CharField(max_length=80, default="")

    class Meta:
        indexes = ((("plot", "version"), True),)
        box_index = "valid_to"
        constraints = [
            Check("area_m2 > 0"),
            Check("west <= east AND south <= north"),
            Check("source IN ('drawn','pasted','walked','imported')"),
            Check(f"source_crs IN ({sql_list(CRS)})"),
            Check("accuracy_m >= 0"),
            Check("township_check IN ('outline','neighbours','none')"),
        ]


class SurvivalVisit(BaseModel):
    """A counted visit: living ÷ planted in the sample, at one year (成活) or three years (保存), by whom.

    ``number`` counts the visits of a plot; a correction is the next ``version`` of the same number; only
    the newest counts (:func:`superseded`).
    """

    plot = ForeignKeyField(Plot, backref="visits", on_delete="RESTRICT")
    kind = CharField(max_length=10)
    visited_on = DateField(index=True)
    sampled = IntegerField()
    alive = IntegerField()
    verified_m2 = IntegerField()
    verifier_id = IntegerField()
    verifier_name = CharField(max_length=80)
    note = TextField(default="")
    recorded_at = UtcDateTimeField()
    number = IntegerField(default=1)
    version = IntegerField(default=1)
    reason = CharField(max_length=200, default="")
    lon = DoubleField(null=True)
    lat = DoubleField(null=True)
    accuracy_m = IntegerField(null=True)
    is_evidence = BooleanField(default=True)
    cautions = JsonField(default=list)

    class Meta:
        indexes = ((("plot", "kind", "visited_on", "version"), True), (("plot", "number", "version"), True))
        constraints = [
            Check("kind IN ('year1','year3')"),
            Check("sampled > 0 AND alive >= 0 AND alive <= sampled"),
            Check("verified_m2 >= 0"),
            Check("version > 0"),
            Check("(lon IS NULL) = (lat IS NULL)"),
        ]


def superseded(visit: Any = SurvivalVisit) -> Any:
    """Has a visit been corrected since? An SQL condition; false beside an outer join that found no visit."""
    newer = SurvivalVisit.alias()
    same = newer.select(newer.id).where(
        newer.plot == visit.plot, newer.number == visit.number, newer.version > visit.version
    )
    return fn.EXISTS(same)


class Stand(BaseModel):
    """林分: trees of one planting on a plot. Replanting adds a stand; what stood before stays on record."""

    code = CharField(max_length=24, unique=True)
    plot = ForeignKeyField(Plot, backref="stands", on_delete="RESTRICT")
    taxon = ForeignKeyField(Taxon, on_delete="RESTRICT")
    planted_on = DateField()
    planted_count = IntegerField()
    spacing = CharField(max_length=20, default="")
    density_reason = CharField(max_length=200, default="")
    recorded_at = UtcDateTimeField()

    class Meta:
        constraints = [Check("planted_count > 0")]


TABLES = (Plot, PlotBoundary, SurvivalVisit, Stand)
