"""HTML doors of the working calendar by which periods are counted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.programmes.schemas import ConfirmSchema, DaySchema
from trace.registry import working_days
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("calendar", __name__)
P = Permission
YEARS = range(2023, 2028)


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    year = request.args.get("year", business_date().year, type=int)
    year = year if year in YEARS else YEARS[-1]
    return render_template(
        "programmes/calendar.html", year=year, years=list(YEARS), days=working_days.exceptions(year), values=values, errors=errors,
        provisional=working_days.is_provisional(year),
    )  # fmt: skip


@bp.get("/funds/calendar")
@access(P.FUND_READ)
def show() -> ResponseReturnValue:
    """Holidays and 调休 of a year."""
    return _page({}, {})


@bp.post("/funds/calendar")
@access(P.PROGRAMME_PUBLISH)
@form_view(_page)
def set_day() -> ResponseReturnValue:
    """Change a day by a notice."""
    body = load(DaySchema(), form_values())
    working_days.set_day(
        current_actor(), body["day"], is_working=body["is_working"], name=body["name"], source=body["source"]
    )
    done("%(day)s 已改。", day=body["day"].isoformat())
    return redirect(url_for("programmes.calendar.show", year=body["day"].year))


@bp.post("/funds/calendar/confirm")
@access(P.PROGRAMME_PUBLISH)
@form_view(_page)
def confirm() -> ResponseReturnValue:
    """Say that the notice of a year is in."""
    body = load(ConfirmSchema(), form_values())
    working_days.confirm_year(current_actor(), body["year"], body["notice"])
    done("%(year)s 年日历已确认。", year=body["year"])
    return redirect(url_for("programmes.calendar.show", year=body["year"]))
