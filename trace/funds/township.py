"""The township's part: take an application in hand, send it back with all defects at once, look at the place by two, pass it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.audit import Operation
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.funds import file_queries, interests, rules, workflow
from trace.funds.dossier import Defect, SiteVisit
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.land.rules import LAND_CLASSES


def accept(actor: Actor, no: str, opinion: str = "") -> Application:
    """The township takes an application in hand: its papers are complete."""
    return workflow.take(actor, no, Action.ACCEPT, opinion)


def return_application(actor: Actor, no: str, opinion: str) -> Application:
    """Send an application back with one notice of all defects: a line each. The applicant has the days of the state to put them right."""
    with workflow.acting(actor, rules.permissions_for(Action.RETURN), Action.RETURN, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.RETURN)
        lines = [line.strip() for line in opinion.splitlines() if line.strip()]
        if not lines:
            raise Invalid("请一次写清需要补正的全部内容。", field="opinion", code="MISSING")
        if any(len(line) > 300 for line in lines):
            raise Invalid("每条补正内容最多 300 字，请分成几条。", field="opinion", code="TOO_LONG")
        known = file_queries.defects_of(application)
        turn = known[0].round + 1 if known else 1
        for seq, line in enumerate(lines, 1):
            Defect.create(
                application=application, round=turn, seq=seq, text=line, named_by=actor.display_name, named_at=op.at
            )
        workflow.advance(op, application, step, opinion="；".join(lines)[:500], defects=len(lines))
        return application


def post_township(actor: Actor, no: str, opinion: str = "") -> Application:
    """Post an application in the village before the township passes it, where the township wants that; the period is the state's limit."""
    return workflow.take(actor, no, Action.POST_TOWNSHIP, opinion)


@dataclass(frozen=True)
class Place:
    """What two of the township found at the place. ``land_class`` empty: as registered."""

    companion: str = ""
    visited_on: date | None = None
    tenure_ok: bool = True
    tenure_note: str = ""
    land_class: str = ""
    note: str = ""


def pass_township(actor: Actor, no: str, opinion: str, place: Place) -> Application:
    """Two of the township have looked at papers and place: the one who signs here and the colleague named with him."""
    with workflow.acting(actor, rules.permissions_for(Action.PASS_TOWNSHIP), Action.PASS_TOWNSHIP, no) as op:
        application = workflow.lock_application(actor, no)
        step = workflow.require_step(op, application, Action.PASS_TOWNSHIP)
        if not opinion.strip():
            raise Invalid("请签署初审意见。", field="opinion", code="MISSING")
        _record_place(op, application, place)
        if application.state == State.TOWNSHIP_PUBLICITY and business_date(op.at) <= application.due_on:
            raise RuleBroken(
                "乡镇公示期至 %(day)s，期满后才能初审通过。", code="PERIOD_OPEN", day=application.due_on.isoformat()
            )
        workflow.advance(op, application, step, opinion=opinion.strip(), companion=place.companion.strip())
        return application


def _record_place(op: Operation, application: Application, place: Place) -> None:
    """Keep the visit, or name every fault at once: one person alone, no photograph, a right that is not there, forbidden ground."""
    companion, day = place.companion.strip(), place.visited_on or business_date(op.at)
    land_class = place.land_class or application.plot.land_class
    photos = any(row.kind == "site_photo" for row in file_queries.documents_of(application))
    faults = [
        (
            not companion or companion == op.actor.display_name,
            "companion",
            "乡镇初审须两人到现场，请填写同行人员姓名。",
        ),
        (not photos, "site_photo", "请先上传至少一张乡镇核查照片。"),
        (day > business_date(op.at), "visited_on", "核查日期不能晚于今天。"),
        (not place.tenure_ok, "tenure_ok", "权属不符，不能初审通过，请退回补正或不予支持。"),
        (land_class == "basic_farmland", "land_class", "现场为永久基本农田，依法不得种植林果，不能初审通过。"),
        (land_class not in LAND_CLASSES, "land_class", "请选择地类。"),
    ]
    errors = [FieldError(field, "SITE_VISIT", Message(text)) for wrong, field, text in faults if wrong]
    if errors:
        raise Invalid.of(errors)
    colleague = next((user for user in file_queries.verifiers("township") if user.display_name == companion), None)
    if colleague is not None:
        interests.require_free(colleague.id, companion, application, day)
    SiteVisit.create(
        application=application, visited_on=day, officer_id=op.actor.user_id, officer_name=op.actor.display_name,
        companion_id=colleague.id if colleague else None, companion_name=companion, tenure_ok=place.tenure_ok,
        tenure_note=place.tenure_note.strip(), land_class=land_class, note=place.note.strip(), signed_at=op.at,
    )  # fmt: skip
