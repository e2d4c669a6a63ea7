"""Writing production records: record, correct, void. Nothing is overwritten: a change is a new version with a reason, and both stay readable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, to_local
from trace.core.errors import Conflict, FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.db.counters import next_number, take_turn
from trace.field import activity_queries as queries
from trace.field import activity_rules as rules
from trace.field import incidents, judging, safety
from trace.field.activity_models import Activity, ActivityVersion
from trace.field.activity_rules import ActivityKind, split_attached
from trace.files.rules import Upload
from trace.files.services import keep
from trace.land import queries as land
from trace.land.models import Plot
from trace.pesticides.rules import Finding

Values = dict[str, Any]


@dataclass(frozen=True)
class RecordedActivity:
    """A record as kept, what its recorder should still look at, and the marks it bears (``late incident held``).

    ``beyond`` are those warnings that do not stand on the record itself: about harvest lots, a missing picture.
    """

    record: Activity
    code: str
    version: int
    warnings: list[Message]
    flags: list[str]
    beyond: list[Message]


@dataclass(frozen=True)
class Written:
    """How it came in: at the office or from a device, the device's own time, and the day it was written down there."""

    via: str = "office"
    device_time: datetime | None = None
    written_on: date | None = None


def record_activity(
    actor: Actor,
    *,
    plot_code: str,
    activity: str,
    on: date,
    values: Values,
    uploads: Sequence[Upload] = (),
    via: str = "office",
    device_time: datetime | None = None,
    written_on: date | None = None,
) -> RecordedActivity:
    """Keep an act on a plot. ``values``: what :func:`trace.field.activity_schemas.read` gives for the kind, without ``on``.

    ``written_on`` is the day a device whose clock is known saved it; by default today. What was late is marked 补录, what is forbidden is
    kept as a fact and reported; harvests that turn out too early are held.
    """
    with operation(actor, Permission.ACTIVITY_RECORD) as op:
        plot = land.get_plot(actor, plot_code)
        written = Written(via, device_time, written_on)
        return keep_activity(op, plot, activity, on, values, uploads=uploads, written=written)


def keep_activity(
    op: Operation,
    plot: Plot,
    activity: str,
    on: date,
    values: Values,
    *,
    uploads: Sequence[Upload] = (),
    written: Written | None = None,
) -> RecordedActivity:
    """The same inside an operation that is open already; the caller has seen that the plot is the actor's."""
    kind = ActivityKind(activity)
    take_turn(safety.turn_of(land.lock_plot(plot)))
    head, content = _split({"on": on, **values})
    judged, times = _checked(op, plot, kind, head, content, written or Written())
    record = Activity.create(
        code=f"{rules.CODE_PREFIX}{on.year % 100:02d}-{next_number(f'{rules.CODE_PREFIX}{on.year}'):05d}", plot=plot, kind=kind.value,
        party=plot.operator, recorded_at=op.at,
    )  # fmt: skip
    head["photos"] = [*head.get("photos", []), *_stored(op, uploads)]
    version = _write(op, record, 1, head, judged, times, written or Written())
    op.record("activity.record", record, plot=plot.code, kind=kind.value, on=on.isoformat())
    return _finish(op, plot, version, judged, "record")


def correct_activity(
    actor: Actor,
    *,
    code: str,
    base_version: int,
    reason: str,
    values: Values,
    uploads: Sequence[Upload] = (),
    via: str = "office",
    device_time: datetime | None = None,
) -> RecordedActivity:
    """A new version with the fields that change (``values``, ``on`` among them); what was written before stays beside it.

    Raises :class:`Conflict` when another version than ``base_version`` stands now.
    """
    with operation(actor, Permission.ACTIVITY_RECORD) as op:
        record, plot, stands = _standing(actor, code, base_version, reason)
        head, content = _split(_merged(stands, values))
        kind = ActivityKind(record.kind)
        head["reason"] = reason.strip()
        written = Written(via, device_time, business_date(record.recorded_at))
        judged, times = _checked(op, plot, kind, head, content, written, code=record.code)
        head["photos"] = [*head.get("photos", []), *_stored(op, uploads)]
        version = _write(op, record, stands.version + 1, head, judged, times, written)
        if not _changes(stands, version):
            raise Invalid("没有改动任何内容。", field="reason", code="NOTHING_CHANGED")
        op.record(
            "activity.correct", record, version=version.version, reason=version.reason, fields=_changes(stands, version)
        )
        return _finish(op, plot, version, judged, "correct")


