"""HTML doors of public money: overview, applications."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.funds import (
    actions,
    budgets,
    claim_views,
    claims,
    findings,
    gate,
    ledger,
    notice_views,
    offers,
    payment_views,
    queries,
    rules,
    services,
)
from trace.funds.schemas import ActionSchema, ApplicationSchema, AppropriationSchema
from trace.land import queries as land
from trace.land.doors import plot_options
from trace.programmes import rules as notice_words
from trace.programmes.queries import open_programmes, visible_programmes
from trace.programmes.sheet import lines_of
from trace.programmes.views import programme_page
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("funds", __name__)
bp.register_blueprint(claim_views.bp)
bp.register_blueprint(notice_views.bp)
bp.register_blueprint(payment_views.bp)
P = Permission


@bp.context_processor
def words() -> dict[str, Any]:
    """The words and tones of states, for every template of this domain."""
    return {"funds": rules, "schemes": notice_words}


@bp.get("/funds")
@access(P.FUND_READ)
def overview() -> ResponseReturnValue:
    """Programmes with their budgets, and what waits for me."""
    actor = current_actor()
    found = list(visible_programmes(actor).limit(60))
    money = queries.budgets([row.id for row in found])
    waiting = [item for item in queries.waiting_for(actor) if item[1]]
    return render_template(
        "funds/overview.html", programmes=found, budgets=money, remaining=ledger.remaining_fen,
        waiting=[{"label": _(label), "count": count, "href": href} for label, count, href in waiting],
    )  # fmt: skip


@bp.post("/funds/programmes/<code>/appropriate")
@access(P.BUDGET_APPROPRIATE)
@form_view(programme_page)
def appropriate(code: str) -> ResponseReturnValue:
    """Book an appropriation."""
    body = load(AppropriationSchema(), form_values())
    budgets.appropriate(current_actor(), code, body["amount_fen"], body["doc_no"])
    done("预算指标已入账。")
    return redirect(url_for("programmes.show_programme", code=code))


@bp.get("/funds/applications")
@access(P.FUND_READ)
def applications() -> ResponseReturnValue:
    """The applications in one's charge, with sums above and filters in the address."""
    actor = current_actor()
    known = {state.value for state in rules.State}
    states = [state for state in request.args.getlist("state") if state in known]
    filters = {
        "programme": request.args.get("programme", ""),
        "township": request.args.get("township", ""),
        "text": request.args.get("q", "").strip(),
    }
    query = queries.filtered_applications(actor, states=states, **filters)
    return render_template(
        "funds/applications.html", page=page_by_id(query, queries.Application.id), totals=queries.totals(query), chosen=states,
        filters=filters, programmes=list(visible_programmes(actor)), townships=register.townships(),
    )  # fmt: skip


def _application_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    open_now = open_programmes(actor)
    return render_template(
        "funds/application_form.html",
        values=values,
        errors=errors,
        programmes=list(open_now),
        plots=None if actor.county_wide else plot_options(actor, values.get("plot", "")),
    )


@bp.get("/funds/applications/new")
@access(P.APPLICATION_SUBMIT)
def new_application() -> ResponseReturnValue:
    """The page to apply."""
    return _application_form({"programme": request.args.get("programme", ""), "plot": request.args.get("plot", "")}, {})


@bp.post("/funds/applications/new")
@access(P.APPLICATION_SUBMIT)
@form_view(_application_form)
def create_application() -> ResponseReturnValue:
    """Draft an application; it is checked beside the page before it is sent."""
    body = load(ApplicationSchema(), form_values())
    application = services.create_application(
        current_actor(), body["programme"], body["plot"], applied_m2=body.get("applied_m2"), note=body["note"]
    )
    done("申报 %(no)s 已保存为草稿，核对后提交。", no=application.no)
    return redirect(url_for("funds.show_application", no=application.no))


def _application_page(values: dict[str, Any], errors: dict[str, str], no: str, action: str = "") -> str:
    actor = current_actor()
    application = queries.get_application(actor, no)
    today = business_date()
    return render_template(
        "funds/application.html", application=application, plot=application.plot, programme=application.programme,
        state=rules.State(application.state), checks=gate.checks(application, today), steps=queries.steps(application),
        records=queries.field_records(application), objections=queries.objections(application), item=queries.notice_item(application),
        payments=queries.payments_of(application), offers=offers.offers(actor, application, today),
        awaited=offers.awaited(application), findings=findings.findings(application), lines=lines_of(application.sheet), needs_papers=claims.needs_papers(application), location_id=land.location_id(application.plot), values=values, errors=errors, tried=action, today=today,
    )  # fmt: skip


@bp.get("/funds/applications/<no>")
@access(P.FUND_READ)
def show_application(no: str) -> ResponseReturnValue:
    """One application: facts, checks, sheet, steps, and the next legal action."""
    return _application_page({}, {}, no)


@bp.post("/funds/applications/<no>/<action>")
@access(P.FUND_READ)
@form_view(_application_page)
def act(no: str, action: str) -> ResponseReturnValue:
    """Do one action with an application."""
    application = actions.act(current_actor(), no, action, load(ActionSchema(), form_values()))
    done("%(no)s：%(action)s已办理。", no=application.no, action=_(rules.Action(action).label))
    return redirect(url_for("funds.show_application", no=no))
