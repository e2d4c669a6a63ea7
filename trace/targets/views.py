"""HTML doors of targets; the county's published figures need no sign-in."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.core.units import format_mu, format_pct
from trace.land.rules import PLOT_STATES
from trace.registry import queries as register
from trace.targets import area, indicator_views, papers, queries, rules, services, values
from trace.targets import published as kept
from trace.targets.schemas import PlanSchema
from trace.web.access import Access, access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.jinja import percent

bp = Blueprint("targets", __name__)
bp.register_blueprint(indicator_views.bp)
FORMATS = {
    "pdf": (papers.as_pdf, "application/pdf"),
    "xlsx": (papers.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def asked_period() -> str:
    """``?period=2026Q3``; by default the quarter of today; nonsense is not found."""
    period = request.args.get("period") or rules.period_of(business_date())
    try:
        rules.quarter_end(period)
    except ValueError as error:
        raise NotFound("没有这个统计期，请写成 2026 或 2026Q3。") from error
    return period


@bp.get("/progress")
@access(Access.PUBLIC)
def published() -> ResponseReturnValue:
    """The county's figures for everyone: sums by township, nothing about persons or plots."""
    return render_template("targets/published.html", progress=kept.published(asked_period()), rules=rules)


@bp.get("/targets")
@access(Permission.TARGET_READ)
def overview() -> ResponseReturnValue:
    """Goals, counters, townships against their tasks."""
    progress = queries.progress(asked_period())
    return render_template(
        "targets/overview.html", progress=progress, rules=rules, periods=recent_periods(), open_codes=_open_codes(), bars=_bars(progress),
        tiles=_tiles(progress),
    )  # fmt: skip


def _open_codes() -> set[str]:
    return {t.code for t in queries.visible_townships(current_actor())}


def _bars(progress: queries.Progress) -> list[dict[str, Any]]:
    """Verified area of each township against its task of the year."""
    return [
        {
            "label": line.name, "value": line.verified_m2, "plan": line.plan_m2, "figure": format_mu(line.verified_m2),
            "plan_figure": format_mu(line.plan_m2), "pct": format_pct(percent(line.verified_m2, line.plan_m2 or 0), 1),
            "href": _township_url(line.code, progress.period),
        }
        for line in progress.lines
        if line.plan_m2
    ]  # fmt: skip


def _tiles(progress: queries.Progress) -> list[dict[str, Any]]:
    return [
        {
            "code": line.code, "name": line.name, "value": line.verified_m2 or None, "figure": format_mu(line.verified_m2, 0),
            "href": _township_url(line.code, progress.period),
        }
        for line in progress.lines
    ]  # fmt: skip


def _township_url(code: str, period: str) -> str | None:
    return url_for("targets.township", code=code, period=period) if code in _open_codes() else None


def recent_periods() -> list[str]:
    """This year's and last year's quarters up to now, newest first."""
    today = business_date()
    found = [f"{year}Q{q}" for year in (today.year - 1, today.year) for q in (1, 2, 3, 4)]
    return [p for p in reversed(found) if date(int(p[:4]), int(p[5]) * 3 - 2, 1) <= today]


@bp.get("/targets/townships/<code>")
@access(Permission.TARGET_READ)
def township(code: str) -> ResponseReturnValue:
    """One township; each number opens the records beneath it."""
    _require_open(code)
    progress = queries.progress(asked_period(), code)
    return render_template(
        "targets/township.html",
        progress=progress,
        line=progress.lines[0],
        rules=rules,
    )


@bp.get("/targets/townships/<code>/<figure>")
@access(Permission.TARGET_READ)
def figure(code: str, figure: str) -> ResponseReturnValue:
    """The records behind a figure; their sum is the figure."""
    _require_open(code)
    period = asked_period()
    day = rules.quarter_end(period)
    township, page = register.get_township(code), {"figure": figure, "period": period}
    if figure in area.FIGURES:
        rows: list[Any] = queries.rows_behind(figure, code, day)
        return render_template(
            "targets/figure.html", township=township, rows=rows, total=sum(row.counted_m2 for row in rows), states=PLOT_STATES, **page
        )  # fmt: skip
    if figure == "harvested":
        rows = values.harvest_rows(code, date(day.year, 1, 1), day)
        return render_template(
            "targets/harvests.html", township=township, rows=rows, total=sum(row.grams for row in rows), **page
        )
    if figure in rules.STAGES:
        found = queries.progress(period, code).lines[0]
        stage = next((s for s in found.stages if s.stage == figure), None)
        rows = queries.value_rows(code, day.year, figure, day)
        return render_template(
            "targets/value_rows.html", township=township, rows=rows, stage=stage, name=rules.STAGES[figure], **page
        )
    raise NotFound()


def _require_open(code: str) -> None:
    if code not in _open_codes():
        raise NotFound()


@bp.get("/targets/report.<kind>")
@access(Permission.TARGET_READ)
def report(kind: str) -> Response:
    """The progress report as PDF or xlsx, of the county or of one township."""
    if kind not in FORMATS:
        raise NotFound()
    code = request.args.get("township") or None
    if code is not None:
        _require_open(code)
    progress = queries.progress(asked_period(), code)
    write, mimetype = FORMATS[kind]
    name = f"progress-{progress.period}{'-' + code if code else ''}.{kind}"
    return Response(write(progress), mimetype=mimetype, headers={"Content-Disposition": f'inline; filename="{name}"'})


def _plan_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    year = int(values.get("year") or business_date().year)
    return render_template(
        "targets/plan_form.html", values=values, errors=errors, townships=register.townships(), rules=rules, year=year,
        history=[record for key in rules.TASKED for record in queries.plan_history(key, year)], progress=queries.progress(str(year)),
    )  # fmt: skip


@bp.get("/targets/plan")
@access(Permission.TARGET_PLAN)
def new_plan() -> ResponseReturnValue:
    """The page to give townships their tasks."""
    return _plan_form({"year": request.args.get("year", str(business_date().year)), "indicator": "area"}, {})


@bp.post("/targets/plan")
@access(Permission.TARGET_PLAN)
@form_view(_plan_form)
def plan() -> ResponseReturnValue:
    """Keep a task."""
    record = services.plan(current_actor(), **load(PlanSchema(), form_values()))
    done("任务已保存（第 %(n)s 版）。", n=record.version)
    return redirect(url_for("targets.new_plan", year=record.year))