def void_activity(actor: Actor, *, code: str, base_version: int, reason: str, via: str = "office") -> RecordedActivity:
    """Mark a record as void, with a reason: it stays readable and counts no more. There is no deleting."""
    with operation(actor, Permission.ACTIVITY_RECORD) as op:
        record, plot, stands = _standing(actor, code, base_version, reason)
        copied = {name: stands.__data__[name] for name in ActivityVersion._meta.fields if name != "id"}
        version = ActivityVersion.create(
            **copied | {
                "version": stands.version + 1, "state": "void", "reason": reason.strip(), "recorded_at": op.at, "via": via,
                "recorder_id": actor.user_id, "recorder_name": actor.display_name,
            }
        )  # fmt: skip
        op.record("activity.void", record, version=version.version, reason=version.reason)
        return _finish(op, plot, version, judging.Judged({}), "void")


def _standing(actor: Actor, code: str, base: int, reason: str) -> tuple[Activity, Plot, ActivityVersion]:
    """The record, its plot and the version that stands, when it is the one the person saw."""
    record = queries.get_record(actor, code)
    plot = land.get_plot(actor, record.plot.code)
    take_turn(safety.turn_of(land.lock_plot(plot)))
    stands = queries.versions_of(record)[0]
    if stands.version != base:
        raise _conflict(stands)
    if stands.state == "void":
        raise RuleBroken("这条记录已作废，不能再改；需要时请重新登记。", code="RECORD_VOID")
    if not reason.strip():
        raise Invalid("请填写原因。", field="reason", code="REASON_MISSING")
    return record, plot, stands


def _conflict(stands: ActivityVersion) -> Conflict:
    """Scenario C3: at the office by whom and when; from another phone in the same words."""
    at = to_local(stands.recorded_at)
    who: Values = {"version": stands.version, "changed_by": stands.recorder_name, "changed_at": stands.recorded_at}
    when: Values = {"month": at.month, "day": at.day, "time": f"{at:%H:%M}"}
    if stands.via == "office":
        return Conflict(
            "该记录在办公室已于 %(month)s月%(day)s日 %(time)s 修改，请选择保留哪一版。", field="base", **who, **when
        )
    return Conflict(
        "该记录已由%(who)s在手机上于 %(month)s月%(day)s日 %(time)s 修改，请选择保留哪一版。", field="base", **who, **when,
        who=stands.recorder_name,
    )  # fmt: skip


def _split(values: Values) -> tuple[Values, Values]:
    """What every record has, and the fields of the kind."""
    head = {key: values[key] for key in rules.HEADER if key in values}
    return head, {key: value for key, value in values.items() if key not in rules.HEADER}


def as_values(version: ActivityVersion) -> Values:
    """A version as the values it came from."""
    found = {
        **version.content, "on": version.on_day, "started": _shown(version.started_at), "ended": _shown(version.ended_at),
        "note": version.note, "photos": version.photos, "late_reason": version.late_reason,
    }  # fmt: skip
    if version.lat:
        found["gps"] = {"lat": version.lat, "lon": version.lon, "accuracy": version.accuracy}
    return found


def _merged(stands: ActivityVersion, values: Values) -> Values:
    """What stands with what changes; another registration takes nothing over from the bottle before."""
    merged = {**as_values(stands), **values}
    if (
        "reg_no" in values
        and values["reg_no"] != stands.content.get("reg_no")
        and stands.activity.kind == ActivityKind.SPRAY
    ):
        for key in {"product", "actives", "label_code"} - values.keys():
            merged.pop(key, None)
    return merged


def _shown(instant: datetime | None) -> str:
    return f"{to_local(instant):%H:%M}" if instant else ""


@dataclass(frozen=True)
class _Times:
    """When it began and ended, and how late it was written down."""

    started: datetime | None
    ended: datetime | None
    lag: rules.Lag


