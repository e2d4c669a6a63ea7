"""Writing incidents: opened once, then told in entries that nobody can change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from trace import audit
from trace.audit import Operation, operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, to_local
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db import db, lock_row
from trace.db.counters import next_number
from trace.field import activity_queries as field
from trace.field.activity_models import FieldIncident
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.quality import report_queries as tests
from trace.quality.certificate_models import LabReport
from trace.recalls import queries, rules
from trace.recalls.models import Incident, IncidentEntry, IncidentLink, IncidentTest, Inquiry
from trace.scan import complaints
from trace.scan.models import Complaint


def open_incident(actor: Actor, values: dict[str, Any]) -> Incident:
    """Open an incident (``kind``, ``grade``, ``title``, ``text``, ``occurred_at``, ``known_at``; links as in :func:`link`).

    The report's clock runs from ``occurred_at``, also when the event was learnt later (opinion line 104).
    """
    with operation(actor, Permission.CASE_HANDLE) as op:
        _check_times(values["occurred_at"], values["known_at"], op.at)
        made = Incident.create(
            code=_number(op.at), kind=values["kind"], grade=values["grade"], title=values["title"].strip(), text=values["text"].strip(),
            occurred_at=values["occurred_at"], known_at=values["known_at"], opened_at=op.at, opened_by=actor.user_id,
            opener_name=actor.display_name,
        )  # fmt: skip
        linked = _link(actor, made, values)
        if values.get("report"):
            linked.append(_take_up(made, tests.get_report(actor, values["report"])).code)
        op.record("incident.open", made, grade=made.grade, links=linked)
        return made


def report(actor: Actor, code: str, to_whom: str, text: str, reason: str = "") -> IncidentEntry:
    """The written report. Its minutes past the term are counted now and stay; a late one says why (M3: “超时 5 分钟”)."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        found = _open(code)
        if queries.entry_of(found, "report"):
            raise RuleBroken("这件事已经上报，新情况请填续报。", code="REPORTED")
        late = rules.minutes_late(rules.report_due(found.occurred_at), op.at)
        mistakes = _missing(to_whom=(to_whom, "请填写报给了哪个单位。"), text=(text, "请填写上报内容。"))
        if late and not reason.strip():
            mistakes.append(FieldError("reason", "LATE", Message("已超时 %(n)s 分钟，请填写原因。", {"n": late})))
        if mistakes:
            raise Invalid(errors=mistakes)
        entry = _entry(
            found,
            "report",
            op,
            late_minutes=late,
            reason=reason.strip() if late else "",
            to_whom=to_whom.strip(),
            text=text.strip(),
        )
        op.record("incident.report", found, late_minutes=late, to=entry.to_whom)
        return entry


def call(actor: Actor, code: str, to_whom: str, text: str, at: datetime) -> IncidentEntry:
    """A report by telephone that was made at ``at``; it does not stand in for the written one."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        found = _open(code)
        mistakes = _missing(to_whom=(to_whom, "请填写电话报给了谁。"))
        if not found.occurred_at <= at <= op.at:
            mistakes.append(FieldError("at", "TIME", Message("通话时间应在事件发生之后、现在之前。")))
        if mistakes:
            raise Invalid(errors=mistakes)
        entry = _entry(found, "call", op, happened_at=at, to_whom=to_whom.strip(), text=text.strip())
        op.record("incident.call", found, to=entry.to_whom)
        return entry


def follow(actor: Actor, code: str, progress: str, cause: str, consequence: str) -> IncidentEntry:
    """A follow-up: progress, cause and consequence, all three (opinion line 104)."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        found = _open(code)
        if not queries.entry_of(found, "report"):
            raise RuleBroken("请先上报，再填续报。", code="NOT_REPORTED")
        mistakes = _missing(
            progress=(progress, "请填写进展。"), cause=(cause, "请填写原因。未查明的写“正在查”。"),
            consequence=(consequence, "请填写后果。没有的写“无”。"),
        )  # fmt: skip
        if mistakes:
            raise Invalid(errors=mistakes)
        entry = _entry(
            found, "follow", op, progress=progress.strip(), cause=cause.strip(), consequence=consequence.strip()
        )
        op.record("incident.follow", found)
        return entry


