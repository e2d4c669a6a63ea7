"""Records of acts on plots, written and corrected from phones; how two versions of one are compared and joined."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from trace.core import errors
from trace.core.actor import Actor
from trace.core.errors import Invalid, NotFound
from trace.field import activities, activity_queries
from trace.field.activity_models import Activity, ActivityVersion
from trace.field.activity_rules import FIELDS, ActivityKind
from trace.field.activity_schemas import read
from trace.sync.context import Conflict, Context, Outcome

RECORD = "activity"
TOGETHER = {"dose": ("dose", "dose_milli", "dose_unit"), "quantity": ("quantity", "unit", "grams")}
"""One decision for what is one figure."""
FOLLOWERS = frozenset(name for names in TOGETHER.values() for name in names[1:])
APART = frozenset({"gps", "photos", "late_reason"})
"""Facts of the recording, not of the act: never in conflict."""
HEADS = ("on", "started", "ended", "note")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def record_activity(ctx: Context) -> Outcome:
    """An act on a plot becomes a record."""
    body = dict(ctx.body)
    activity, plot = body.pop("activity", None), body.pop("plot", None)
    if not isinstance(plot, str):
        raise Invalid("请选择地块。", field="plot", code="PLOT_MISSING")
    values = read(activity, body)
    on = values.pop("on")
    if ctx.clock_off and on > ctx.noted_on:
        on = ctx.noted_on
    kept = activities.record_activity(
        ctx.actor, plot_code=plot, activity=activity, on=on, values=values, via="device", device_time=ctx.incoming.made_at, written_on=ctx.noted_on
    )  # fmt: skip
    return Outcome(RECORD, kept.code, kept.version, kept.warnings, set(kept.flags))


def correct_activity(ctx: Context) -> Outcome:
    """A correction becomes the next version, or a conflict when another version stands than the phone saw."""
    body = dict(ctx.body)
    code, reason = code_of(ctx, body.pop("record", None), RECORD), body.pop("reason", "")
    record = activity_queries.get_record(ctx.actor, code)
    changes = read(record.kind, body, partial=True)
    if ctx.incoming.base is None or not isinstance(reason, str):
        raise Invalid("请填写原因。", field="reason", code="REASON_MISSING")
    try:
        kept = activities.correct_activity(
            ctx.actor, code=code, base_version=ctx.incoming.base, reason=reason, values=changes, via="device", device_time=ctx.incoming.made_at
        )  # fmt: skip
    except errors.Conflict as conflict:
        raise _conflict(record, ctx.incoming.base, changes, conflict) from conflict
    return Outcome(RECORD, kept.code, kept.version, kept.warnings, set(kept.flags))


def correct(actor: Actor, code: str, version: int, chosen: dict[str, Any], reason: str) -> int:
    """Write what a person chose between two versions as a correction of the one that stands; returns the new version's number."""
    values = {name: date.fromisoformat(value) if name == "on" else value for name, value in chosen.items()}
    kept = activities.correct_activity(actor, code=code, base_version=version, reason=reason, values=values)
    return kept.version


def code_of(ctx: Context, name: Any, kind: str) -> str:
    """The code of a record named by its code, or by the operation that made it."""
    if not isinstance(name, str) or not name:
        raise Invalid("没有写明是哪一条记录。", field="record", code="RECORD_MISSING")
    if not _UUID.fullmatch(name):
        return name
    made = ctx.operation_at(name)
    if made.status != "created" or made.record_kind != kind:
        raise NotFound()
    return made.record_code


def grouped(values: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """These fields of a version, with what belongs to them."""
    wanted = [one for name in names for one in TOGETHER.get(name, (name,))]
    return {name: values[name] for name in wanted if name in values}


def fields_of(code: str, actor: Actor) -> list[tuple[str, Any]]:
    """The fields of a record in the order people read them: name and how it is called and shown (nothing for the head's fields)."""
    record = activity_queries.get_record(actor, code)
    return [(name, None) for name in HEADS] + [(item.key, item) for item in FIELDS[ActivityKind(record.kind)]]


def _conflict(record: Activity, base: int, changes: dict[str, Any], found: errors.Conflict) -> Conflict:
    versions = {one.version: _plain(one) for one in activity_queries.versions_of(record)}
    office, before = versions[found.version], versions.get(base, {})
    phone = {**before, **_jsonable(changes)}
    names = {name for name in {*phone, *office} if phone.get(name) != office.get(name)} - APART
    return Conflict(
        kind=RECORD, code=record.code, base_version=base, office_version=found.version, office_at=found.changed_at, message=found.message,
        base={name: before.get(name) for name in names}, phone={name: phone.get(name) for name in names},
        office={name: office.get(name) for name in names},
    )  # fmt: skip


def _plain(version: ActivityVersion) -> dict[str, Any]:
    return _jsonable(activities.as_values(version))


def _jsonable(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