def _checked(
    op: Operation, plot: Plot, kind: ActivityKind, head: Values, content: Values, written: Written, *, code: str = ""
) -> tuple[judging.Judged, _Times]:
    """Everything wrong with an entry, its day and times as well as its fields, told together."""
    errors: list[FieldError] = []
    judged, times = judging.Judged({}), None
    try:
        judged = judging.judge(op.actor, plot, kind, content | {"note": head.get("note", "")}, head["on"], code=code)
    except Invalid as error:
        errors += error.errors
    try:
        times = _times(op, head, written)
    except Invalid as error:
        errors += error.errors
    if errors or times is None:
        raise Invalid.of(errors)
    return judged, times


def _times(op: Operation, head: Values, written: Written) -> _Times:
    today, on = business_date(op.at), head["on"]
    why = head.get("late_reason") or head.get("reason", "")
    lag = rules.check_day(on, today, written.written_on or today, why)
    started, ended = (rules.instant(on, head.get(name, ""), name) for name in ("started", "ended"))
    rules.check_span(started, ended)
    return _Times(started, ended, lag)


def _write(
    op: Operation, record: Activity, number: int, head: Values, judged: judging.Judged, times: _Times, written: Written
) -> ActivityVersion:
    gps = head.get("gps") or {}
    judged.content.pop("note", None)
    return ActivityVersion.create(
        activity=record, version=number, on_day=head["on"], started_at=times.started, ended_at=times.ended, content=judged.content,
        findings=[_kept(item) for item in judged.findings], note=head.get("note", ""), reason=head.get("reason", ""), late_days=times.lag.late,
        late_reason=head.get("late_reason", ""), device_time=written.device_time, lat=gps.get("lat", ""), lon=gps.get("lon", ""),
        accuracy=gps.get("accuracy", ""), photos=head.get("photos", []), via=written.via, recorded_at=op.at,
        recorder_id=op.actor.user_id, recorder_name=op.actor.display_name,
    )  # fmt: skip


def _finish(
    op: Operation, plot: Plot, version: ActivityVersion, judged: judging.Judged, cause: str
) -> RecordedActivity:
    """Report what must be reported and judge the plot's harvests again where a spraying changed."""
    record, flags = version.activity, ["late"] if version.late_days else []
    beyond: list[Message] = []
    if incidents.open_incidents(op, record, judged.findings):
        flags.append("incident")
    if record.kind == ActivityKind.SPRAY:
        again = safety.judge_again(op, plot, cause)
        if any(item.outcome == "held" for item in again):
            flags.append("held")
        beyond += [_about_lot(item) for item in again]
    if record.kind == ActivityKind.SCOUT and not split_attached(version.photos)[0] and version.state == "valid":
        beyond.append(Message("监测记录没有照片，请尽量补上。"))
    warnings = [item.message for item in judged.findings] + beyond
    return RecordedActivity(record, record.code, version.version, warnings, flags, beyond)


def _about_lot(item: Any) -> Message:
    if item.outcome == "held":
        return Message("采收批 %(lot)s：%(reason)s", {"lot": item.lot.code, "reason": item.reason})
    if item.outcome == "unknown":
        return Message("采收批 %(lot)s 的安全间隔期不明，请送检。", {"lot": item.lot.code})
    return Message("采收批 %(lot)s 重新判定为已满足安全间隔期，仍须由另一人解除锁定。", {"lot": item.lot.code})


def _kept(item: Finding) -> Values:
    values = {key: value if isinstance(value, (int, str)) else str(value) for key, value in item.message.values.items()}
    return {
        "rule": item.rule, "severity": item.severity.value, "field": item.field, "template": item.message.template, "values": values,
    }  # fmt: skip


def _stored(op: Operation, uploads: Sequence[Upload]) -> list[Values]:
    """Pictures that came with the form, as references."""
    files = [keep(op, upload) for upload in uploads]
    return [{"sha256": file.sha256, "size": file.bytes, "taken_at": ""} for file in files]


def _changes(before: ActivityVersion, after: ActivityVersion) -> list[str]:
    return rules.changed(as_values(before), as_values(after))
