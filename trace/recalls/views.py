"""HTML doors of incidents and recalls, for the offices; those of holders and of drills hang below."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import to_local, utcnow
from trace.lots import queries as lots
from trace.nursery import queries as nursery
from trace.pdf.render import render
from trace.quality import report_queries as tests
from trace.quality import test_rules
from trace.recalls import drill_views, incidents, notice_views, pack, queries, reach, rules, schemas, services
from trace.scan import complaints
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id
from trace.web.sheets import attachment

bp = Blueprint("recalls", __name__, url_prefix="/recalls")
bp.register_blueprint(notice_views.bp)
bp.register_blueprint(drill_views.bp)
P = Permission
WORDS = {
    "kinds": rules.INCIDENT_KINDS, "grades": rules.GRADES, "entry_kinds": rules.ENTRY_KINDS, "levels": rules.LEVELS,
    "states": rules.RECALL_STATES, "tones": rules.STATE_TONES, "hours": rules.START_HOURS, "days": rules.FINISH_DAYS,
}  # fmt: skip


@bp.get("")
@access(P.CASE_READ)
def index() -> ResponseReturnValue:
    """Incidents, recalls, and recall orders that nobody has opened a case for."""
    page = page_by_id(queries.incidents(), incidents.Incident.id)
    cases = list(queries.recalls().limit(50))
    return render_template(
        "recalls/index.html", page=page, entries=queries.states_of(page.items), cases=cases, sums={c.id: queries.sums_of(c) for c in cases},
        orphans=queries.without_case(current_actor()), due=rules.report_due, remind=rules.remind_at, now=utcnow(), **WORDS,
    )  # fmt: skip


def _incident_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("recalls/incident_form.html", values=values, errors=errors, **WORDS)


@bp.get("/incidents/new")
@access(P.CASE_HANDLE)
def new_incident() -> ResponseReturnValue:
    """The form to open an incident; a complaint or a lot named in the address is filled in."""
    now = to_local(utcnow()).strftime("%Y-%m-%dT%H:%M")
    values = {"known_at": now, "grade": "common", **request.args.to_dict()}
    if receipt := request.args.get("complaint"):
        row = complaints.get_complaint(current_actor(), receipt)
        values |= {
            "kind": "complaint", "lot": row.lot.code, "title": f"{row.lot.code} {row.lot.product.name}", "text": row.text,
            "occurred_at": to_local(row.filed_at).strftime("%Y-%m-%dT%H:%M"),
        }  # fmt: skip
    if code := request.args.get("report"):
        report = tests.get_report(current_actor(), code)
        if known := queries.incident_of(report):
            return redirect(url_for("recalls.show_incident", code=known.code))
        values |= _about_test(report)
    return _incident_form(values, {})


def _about_test(report: Any) -> dict[str, str]:
    """What the form says of a laboratory report; the clock runs from when it was known here."""
    return {
        "kind": "residue", "lot": report.lot.code, "title": f"批次 {report.lot.code} {test_rules.CONCLUSIONS[report.conclusion]}",
        "text": f"{report.lab} 报告 {report.report_no}：{report.hold.reason if report.hold_id else ''}",
        "occurred_at": to_local(report.recorded_at).strftime("%Y-%m-%dT%H:%M"), "report": report.code,
    }  # fmt: skip


@bp.post("/incidents/new")
@access(P.CASE_HANDLE)
@form_view(_incident_form)
def open_incident() -> ResponseReturnValue:
    """Open it; the clock of the report runs from the event."""
    made = incidents.open_incident(current_actor(), load(schemas.IncidentSchema(), form_values()))
    done("事件 %(code)s 已立案，请在期限前上报。", code=made.code)
    return redirect(url_for("recalls.show_incident", code=made.code))


def _incident(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor, found, now = current_actor(), queries.get_incident(code), utcnow()
    entries = queries.entries_of(found)
    due = rules.report_due(found.occurred_at)
    return render_template(
        "recalls/incident.html", row=found, entries=entries, links=queries.links_of(found), tests=queries.tests_of(found), due=due, remind=rules.remind_at(found.occurred_at),
        late=rules.minutes_late(due, now), left=(due - now) // timedelta(minutes=1), report=next((e for e in entries if e.kind == "report"), None),
        closed=next((e for e in entries if e.kind == "close"), None), blockers=incidents.blockers(found), recalls=list(found.recalls),
        inquiries=list(queries.visible_inquiries(actor).where(notice_views.Inquiry.incident == found)), values=values, errors=errors, now=now,
        **WORDS,
    )  # fmt: skip


@bp.get("/incidents/<code>")
@access(P.CASE_READ)
def show_incident(code: str) -> ResponseReturnValue:
    """One incident: its clock, its story, what it is about."""
    return _incident({}, {}, code)


@bp.get("/incidents/<code>/print.pdf")
@access(P.CASE_READ)
def print_incident(code: str) -> ResponseReturnValue:
    """The incident as a paper, with questions asked and answers given."""
    found = queries.get_incident(code)
    body = render(
        "recalls/incident_print.html", row=found, entries=queries.entries_of(found), links=queries.links_of(found),
        due=rules.report_due(found.occurred_at), recalls=list(found.recalls), generated_at=utcnow(),
        inquiries=list(queries.visible_inquiries(current_actor()).where(notice_views.Inquiry.incident == found)), **WORDS,
    )  # fmt: skip
    return _pdf(body, f"{code}.pdf")


@bp.post("/incidents/<code>/<action>")
@access(P.CASE_HANDLE)
@form_view(lambda values, errors, code, action: _incident(values, errors, code))
def act(code: str, action: str) -> ResponseReturnValue:
    """Report, telephone, follow up, link or close."""
    deeds: dict[str, tuple[Any, Any, str]] = {
        "report": (schemas.ReportSchema, incidents.report, "已登记上报。"),
        "call": (schemas.CallSchema, incidents.call, "电话报告已登记。"),
        "follow": (schemas.FollowSchema, incidents.follow, "续报已登记。"),
        "close": (schemas.CloseSchema, incidents.close, "事件已结案。"),
    }
    actor = current_actor()
    if action == "link":
        incidents.link(actor, code, load(schemas.LinkSchema(), form_values()))
        done("已关联。")
    elif action in deeds:
        schema, service, said = deeds[action]
        service(actor, code, **load(schema(), form_values()))
        done(said)
    else:
        raise incidents.NotFound()
    return redirect(url_for("recalls.show_incident", code=code))


def _recall_form(values: dict[str, Any], errors: dict[str, str], lot: str = "", code: str = "") -> str:
    actor = current_actor()
    hold = lots.hold_by_code(code) if code else None
    if code and (hold is None or hold.kind != "recall"):
        raise incidents.NotFound()
    row = lots.get_lot(actor, hold.lot.code if hold else lot)
    reached = lots.descendants(row.id)
    return render_template(
        "recalls/recall_form.html", lot=row, hold=hold, reached=len(reached), values=values, errors=errors, **WORDS
    )


@bp.get("/new/<lot>")
@access(P.RECALL_OPEN)
def new_recall(lot: str) -> ResponseReturnValue:
    """The form to recall a lot and open the case at once."""
    known = to_local(utcnow()).strftime("%Y-%m-%dT%H:%M")
    return _recall_form({"known_at": known, **request.args.to_dict()}, {}, lot)


@bp.post("/new/<lot>")
@access(P.RECALL_OPEN)
@form_view(_recall_form)
def start(lot: str) -> ResponseReturnValue:
    """Recall it: order, affected lots and notices in one transaction."""
    case = services.start_recall(current_actor(), lot, load(schemas.RecallCaseSchema(), form_values()))
    done("召回 %(code)s 已启动，通知已送达各持有单位。", code=case.code)
    return redirect(url_for("recalls.show", code=case.code))


@bp.get("/<code>/case")
@access(P.CASE_HANDLE)
def new_case(code: str) -> ResponseReturnValue:
    """The form to open a case for a recall order in force."""
    hold = lots.hold_by_code(code)
    known = to_local(hold.placed_at if hold else utcnow()).strftime("%Y-%m-%dT%H:%M")
    return _recall_form({"known_at": known}, {}, code=code)


@bp.post("/<code>/case")
@access(P.CASE_HANDLE)
@form_view(_recall_form)
def take_up(code: str) -> ResponseReturnValue:
    """Open it."""
    case = services.take_up(current_actor(), code, load(schemas.CaseSchema(), form_values()))
    done("召回 %(code)s 已立案，通知已送达各持有单位。", code=case.code)
    return redirect(url_for("recalls.show", code=case.code))


def _recall(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    case = queries.get_recall(code)
    holders = queries.holders_of(case)
    return render_template(
        "recalls/recall.html", case=case, holders=holders, sums=sum((h.sums for h in holders), rules.Sums()), now=utcnow(),
        statements=queries.statements_of(case)[:20], today=to_local(utcnow()).date(), values=values, errors=errors, **WORDS,
    )  # fmt: skip


@bp.get("/<code>")
@access(P.CASE_READ)
def show(code: str) -> ResponseReturnValue:
    """One recall: terms, holders, kilograms, how much is under control."""
    return _recall({}, {}, code)


@bp.post("/<code>/state")
@access(P.CASE_HANDLE)
@form_view(_recall)
def state(code: str) -> ResponseReturnValue:
    """State quantities of a lot for a holder."""
    body = load(schemas.StatementSchema(), form_values())
    services.state(current_actor(), code, body.pop("lot"), body)
    done("数量已登记。")
    return redirect(url_for("recalls.show", code=code))


@bp.post("/<code>/close")
@access(P.CASE_HANDLE)
@form_view(_recall)
def close(code: str) -> ResponseReturnValue:
    """End it."""
    services.close(current_actor(), code, load(schemas.EndSchema(), form_values())["reason"])
    done("召回已结案。扫码页仍显示召回，解除须在“封存与召回”由另一人办理。")
    return redirect(url_for("recalls.show", code=code))


@bp.post("/<code>/mistake")
@access(P.CASE_HANDLE)
@form_view(_recall)
def mistake(code: str) -> ResponseReturnValue:
    """Correct a recall opened in error."""
    services.mistaken(current_actor(), code, load(schemas.MistakeSchema(), form_values())["mistake"])
    done("误发已更正，扫码页恢复正常，经过保留可查。")
    return redirect(url_for("recalls.show", code=code))


@bp.get("/<code>/pack.xlsx")
@access(P.CASE_READ)
def workbook(code: str) -> ResponseReturnValue:
    """The recall pack."""
    return attachment(pack.take_pack(current_actor(), code), f"{code}.xlsx")


@bp.get("/<code>/report.pdf")
@access(P.CASE_READ)
def paper(code: str) -> ResponseReturnValue:
    """Plan, notice, quantities and end of a recall as a paper."""
    case = queries.get_recall(code)
    holders = queries.holders_of(case)
    body = render(
        "recalls/recall_print.html", case=case, holders=holders, sums=sum((h.sums for h in holders), rules.Sums()), generated_at=utcnow(),
        statements=queries.statements_of(case), **WORDS,
    )  # fmt: skip
    return _pdf(body, f"{code}.pdf")


@bp.get("/seedlings/<lot>")
@access(P.CASE_READ)
def seedling_reach(lot: str) -> ResponseReturnValue:
    """From a seedling lot to plots, lots, labels, scan regions and contacts."""
    seedling = nursery.get_seedling(current_actor(), lot)
    return render_template("recalls/reach.html", seedling=seedling, reach=reach.reach_of(seedling.lot_id))


@bp.get("/complaints/<receipt>/seedlings")
@access(P.CASE_READ)
def seedling_origins(receipt: str) -> ResponseReturnValue:
    """From a complaint back to the seedlings, with exact shares."""
    row = complaints.get_complaint(current_actor(), receipt)
    return render_template("recalls/origins.html", row=row, origins=reach.origins_of(row.lot))


def _pdf(body: bytes, name: str) -> Response:
    return attachment(body, name, "application/pdf")
