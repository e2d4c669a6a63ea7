"""The office's doors of scans: figures, alerts, complaints."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date, utcnow
from trace.files.doors import download
from trace.labels.codes import book
from trace.land.doors import counted
from trace.scan import alerts, complaints, figures
from trace.scan.complaint_rules import COMPLAINT_KINDS, COMPLAINT_STATES, STATE_TONES
from trace.scan.schemas import FindingSchema, ReplySchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("scans", __name__, url_prefix="/scans")
SHOWN = 50


def _dashboard(values: dict[str, Any], errors: dict[str, str], code: str = "") -> str:
    actor, until = current_actor(), business_date()
    length = request.args.get("days", type=int)
    length = length if length in figures.PERIODS else figures.PERIODS[1]
    runs = figures.by_run(actor, until, length)
    return render_template(
        "scan/dashboard.html", length=length, periods=figures.PERIODS, days=figures.days(actor, until, length), runs=runs[:SHOWN],
        lots=figures.grouped(runs, lambda row: (row.lot, row.product))[:SHOWN], more=max(0, len(runs) - SHOWN),
        townships=figures.grouped(runs, lambda row: (row.township, "")), total=figures.grouped(runs, lambda row: ("", "")),
        alerts=alerts.alerts(actor), settled=alerts.alerts(actor, settled=True, limit=10), values=values, errors=errors, failed=code,
    )  # fmt: skip


@bp.get("")
@access(Permission.SCAN_READ)
def dashboard() -> ResponseReturnValue:
    """Scans of the packs in one's charge, and codes that look copied."""
    return _dashboard({}, {})


@bp.post("/alerts/<code>")
@access(Permission.SCAN_SETTLE)
@form_view(_dashboard)
def settle(code: str) -> ResponseReturnValue:
    """Say what was found about a suspicious code."""
    alerts.settle_alert(current_actor(), code, load(FindingSchema(), form_values())["finding"])
    done("预警已处理，扫码页不再提示；以后再出现同样情况会重新预警。")
    return redirect(url_for("scans.dashboard"))


@bp.get("/complaints")
@access(Permission.COMPLAINT_READ)
def list_complaints() -> ResponseReturnValue:
    """Complaints in one's charge; lots with several of them are marked."""
    state, lot = request.args.get("state", ""), request.args.get("lot", "")
    query = complaints.visible_complaints(current_actor())
    if state in COMPLAINT_STATES:
        query = query.where(complaints.Complaint.state == state)
    if lot:
        query = query.where(complaints.Lot.code == lot)
    return render_template(
        "scan/complaints.html", page=page_by_id(query, complaints.Complaint.id), clusters=complaints.clusters(utcnow()), state=state, lot=lot,
        kinds=COMPLAINT_KINDS, states=COMPLAINT_STATES, tones=STATE_TONES, today=business_date(),
    )  # fmt: skip


def _complaint(values: dict[str, Any], errors: dict[str, str], receipt: str, contact: str = "") -> str:
    actor = current_actor()
    row = complaints.get_complaint(actor, receipt)
    return render_template(
        "scan/complaint_office.html", row=row, replies=complaints.replies_of(row), kinds=COMPLAINT_KINDS, tones=STATE_TONES, states=COMPLAINT_STATES,
        same_lot=complaints.clusters(utcnow()).get(row.lot_id, 0), code=book().write(row.serial) if row.serial else "", today=business_date(),
        photos=complaints.photos_of(row), may_answer=actor.can(Permission.COMPLAINT_ANSWER) and row.state == "open", office=actor.county_wide, contact=contact, values=values,
        errors=errors,
    )  # fmt: skip


@bp.get("/complaints/<receipt>")
@access(Permission.COMPLAINT_READ)
def show_complaint(receipt: str) -> ResponseReturnValue:
    """One complaint: what was said, about which pack, until when to answer."""
    return _complaint({}, {}, receipt)


@bp.get("/complaints/<receipt>/photos/<seq>")
@access(Permission.COMPLAINT_READ)
def photo(receipt: str, seq: str) -> ResponseReturnValue:
    """A photograph the consumer sent along, as a download."""
    return download(complaints.photo(current_actor(), receipt, counted(seq)))


@bp.post("/complaints/<receipt>/reply")
@access(Permission.COMPLAINT_ANSWER)
@form_view(_complaint)
def reply(receipt: str) -> ResponseReturnValue:
    """Explain (producer) or answer (office)."""
    body = load(ReplySchema(), form_values())
    complaints.reply(current_actor(), receipt, body["text"], closes=body["closes"])
    done("已答复，消费者凭回执编号可以看到。" if body["closes"] else "情况说明已保存。")
    return redirect(url_for("scans.show_complaint", receipt=receipt))


@bp.post("/complaints/<receipt>/contact")
@access(Permission.COMPLAINT_ANSWER)
def reveal_contact(receipt: str) -> ResponseReturnValue:
    """Show how to reach the person, once; the look is kept in the trail."""
    return _complaint({}, {}, receipt, complaints.reveal_contact(current_actor(), receipt))
