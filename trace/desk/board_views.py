"""The boards: the county and one township at a glance, from progress, plans, forecasts, statements and alerts."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.alerts import queries as alerts
from trace.alerts.views import alert_text
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.core.units import format_mu, format_pct
from trace.desk import board_papers
from trace.forecast import queries as forecasts
from trace.forecast import shown
from trace.forecast.views import TONES
from trace.statements import queries as statements
from trace.statements import rules as statement_rules
from trace.targets import planning, queries, readings, rules
from trace.web.access import access, current_actor
from trace.web.jinja import percent

bp = Blueprint("boards", __name__)
P = Permission
LATEST = 8


@bp.get("/targets/board")
@access(P.TARGET_READ)
def county() -> ResponseReturnValue:
    """The county: map and bars against plan, trends with their bands, enterprises by reading, what is due."""
    actor, today = current_actor(), business_date()
    progress = queries.progress(rules.period_of(today))
    counts = planning.enterprise_counts(progress.day)
    return render_template(
        "desk/board.html", progress=progress, today=today, rules=rules, shown=shown, tones=TONES, tiles=tiles(progress, actor),
        bars=bars(progress, actor, today), forecasts=forecasts_of("", today), alerts=alerts_of(actor), gaps=gap_now(progress),
        reading=[(line, COUNTER_WORDS[line.counter]) for line in readings.lines(progress.reading.reading, counts)],
        grade_share=grade_share(progress.grades), names=NAMES, due=statements.missing(actor, today) if actor.can(P.STATEMENT_READ) else [],
    )  # fmt: skip


NAMES = {key: rules.INDICATORS[key].name for key in rules.TASKED}
COUNTER_WORDS = {kind: rules.INDICATORS[kind].name for kind in rules.ENTERPRISE_INDICATORS}


def forecasts_of(scope: str, today: date) -> list[forecasts.Forecast]:
    """Area and output value of the county or a township, carried to 2030."""
    weak = forecasts.weak_shares(today.year - 1).get(scope)
    series = ((forecasts.area_series(today), None), (forecasts.value_series(today), weak))
    return [forecasts.forecast(rows[scope], today, share) for rows, share in series if scope in rows]


def tiles(progress: queries.Progress, actor: Actor) -> list[dict[str, Any]]:
    """Verified area against the year's task, for the map."""
    may = {t.code for t in queries.visible_townships(actor)}
    return [
        {
            "code": line.code, "name": line.name, "figure": format_mu(line.verified_m2, 0),
            "value": (line.verified_m2 / line.plan_m2) if line.plan_m2 else None,
            "href": url_for("boards.township", code=line.code) if line.code in may else None,
        }
        for line in progress.lines
    ]  # fmt: skip


def bars(progress: queries.Progress, actor: Actor, today: date) -> list[dict[str, Any]]:
    """Verified area against the year's task with the tick of where it should be by now, furthest behind first."""
    may = {t.code for t in queries.visible_townships(actor)}
    rows = [
        {
            "label": line.name, "value": line.verified_m2, "plan": line.plan_m2, "figure": format_mu(line.verified_m2),
            "plan_figure": format_mu(line.plan_m2), "pct": format_pct(percent(line.verified_m2, line.plan_m2 or 0), 1),
            "expected": rules.expected_by(line.plan_m2 or 0, today, progress.day.year),
            "href": url_for("boards.township", code=line.code) if line.code in may else None,
        }
        for line in progress.lines
        if line.plan_m2
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row["value"] / row["plan"])


def alerts_of(actor: Actor) -> list[dict[str, Any]]:
    """The nearest matters of one's own inbox."""
    rows = alerts.open_alerts(actor).order_by(*alerts.nearest()).limit(LATEST)
    return [{"label": alert_text(row), "href": row.href, "due": row.due_on} for row in rows]


def grade_share(grades: dict[str, int]) -> list[tuple[str, str]]:
    """A, B and C as parts of the whole."""
    whole = sum(grades.values())
    return [(grade, format_pct(percent(fen, whole), 1)) for grade, fen in grades.items()]


def gap_now(progress: queries.Progress) -> list[planning.Gap]:
    """Σ townships against the county, this year and at the end."""
    wanted = (progress.day.year, rules.HORIZON)
    return [gap for gap in planning.gaps("area", range(wanted[0], wanted[1] + 1)) if gap.year in wanted]


@bp.get("/targets/board/<code>")
@access(P.TARGET_READ)
def township(code: str) -> ResponseReturnValue:
    """One township: its figures, its path to 2030, its statements, what stands in its way, what is due."""
    actor, today = current_actor(), business_date()
    if code not in {t.code for t in queries.visible_townships(actor)}:
        raise NotFound()
    progress = queries.progress(rules.period_of(today), code)
    calendar = (
        statements.calendar(actor, statements.recent_periods(today), today) if actor.can(P.STATEMENT_READ) else []
    )
    return render_template(
        "desk/board_township.html", progress=progress, line=progress.lines[0], today=today, rules=rules, shown=shown, tones=TONES,
        forecasts=forecasts_of(code, today), simulated=forecasts.simulations(today).get(code), names=NAMES, units=board_papers.UNIT,
        statements=[row for row in calendar if row.township.code == code], words=statement_rules.TONES,
        states={s.value: s.label for s in statement_rules.State}, alerts=alerts_of(actor) if not actor.county_wide else [],
    )  # fmt: skip


@bp.get("/targets/papers/<name>.pdf")
@access(P.TARGET_READ)
def paper(name: str) -> Response:
    """A paper of the county: the progress report with its forecast, or the yearly performance report of the funds."""
    actor, today = current_actor(), business_date()
    if name == "progress":
        body = board_papers.progress_report(rules.period_of(today), today)
    elif name == "performance":
        actor.require(P.FUND_READ)
        body = board_papers.performance_report(actor, today)
    else:
        raise NotFound()
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'})