def link(actor: Actor, code: str, values: dict[str, str]) -> Incident:
    """Say what else it is about: ``lot`` (of goods or seedlings), ``complaint``, ``field_incident``, each by its number."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        found = _open(code)
        made = _link(actor, found, values)
        if not made:
            raise Invalid("请填写要关联的编号。", field="lot", code="MISSING")
        _entry(found, "link", op, text="、".join(made))
        op.record("incident.link", found, links=made)
        return found


def close(actor: Actor, code: str, conclusion: str) -> IncidentEntry:
    """End it: reported, followed up, the gravest also telephoned, its recalls ended, its questions answered."""
    with operation(actor, Permission.CASE_HANDLE) as op:
        found = _open(code)
        reasons = blockers(found)
        if reasons:
            raise RuleBroken(reasons[0], code="NOT_READY")
        if not conclusion.strip():
            raise Invalid("请填写结论。", field="conclusion", code="MISSING")
        entry = _entry(found, "close", op, text=conclusion.strip())
        op.record("incident.close", found)
        return entry


def blockers(found: Incident) -> list[str]:
    """What still has to be done before the incident can be closed, in sentences."""
    kinds = {entry.kind for entry in queries.entries_of(found)}
    open_questions = Inquiry.select().where(Inquiry.incident == found, Inquiry.answered_at.is_null()).count()
    waiting = any(case.state == "open" for case in found.recalls)
    tests = (
        ("report" not in kinds, "还没有书面上报。"),
        (found.grade in rules.BY_TELEPHONE and "call" not in kinds, "重大以上事件须立即电话报告，请补登电话报告。"),
        ("follow" not in kinds, "还没有续报进展、原因和后果。"),
        (waiting, "关联的召回还没有结案。"),
        (open_questions > 0, "还有协查没有答复。"),
    )
    return [text for failed, text in tests if failed]


def remind_due(now: datetime) -> int:
    """Write the reminder of every open, unreported incident whose time has come, once; returns how many."""
    made = 0
    for found in queries.unreported():
        if now >= rules.remind_at(found.occurred_at) and not queries.entry_of(found, "remind"):
            with db.atomic():
                _lock(found)
                IncidentEntry.create(incident=found, kind="remind", at=now, happened_at=now)
                audit.record_system("incident.remind", found.code)
            made += 1
    return made


def open_clusters(now: datetime) -> list[Incident]:
    """An incident for each lot with a cluster of complaints that no open incident is about yet; the complaints are its evidence."""
    made = []
    for lot_id, number in sorted(complaints.clusters(now).items()):
        rows = list(Complaint.select().where(Complaint.lot == lot_id).order_by(Complaint.id.desc()).limit(number))
        if queries.open_about(lot_id) or all(queries.knows_complaint(row) for row in rows):
            continue
        made.append(_from_cluster(Lot.get_by_id(lot_id), rows[::-1], now))
    return made


def _from_cluster(lot: Lot, rows: list[Complaint], now: datetime) -> Incident:
    with db.atomic():
        first, last = to_local(rows[0].filed_at).date(), to_local(rows[-1].filed_at).date()
        found = Incident.create(
            code=_number(now), kind="complaint", grade="common", title=f"批次 {lot.code} 投诉集中",
            text=f"{first} 至 {last}，批次 {lot.code} 收到 {len(rows)} 件投诉：{'、'.join(row.receipt for row in rows)}。",
            occurred_at=rows[-1].filed_at, known_at=max(now, rows[-1].filed_at), opened_at=max(now, rows[-1].filed_at),
        )  # fmt: skip
        IncidentLink.create(incident=found, lot=lot)
        for row in rows:
            IncidentLink.create(incident=found, complaint=row)
        audit.record_system("incident.open", found.code, lot=lot.code, complaints=len(rows))
        return found


def open_failed_tests(now: datetime) -> list[Incident]:
    """An incident for each laboratory report over a limit whose hold is in force (domain brief §2.4); a mere suspicion waits for a person.

    A lot that an open incident is about already keeps that one, and the report is added to it.
    """
    return [_from_test(report, now) for report in queries.failed_tests()]


def _from_test(report: LabReport, now: datetime) -> Incident:
    with db.atomic():
        found = queries.open_about(report.lot_id)
        if found is None:
            found = Incident.create(
                code=_number(now), kind="residue", grade="common", title=f"批次 {report.lot.code} 检测不合格",
                text=f"{report.lab} 报告 {report.report_no}：{report.hold.reason}。批次及由它做成的批次已锁定（{report.hold.code}）。",
                occurred_at=report.recorded_at, known_at=report.recorded_at, opened_at=max(now, report.recorded_at),
            )  # fmt: skip
            IncidentLink.create(incident=found, lot=report.lot)
            audit.record_system("incident.open", found.code, lot=report.lot.code, report=report.code)
        else:
            IncidentEntry.create(incident=found, kind="link", at=now, happened_at=now, text=report.code)
            audit.record_system("incident.link", found.code, links=[report.code])
        _take_up(found, report)
        return found


def _take_up(found: Incident, report: LabReport) -> LabReport:
    """A report has one incident."""
    if known := queries.incident_of(report):
        raise RuleBroken("这份检测报告已经立案：%(incident)s。", code="OPENED", incident=known.code)
    IncidentTest.create(incident=found, report=report)
    return report


def _number(at: datetime) -> str:
    year = business_date(at).year
    return f"SG{year % 100:02d}-{next_number(f'SG{year}'):04d}"


def _check_times(occurred: datetime, known: datetime, now: datetime) -> None:
    mistakes = []
    if known > now:
        mistakes.append(FieldError("known_at", "FUTURE", Message("获知时间不能晚于现在。")))
    if occurred > known:
        mistakes.append(FieldError("occurred_at", "ORDER", Message("发生时间不能晚于获知时间。")))
    if mistakes:
        raise Invalid(errors=mistakes)


def _missing(**given: tuple[str, str]) -> list[FieldError]:
    return [FieldError(name, "MISSING", Message(text)) for name, (value, text) in given.items() if not value.strip()]


def _open(code: str) -> Incident:
    found = _lock(queries.get_incident(code))
    if queries.entry_of(found, "close"):
        raise RuleBroken("这件事已经结案。", code="CLOSED")
    return found


def _lock(found: Incident) -> Incident:
    return lock_row(Incident.select().where(Incident.id == found.id)).get()


def _entry(found: Incident, kind: str, op: Operation, *, happened_at: datetime | None = None, **values: Any) -> Any:
    return IncidentEntry.create(
        incident=found, kind=kind, at=op.at, happened_at=happened_at or op.at, author_id=op.actor.user_id, author_name=op.actor.display_name,
        **values,
    )  # fmt: skip


def _link(actor: Actor, found: Incident, values: dict[str, Any]) -> list[str]:
    """Add the links named by numbers; unknown numbers are mistakes of the form, known ones are left alone."""
    named: list[tuple[str, str, Any]] = []
    for name, finder in (("lot", _lot), ("complaint", _complaint), ("field_incident", _field_incident)):
        for text in str(values.get(name) or "").replace("，", " ").replace("、", " ").split():
            row = finder(actor, text)
            if row is None:
                raise Invalid("没有编号 %(number)s，请核对。", field=name, code="UNKNOWN", number=text)
            named.append((name, text, row))
    made = []
    for name, text, row in named:
        column = getattr(IncidentLink, name)
        if not IncidentLink.select().where(IncidentLink.incident == found, column == row.id).exists():
            IncidentLink.create(incident=found, **{name: row})
            made.append(text)
    return made


def _lot(_actor: Actor, code: str) -> Lot | None:
    return lots.lot_by_code(code)


def _complaint(actor: Actor, receipt: str) -> Complaint | None:
    try:
        return complaints.get_complaint(actor, receipt)
    except NotFound:
        return None


def _field_incident(actor: Actor, code: str) -> FieldIncident | None:
    return field.visible_incidents(actor).where(FieldIncident.code == code).first()
