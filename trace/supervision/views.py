"""HTML doors of supervision: the overview, inspections, findings and their way, evaluations, papers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date, utcnow
from trace.core.errors import NotFound
from trace.files.doors import download, uploaded
from trace.land.doors import all_uploaded, counted
from trace.registry import queries as register
from trace.supervision import papers, queries, rules, schemas, score_views, services
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("supervision", __name__)
bp.register_blueprint(score_views.bp)
P = Permission
READ = P.SUPERVISION_READ
WORDS = {
    "states": {s.value: s.label for s in rules.State}, "actions": {"find": "发现问题", **{a.value: a.label for a in rules.Action}},
    "sources": rules.SOURCES, "causes": rules.CAUSES, "kinds": rules.INSPECTION_KINDS, "papers": rules.PAPERS, "urgencies": rules.URGENCIES,
    "escalated": rules.ESCALATED_TO,
}  # fmt: skip


def _options(words: dict[str, str]) -> list[tuple[str, str]]:
    return [(key, _(word)) for key, word in words.items()]


def _townships() -> list[tuple[str, str]]:
    return [(t.code, t.name) for t in register.townships()]


@bp.get("/supervision")
@access(READ)
def overview() -> ResponseReturnValue:
    """Open, overdue and closed; causes; findings by state, township and cause; the latest inspections."""
    actor, now = current_actor(), utcnow()
    chosen = {name: request.args.get(name, "") for name in ("state", "township", "cause", "late")}
    query = queries.filtered_findings(
        actor,
        state=chosen["state"],
        township=chosen["township"],
        cause=chosen["cause"],
        late=now if chosen["late"] else None,
    )
    page = page_by_id(query, queries.Finding.id)
    return render_template(
        "supervision/overview.html", page=page, counts=queries.counts(actor, now), causes=queries.by_cause(actor), chosen=chosen, words=WORDS,
        inspections=list(queries.visible_inspections(actor).order_by(queries.Inspection.id.desc()).limit(8)), now=now,
        marks=queries.late_marks(page.items), townships=_townships(), clock=queries.CLOCK_RUNS, tone=tone,
    )  # fmt: skip


def tone(state: str) -> str:
    """The colour word of a state."""
    return {"closed": "ok", "not_passed": "stop", "circular": "stop", "found": "draft", "notice_draft": "draft"}.get(
        state, "todo"
    )


def _inspection_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "supervision/inspection_form.html", values={"planned_on": business_date().isoformat(), **values}, errors=errors,
        kinds=_options(rules.INSPECTION_KINDS), townships=_townships(),
    )  # fmt: skip


@bp.get("/supervision/inspections/new")
@access(P.SUPERVISION_INSPECT)
def new_inspection() -> ResponseReturnValue:
    """The page to plan a visit."""
    return _inspection_form({}, {})


@bp.post("/supervision/inspections/new")
@access(P.SUPERVISION_INSPECT)
@form_view(_inspection_form)
def plan_inspection() -> ResponseReturnValue:
    """Plan a visit."""
    row = services.plan_inspection(current_actor(), **load(schemas.InspectionSchema(), form_values()))
    done("督查 %(no)s 已列入计划。", no=row.no)
    return redirect(url_for("supervision.show_inspection", no=row.no))


def _inspection_page(values: dict[str, Any], errors: dict[str, str], no: str) -> str:
    actor = current_actor()
    row = queries.get_inspection(actor, no)
    found = list(queries.visible_findings(actor).where(queries.Finding.inspection == row).order_by(queries.Finding.id))
    values = {"visited_on": business_date().isoformat(), "people": row.people, **values}
    return render_template(
        "supervision/inspection.html", row=row, findings=found, values=values, errors=errors, words=WORDS, tone=tone
    )


@bp.get("/supervision/inspections/<no>")
@access(READ)
def show_inspection(no: str) -> ResponseReturnValue:
    """One inspection: plan, visit, what was found."""
    return _inspection_page({}, {}, no)


@bp.post("/supervision/inspections/<no>")
@access(P.SUPERVISION_INSPECT)
@form_view(_inspection_page)
def visit(no: str) -> ResponseReturnValue:
    """Record that the visit took place."""
    services.visit(current_actor(), no, **load(schemas.VisitSchema(), form_values()))
    done("督查情况已登记。")
    return redirect(url_for("supervision.show_inspection", no=no))


def _finding_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    no = values.get("inspection", "")
    row = queries.get_inspection(current_actor(), no) if no else None
    return render_template(
        "supervision/finding_form.html", values={"found_on": business_date().isoformat(), **values}, errors=errors, inspection=row,
        townships=_townships(), causes=_options(rules.CAUSES), sources=_options(rules.SOURCES),
    )  # fmt: skip


@bp.get("/supervision/findings/new")
@access(P.SUPERVISION_INSPECT)
def new_finding() -> ResponseReturnValue:
    """The page to write down a problem."""
    return _finding_form({"inspection": request.args.get("inspection", "")}, {})


@bp.post("/supervision/findings/new")
@access(P.SUPERVISION_INSPECT)
@form_view(_finding_form)
def find() -> ResponseReturnValue:
    """Write down a problem."""
    row = services.find(current_actor(), photos=all_uploaded("photos"), **load(schemas.FindingSchema(), form_values()))
    done("整改事项 %(code)s 已登记。", code=row.code)
    return redirect(url_for("supervision.show_finding", code=row.code))


def _finding_page(values: dict[str, Any], errors: dict[str, str], code: str, action: str = "") -> str:
    actor, now = current_actor(), utcnow()
    row = queries.get_finding(actor, code)
    state = queries.standing(row, now)
    closed = [
        (a, reason[1]) for a, step in rules.STEPS.items()
        if state.state in step.sources and actor.can(step.permission) and (reason := rules.blocked(state, a, actor.user_id))
        and reason[0] not in ("ALREADY_NOTICE", "ESCALATED")
    ]  # fmt: skip
    return render_template(
        "supervision/finding.html", row=row, steps=queries.steps_of(row), photos=queries.photos_of(row), allowed=queries.allowed(actor, row, now),
        marks=queries.late_marks([row]).get(row.id, []), late=rules.is_late(row.paper, row.due_at, row.reported_at, now),
        days=rules.days_late(row.due_at, row.reported_at or now) if row.due_at else 0, blocked=closed, values=values, errors=errors, tried=action,
        words=WORDS, tone=tone(row.state), urgencies=_options(rules.URGENCIES), escalations=_options(rules.ESCALATED_TO),
    )  # fmt: skip


@bp.get("/supervision/findings/<code>")
@access(READ)
def show_finding(code: str) -> ResponseReturnValue:
    """One finding: facts, demand, deadline, the way so far, what can be done now."""
    return _finding_page({}, {}, code)


@bp.post("/supervision/findings/<code>/<action>")
@access(P.SUPERVISION_ISSUE, P.RECTIFICATION_REPORT, P.RECTIFICATION_RECHECK)
@form_view(_finding_page)
def act(code: str, action: str) -> ResponseReturnValue:
    """One step on the way."""
    row = services.act(current_actor(), code, action, load(schemas.StepSchema(), form_values()), all_uploaded("photos"))
    done("已登记：%(action)s。", action=_(WORDS["actions"][action]))
    return redirect(url_for("supervision.show_finding", code=row.code))


@bp.get("/supervision/findings/<code>/photos/<step>/<seq>")
@access(READ)
def photo(code: str, step: str, seq: str) -> Response:
    """A photograph handed in with a step."""
    return download(queries.get_photo(queries.get_finding(current_actor(), code), counted(step), counted(seq)))


@bp.get("/supervision/findings/<code>/<kind>.pdf")
@access(READ)
def paper(code: str, kind: str) -> Response:
    """The 提示函 or 整改通知, or the 情况通报 once there is one."""
    row = queries.get_finding(current_actor(), code)
    drafted = row.state != rules.State.FOUND
    told = any(step.action == rules.Action.CIRCULATE for step in queries.steps_of(row))
    if not {"letter": drafted, "circular": told}.get(kind, False):
        raise NotFound()
    body = papers.letter(row) if kind == "letter" else papers.circular(row)
    return pdf(body, f"{row.code}-{kind}.pdf")


def pdf(body: bytes, name: str) -> Response:
    """A paper shown in the browser."""
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _evaluation_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    rows = queries.visible_evaluations(current_actor()).order_by(queries.Evaluation.id.desc())
    values = {"year": str(business_date().year), "reported_on": business_date().isoformat(), **values}
    return render_template(
        "supervision/evaluations.html", rows=list(rows.limit(200)), values=values, errors=errors, townships=_townships()
    )


@bp.get("/supervision/evaluations")
@access(READ)
def evaluations() -> ResponseReturnValue:
    """Evaluations by third parties."""
    return _evaluation_page({}, {})


@bp.post("/supervision/evaluations")
@access(P.SUPERVISION_INSPECT)
@form_view(_evaluation_page)
def evaluate() -> ResponseReturnValue:
    """Keep an evaluation with its report."""
    row = services.evaluate(
        current_actor(), report=uploaded("report"), **load(schemas.EvaluationSchema(), form_values())
    )
    done("评估 %(code)s 已登记。", code=row.code)
    return redirect(url_for("supervision.evaluations"))


@bp.get("/supervision/evaluations/<code>/report")
@access(READ)
def evaluation_report(code: str) -> Response:
    """The report of an evaluation."""
    row = queries.get_evaluation(current_actor(), code)
    if row.report_id is None:
        raise NotFound()
    return download(row.report)
