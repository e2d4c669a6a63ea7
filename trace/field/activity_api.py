"""JSON doors of production records."""

from __future__ import annotations

from typing import Any

from flask import request

from trace.core.actor import Permission
from trace.core.errors import Invalid
from trace.field import activities, record_pages
from trace.field import activity_queries as queries
from trace.field import activity_schemas as schemas
from trace.land import queries as land
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.errors import translate
from trace.web.paging import page_by_id

bp = Blueprint("api-activities", __name__, description="生产记录")
FRAME = ("activity", "plot", "device_time", "base", "reason")


def _body() -> dict[str, Any]:
    """The fields of the kind beside the frame; the frame itself was read strictly before."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid("内容格式不正确。", code="INVALID")
    return {key: value for key, value in body.items() if key not in FRAME}


def _answer(kept: activities.RecordedActivity) -> dict[str, Any]:
    return {
        "code": kept.code, "version": kept.version, "flags": kept.flags, "warnings": [translate(message) for message in kept.warnings],
    }  # fmt: skip


@bp.post("/activities")
@access(Permission.ACTIVITY_RECORD)
@bp.arguments(schemas.ActivityFrameSchema)
@bp.response(201)
def record_activity(frame: dict[str, Any]) -> dict[str, Any]:
    """Record an act on a plot: the frame, and the fields of its kind beside it (docs/guide/生产档案.md)."""
    values = schemas.read(frame["activity"], _body())
    kept = activities.record_activity(
        current_actor(), plot_code=frame["plot"], activity=frame["activity"], on=values.pop("on"), values=values,
        device_time=frame.get("device_time"),
    )  # fmt: skip
    return _answer(kept)


@bp.get("/plots/<code>/activities")
@access(Permission.ACTIVITY_READ)
@bp.response(200)
def list_activities(code: str) -> dict[str, Any]:
    """The records of a plot as they stand, the last written first; ``?season=`` narrows them to a year."""
    plot = land.get_plot(current_actor(), code)
    query = queries.current([plot.id])
    season = request.args.get("season", type=int)
    if season and 1 <= season <= 9998:
        query = queries.in_season(query, season)
    page = page_by_id(query, queries.ActivityVersion.id)
    return {"items": [record_pages.record_out(row, plot.code) for row in page.items], "next": page.next}


@bp.get("/activities/<code>")
@access(Permission.ACTIVITY_READ)
@bp.response(200)
def show_activity(code: str) -> dict[str, Any]:
    """A record with all its versions, newest first."""
    record = queries.get_record(current_actor(), code)
    versions = [record_pages.record_out(row, record.plot.code) for row in queries.versions_of(record)]
    return {**versions[0], "versions": versions}


@bp.post("/activities/<code>/corrections")
@access(Permission.ACTIVITY_RECORD)
@bp.arguments(schemas.ActivityCorrectionSchema)
@bp.response(201)
def correct_activity(frame: dict[str, Any], code: str) -> dict[str, Any]:
    """A new version with the fields that change; 409 with the version that stands when it is not ``base``."""
    actor = current_actor()
    record = queries.get_record(actor, code)
    values = schemas.read(record.kind, _body(), partial=True)
    kept = activities.correct_activity(
        actor,
        code=code,
        base_version=frame["base"],
        reason=frame["reason"],
        values=values,
        device_time=frame.get("device_time"),
    )
    return _answer(kept)


@bp.post("/activities/<code>/void")
@access(Permission.ACTIVITY_RECORD)
@bp.arguments(schemas.ActivityVoidSchema)
@bp.response(201)
def void_activity(frame: dict[str, Any], code: str) -> dict[str, Any]:
    """Mark a record as void."""
    kept = activities.void_activity(current_actor(), code=code, base_version=frame["base"], reason=frame["reason"])
    return _answer(kept)
