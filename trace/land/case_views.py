"""HTML doors of overlap cases and of decisions about pairs of plots."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from shapely.geometry import shape

from trace.core.actor import Permission
from trace.core.errors import NotFound
from trace.land import cases, overlaps, queries, rules
from trace.land.doors import LABELS
from trace.land.overlap_rules import CASE_STATES, DECISIONS
from trace.land.page import picture_of_overlaps
from trace.land.schemas import DecisionSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("cases", __name__)


@bp.get("/cases")
@access(Permission.PLOT_READ)
def index() -> ResponseReturnValue:
    """Cases in one's charge, open ones by default."""
    state = request.args.get("state", "open")
    query = cases.visible_cases(current_actor(), state if state in CASE_STATES else "")
    page = page_by_id(query, cases.BoundaryCase.id)
    return render_template("land/cases.html", page=page, state=state, labels=LABELS, count=query.count())


def _case_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    case = cases.get_case(actor, code)
    judged = cases.judge_again(case)
    ring = shape(cases.ring_of(case))
    return render_template(
        "land/case.html", case=case, values=values, errors=errors, labels=LABELS, words=rules, typed=case.typed,
        judged=judged, picture=picture_of_overlaps(actor, ring, judged.overlaps), decisions=DECISIONS,
        own=case.submitted_by == actor.user_id, operator=cases.operator_name(case),
    )  # fmt: skip


@bp.get("/cases/<case>")
@access(Permission.PLOT_READ)
def show(case: str) -> ResponseReturnValue:
    """One case: what was typed, what it runs over, the decision."""
    return _case_page({}, {}, case)


def _decision_page(values: dict[str, Any], errors: dict[str, str], case: str) -> str:
    return _case_page(values, errors, case)


@bp.post("/cases/<case>/decide")
@access(Permission.PLOT_DECIDE)
@form_view(_decision_page)
def decide(case: str) -> ResponseReturnValue:
    """Register with a decision, or give back."""
    body = load(DecisionSchema(), form_values())
    closed = cases.decide_case(current_actor(), case, body["decision"], body["reason"])
    if closed.state == "refused":
        done("申请 %(code)s 已退回。", code=closed.code)
        return redirect(url_for("land.cases.show", case=closed.code))
    done("申请 %(code)s 已同意，边界已登记。", code=closed.code)
    return redirect(url_for("land.show_plot", code=closed.plot.code))


@bp.post("/cases/<case>/withdraw")
@access(Permission.PLOT_REGISTER)
@form_view(_decision_page)
def withdraw(case: str) -> ResponseReturnValue:
    """Take a case back."""
    cases.withdraw_case(current_actor(), case)
    done("申请 %(code)s 已撤回。", code=case)
    return redirect(url_for("land.cases.show", case=case))


def _pair_page(values: dict[str, Any], errors: dict[str, str], code: str, other: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    shared = [item for item in overlaps.overlaps_of(plot) if item.plot.code == other]
    if not shared:
        raise NotFound()
    own = overlaps.as_boundary(cases.present_boundary(plot)).geometry
    return render_template(
        "land/pair.html", plot=plot, shared=shared, picture=picture_of_overlaps(current_actor(), own, shared), values=values, errors=errors,
        labels=LABELS, decisions=DECISIONS,
        earlier=[row for row in overlaps.decisions_about(plot) if other in (row.plot_a.code, row.plot_b.code)],
    )  # fmt: skip


@bp.get("/<code>/overlaps/<other>")
@access(Permission.PLOT_DECIDE)
def pair(code: str, other: str) -> ResponseReturnValue:
    """Two plots that share ground, and what was decided about them."""
    return _pair_page({}, {}, code, other)


@bp.post("/<code>/overlaps/<other>")
@access(Permission.PLOT_DECIDE)
@form_view(_pair_page)
def decide_pair(code: str, other: str) -> ResponseReturnValue:
    """A new decision about the pair."""
    body = load(DecisionSchema(), form_values())
    cases.decide_pair(current_actor(), code, other, body["decision"], body["reason"])
    done("裁定意见已保存。")
    return redirect(url_for("land.show_plot", code=code))
