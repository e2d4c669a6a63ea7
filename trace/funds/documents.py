"""Papers and photographs of an application: handed in, struck out, asked for, looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.files.models import StoredFile
from trace.files.rules import Upload
from trace.files.services import keep
from trace.funds import file_rules, workflow
from trace.funds.dossier import ApplicationDocument
from trace.funds.file_queries import get_document
from trace.funds.models import Application
from trace.funds.rules import State
from trace.land.rules import EVIDENCE_ACCURACY_M

P = Permission
JUDGES = (P.APPLICATION_ACCEPT, P.APPLICATION_REVIEW, P.APPLICATION_AUDIT, P.PAYMENT_MAKE, P.PAYMENT_CHECK)
"""Who may look at papers with personal numbers, beside the applicant."""
APPLICANT_STATES = (State.DRAFT, State.RETURNED, State.RECTIFYING, State.FIELD_FAILED)
"""When the applicant may change the papers; afterwards only officials add theirs, and nobody once the file is before the leading group."""
OFFICIAL_STATES: dict[str, tuple[tuple[Permission, ...], tuple[State, ...]]] = {
    "site_photo": ((P.APPLICATION_ACCEPT,), (State.SUBMITTED, State.TOWNSHIP_ACCEPTED, State.TOWNSHIP_PUBLICITY)),
    "board": ((P.APPLICATION_ACCEPT,), (State.TOWNSHIP_ACCEPTED, State.TOWNSHIP_PUBLICITY)),
    "field_photo": (
        (P.APPLICATION_VERIFY_FORESTRY, P.APPLICATION_VERIFY_FINANCE), (State.FIELD_SCHEDULED, State.FIELD_PASSED)
    ),
    "other": ((P.APPLICATION_ACCEPT, P.APPLICATION_REVIEW), (State.TOWNSHIP_ACCEPTED, State.FIELD_PASSED)),
}  # fmt: skip
"""Which official adds what, and while the application stands where."""


@dataclass(frozen=True)
class Taken:
    """When and where a photograph was taken."""

    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: int | None = None


def kinds_for(actor: Actor, application: Application) -> list[str]:
    """The kinds of papers this person may add now."""
    found = []
    if actor.can(P.APPLICATION_SUBMIT) and application.state in APPLICANT_STATES:
        found += [kind for kind in file_rules.APPLICANT_KINDS if kind != "replant" or application.state != State.DRAFT]
    for kind, (permissions, states) in OFFICIAL_STATES.items():
        if application.state in states and any(actor.can(permission) for permission in permissions):
            found.append(kind)
    return list(dict.fromkeys(found))


def add_document(
    actor: Actor, no: str, kind: str, upload: Upload | None, *, title: str = "", taken: Taken | None = None
) -> ApplicationDocument:
    """Keep one paper of an application. A photograph of an official says when and where it was taken."""
    with operation(actor, _permission(actor, kind)) as op:
        application = workflow.lock_application(actor, no)
        _require_allowed(actor, application, kind)
        taken = taken or Taken()
        _require_complete(kind, upload, taken)
        assert upload is not None
        document = ApplicationDocument.create(
            application=application, seq=_next_seq(application), kind=kind, title=title.strip(), file=keep(op, upload),
            round=application.field_round, taken_at=taken.at, lon=taken.lon, lat=taken.lat, uploaded_by=actor.user_id,
            uploader_name=actor.display_name, at=op.at,
        )  # fmt: skip
        op.record("application.document", application, kind=kind, seq=document.seq, sha256=document.file.sha256)
        return document


def strike_document(actor: Actor, no: str, seq: int, reason: str) -> None:
    """Take a paper out of the file that was handed in by mistake; it stays readable for the audit."""
    with operation(actor, P.FUND_READ) as op:
        application = workflow.lock_application(actor, no)
        document = get_document(application, seq)
        if document.uploaded_by != actor.user_id or document.kind not in kinds_for(actor, application):
            raise RuleBroken("材料只能由上传人在可以修改时撤下。", code="DOCUMENT_FIXED")
        if not reason.strip():
            raise Invalid("请填写撤下材料的原因。", field="reason", code="MISSING")
        document.struck_at, document.struck_reason = op.at, reason.strip()
        document.save(only=[ApplicationDocument.struck_at, ApplicationDocument.struck_reason])
        op.record("application.strike_document", application, seq=seq, reason=reason.strip())


def take_document(actor: Actor, application: Application, seq: int) -> StoredFile:
    """The file of a paper for a reader; a look at a paper with personal numbers is kept, and not for everybody."""
    document = get_document(application, seq)
    if not may_read(actor, application, document.kind):
        raise NotFound()
    if document.kind in file_rules.PERSONAL:
        with operation(actor, P.FUND_READ) as op:
            op.record("application.view_document", application, seq=seq, kind=document.kind)
    return document.file


def may_read(actor: Actor, application: Application, kind: str) -> bool:
    """Papers with personal numbers are for the applicant's side and for those who judge or pay."""
    own = actor.party_id in {application.applicant_id, application.agent_id} - {None}
    return kind not in file_rules.PERSONAL or own or any(actor.can(permission) for permission in JUDGES)


def _permission(actor: Actor, kind: str) -> Permission:
    if kind not in file_rules.DOCUMENT_KINDS:
        raise Invalid("请选择材料种类。", field="kind", code="CHOICE")
    wanted = OFFICIAL_STATES[kind][0] if kind in OFFICIAL_STATES else (P.APPLICATION_SUBMIT,)
    if kind in file_rules.APPLICANT_KINDS:
        wanted = (*wanted, P.APPLICATION_SUBMIT)
    return next((permission for permission in wanted if actor.can(permission)), wanted[0])


def _require_allowed(actor: Actor, application: Application, kind: str) -> None:
    if kind in kinds_for(actor, application):
        return
    raise RuleBroken(
        "当前状态‘%(state)s’，不能上传‘%(kind)s’。", code="DOCUMENT_CLOSED", state=State(application.state).label,
        kind=file_rules.DOCUMENT_KINDS[kind],
    )  # fmt: skip


def _require_complete(kind: str, upload: Upload | None, taken: Taken) -> None:
    if upload is None:
        raise Invalid("请选择要上传的文件。", field="scan", code="MISSING")
    if kind != "field_photo":
        return
    errors = []
    if taken.at is None:
        errors.append(FieldError("taken_at", "MISSING", Message("请填写拍摄时间。")))
    if taken.lon is None or taken.lat is None:
        errors.append(FieldError("lat", "MISSING", Message("请填写拍摄位置（纬度、经度）。")))
    if taken.accuracy_m is not None and taken.accuracy_m > EVIDENCE_ACCURACY_M:
        text = Message("定位误差 %(m)s 米，建议到空旷处重新定位。", {"m": taken.accuracy_m})
        errors.append(FieldError("accuracy", "ACCURACY", text))
    if errors:
        raise Invalid.of(errors)


def _next_seq(application: Application) -> int:
    rows = ApplicationDocument.select(fn.MAX(ApplicationDocument.seq))
    return int(rows.where(ApplicationDocument.application == application.id).scalar() or 0) + 1


def record_download(actor: Actor, application: Application, action: str, **detail: Any) -> None:
    """Keep that somebody took a whole file with them."""
    with operation(actor, P.FUND_READ) as op:
        op.record(action, application, **detail)
