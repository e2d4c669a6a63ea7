"""HTML doors of the desks, the front page, the trail, background jobs and health."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.audit import queries as trail
from trace.audit.words import action_words
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.db import db
from trace.db.migrate import pending
from trace.desk import desks
from trace.funds import queries as funds
from trace.jobs import queue
from trace.nursery import queries as nursery
from trace.targets import published as targets
from trace.targets import rules
from trace.web.access import Access, access, current_actor
from trace.web.paging import page_by_id

bp = Blueprint("desk", __name__)


@bp.app_template_filter("action")
def action_filter(action: str) -> str:
    """An audit action in the reader's language."""
    return gettext(action_words(action))


@bp.get("/")
@access(Access.PUBLIC)
def home() -> ResponseReturnValue:
    """The public front page: what this is, the county's figures, where to sign in."""
    return render_template("desk/home.html", progress=targets.published(rules.period_of(business_date())), rules=rules)


@bp.get("/find")
@access(Access.PUBLIC)
def find() -> ResponseReturnValue:
    """A code typed by hand on the front page."""
    code = request.args.get("code", "").strip()[:64]
    return redirect(url_for("scan.page", code=code) if code else url_for("desk.home"))


@bp.get("/desk")
@access(Access.SIGNED_IN)
def desk() -> ResponseReturnValue:
    """What waits for me, what I did last, my one or two main actions."""
    actor = current_actor()
    return render_template(
        "desk/desk.html",
        actor=actor,
        waiting=desks.waiting_for(actor),
        actions=desks.main_actions(actor),
        done=trail.entries_by(actor),
    )


@bp.get("/admin/audit")
@access(Permission.AUDIT_READ)
def audit() -> ResponseReturnValue:
    """The trail: who did what, and what was refused."""
    query = trail.visible_entries(current_actor())
    text = request.args.get("q", "").strip()[:80]
    if text:
        entry = trail.AuditEntry
        query = query.where((entry.subject == text) | (entry.actor_name == text) | entry.action.startswith(text))
    return render_template("desk/audit.html", page=page_by_id(query.order_by(), trail.AuditEntry.id), text=text)


@bp.get("/nursery/lots/<code>/reach")
@access(Permission.NURSERY_READ)
def seedling_reach(code: str) -> ResponseReturnValue:
    """Where the plants of a seedling lot went: plots, households, harvests, subsidy applications (scenario N7)."""
    actor = current_actor()
    seedling = nursery.get_seedling(actor, code)
    plantings = nursery.reach_of(seedling.lot_id)
    plots = {planting.stand.plot_id for planting in plantings}
    return render_template(
        "desk/reach.html", seedling=seedling, plantings=plantings, plots=plots, harvests=nursery.harvests_since(plantings),
        operators={planting.stand.plot.operator_id for planting in plantings}, applications=funds.applications_on(sorted(plots)),
    )  # fmt: skip


@bp.get("/jobs/<public_id>")
@access(Access.SIGNED_IN)
def job(public_id: str) -> ResponseReturnValue:
    """The progress of one's own background job."""
    found = queue.get_job(public_id, current_actor().user_id)
    if found is None:
        raise NotFound()
    return jsonify(state=found.state, done=found.done, total=found.total, error=found.error)


@bp.get("/healthz")
@access(Access.PUBLIC)
def healthz() -> Response:
    """The process is alive."""
    return jsonify(status="ok")


@bp.get("/readyz")
@access(Access.PUBLIC)
def readyz() -> ResponseReturnValue:
    """The database answers and has all migrations."""
    missing = pending(db.obj)
    return (jsonify(status="ok"), 200) if not missing else (jsonify(status="pending", migrations=missing), 503)


@bp.get("/api/v1/docs")
@access(Access.PUBLIC)
def api_docs() -> ResponseReturnValue:
    """The description of the JSON interface, readable."""
    return render_template("desk/api_docs.html")
