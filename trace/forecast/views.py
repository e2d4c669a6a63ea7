"""HTML doors of forecasts: the county, one township, the assumptions."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.forecast import assuming, constraints, queries, rules, shown
from trace.forecast.schemas import AssumptionSchema
from trace.forecast.series import Flag
from trace.registry import queries as register
from trace.targets.queries import visible_townships
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("forecast", __name__)
P = Permission
TONES = {"green": "ok", "yellow": "todo", "orange": "todo", "red": "stop", "grey": "draft"}


@bp.get("/targets/forecast")
@access(P.TARGET_READ)
def county() -> ResponseReturnValue:
    """The county to 2030: what is likely, what the plan needs, which townships are held up by what."""
    today = business_date()
    return render_template("forecast/county.html", **page_of("", today))


def page_of(scope: str, today: date) -> dict[str, Any]:
    """Everything a page or paper about the county ("") or a township needs."""
    areas, money = queries.area_series(today), queries.value_series(today)
    weak = queries.weak_shares(today.year - 1)
    codes = {t.code: t for t in register.townships()}
    shown_codes = {t.code for t in visible_townships(current_actor())}
    found = [
        queries.forecast(rows[scope], today, share)
        for rows, share in ((areas, None), (money, weak.get(scope)))
        if scope in rows
    ]
    simulated = queries.simulations(today)
    lines = [
        {
            "township": codes[code], "forecast": queries.forecast(areas[code], today) if code in areas else None,
            "simulated": result, "open": code in shown_codes,
        }
        for code, result in simulated.items()
        if scope in ("", code)
    ]  # fmt: skip
    return {
        "found": found, "shown": shown, "tones": TONES, "Flag": Flag, "lines": lines, "today": today, "rules": rules,
        "tests": {item.series.indicator: shown.tested(queries.back_test(item.series), item.series.indicator) for item in found},
        "cohort": queries.cohort_years(scope, today), "cohort_test": queries.cohort_test(today) if not scope else [],
        "township": codes.get(scope), "units": constraints.UNIT, "observed": queries.observed_survival(),
        "names": {"area": _("种植面积"), "output_value": _("综合产值")},
    }  # fmt: skip


@bp.get("/targets/forecast/townships/<code>")
@access(P.TARGET_READ)
def township(code: str) -> ResponseReturnValue:
    """One township to 2030."""
    if code not in {t.code for t in visible_townships(current_actor())}:
        raise NotFound()
    return render_template("forecast/county.html", **page_of(code, business_date()))


def _assumptions(values: dict[str, Any], errors: dict[str, str]) -> str:
    scope = str(values.get("scope", ""))
    own = assuming.in_force(scope) if scope else {}
    return render_template(
        "forecast/assumptions.html", values=values, errors=errors, figures=assuming.figures(), rows=assuming.in_force(), own=own, rules=rules,
        history=assuming.history(), scope=scope, townships=[("", _("全县"))] + [(t.code, t.name) for t in register.townships()],
        keys=[(item.key, _(item.name)) for item in rules.ASSUMPTIONS.values()], names={t.code: t.name for t in register.townships()},
    )  # fmt: skip


@bp.get("/targets/forecast/assumptions")
@access(P.TARGET_READ)
def assumptions() -> ResponseReturnValue:
    """What the forecasts assume, with versions."""
    return _assumptions({"scope": request.args.get("scope", ""), "key": request.args.get("key", "")}, {})


@bp.post("/targets/forecast/assumptions")
@access(P.FORECAST_ASSUME)
@form_view(_assumptions)
def assume() -> ResponseReturnValue:
    """Change one."""
    row = assuming.assume(current_actor(), **load(AssumptionSchema(), form_values()))
    done("假设已保存（第 %(n)s 版）。", n=row.version)
    return redirect(url_for("forecast.assumptions"))
