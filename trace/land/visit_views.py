"""HTML doors of survival visits: what is due, corrections, photographs. Recording one is with the plot itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.files.doors import download
from trace.land import preferences, queries, rules, visits
from trace.land.doors import counted
from trace.land.schemas import CorrectionSchema
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("visits", __name__)
MOST = 200


@bp.get("/visits-due")
@access(Permission.PLOT_READ)
def due() -> ResponseReturnValue:
    """Plots whose first or three-year check may be made now, the oldest planting first, overdue ones marked."""
    actor, today = current_actor(), business_date()
    filters = {"kind": request.args.get("kind", ""), "township": request.args.get("township", "")}
    if filters["kind"] not in ("year1", "year3"):
        filters["kind"] = ""
    overdue = visits.due_visits(actor, today, overdue=True, **filters)
    shown = visits.due_visits(actor, today, overdue=bool(request.args.get("overdue")), **filters)
    plan = preferences.sampling_plan()
    rows = [(plot, visits.due_of(plot), visits.sample_wanted(plot, plan)) for plot in shown.limit(MOST)]
    return render_template(
        "land/visits_due.html", rows=rows, count=shown.count(), overdue_count=overdue.count(), today=today, filters=filters,
        only_overdue=bool(request.args.get("overdue")), townships=register.townships(), plan=plan,
        places=rules.SAMPLE_PLACES, most=MOST,
    )  # fmt: skip


def _correction_form(values: dict[str, Any], errors: dict[str, str], code: str, number: str) -> str:
    plot = queries.get_plot(current_actor(), code)
    wrong = visits.get_visit(plot, counted(number))
    kept = {
        "kind": wrong.kind, "visited_on": wrong.visited_on.isoformat(), "sampled": wrong.sampled, "alive": wrong.alive,
        "note": wrong.note, "lon": wrong.lon or "", "lat": wrong.lat or "",
        "accuracy_m": "" if wrong.accuracy_m is None else wrong.accuracy_m,
    }  # fmt: skip
    return render_template(
        "land/visit_form.html", plot=plot, values={**kept, **values}, errors=errors, due=None, wrong=wrong,
        wanted=visits.sample_wanted(plot), percent=visits.sample_percent(plot), places=rules.SAMPLE_PLACES,
        title=gettext("更正成活率查验"),
    )  # fmt: skip


@bp.get("/<code>/visits/<number>/correct")
@access(Permission.PLOT_VERIFY)
def new_correction(code: str, number: str) -> ResponseReturnValue:
    """The page to correct a visit."""
    return _correction_form({}, {}, code, number)


@bp.post("/<code>/visits/<number>/correct")
@access(Permission.PLOT_VERIFY)
@form_view(_correction_form)
def correct(code: str, number: str) -> ResponseReturnValue:
    """Keep a corrected visit."""
    visits.correct_visit(current_actor(), code, counted(number), **load(CorrectionSchema(), form_values()))
    done("查验已更正，原记录仍可查。")
    return redirect(url_for("land.show_plot", code=code))


@bp.get("/<code>/visits/<number>/photos/<seq>")
@access(Permission.PLOT_READ)
def photo(code: str, number: str, seq: str) -> Response:
    """A photograph taken on a visit."""
    return download(visits.get_photo(queries.get_plot(current_actor(), code), counted(number), counted(seq)))
