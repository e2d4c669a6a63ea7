"""HTML doors of effects: the four numbers, the way of the money, the performance report; every figure opens its records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.effects import performance as yearly
from trace.effects import performance_papers, planting, planting_papers, rules, shelf_views
from trace.effects.asking import asked_programme, asked_township, asked_year, inline, programmes_of, townships_of
from trace.effects.planting import Asked
from trace.effects.rules import Basis
from trace.land.rules import PLOT_STATES
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.sheets import XLSX

bp = Blueprint("effects", __name__, url_prefix="/effects")
P = Permission
PAGE = 100
"""Plots on one page of the table."""
shelf_views.register(bp)


@bp.get("")
@access(P.EFFECT_READ)
def overview() -> ResponseReturnValue:
    """What can be read here, each with its main figure."""
    actor = current_actor()
    return render_template("effects/overview.html", sums=planting.four_numbers(actor, Asked()).sums)


def _asked(actor: Actor) -> Asked:
    basis = Basis.REGISTERED if request.args.get("basis") == Basis.REGISTERED.value else Basis.CLAIMED
    return Asked(basis, asked_township(actor), asked_year(), asked_programme(actor))


def _address(asked: Asked) -> dict[str, Any]:
    """The question as arguments of an address."""
    found = {"basis": asked.basis.value, "township": asked.township, "year": asked.year, "programme": asked.programme}
    return {key: value for key, value in found.items() if value and value != Basis.CLAIMED.value}


@bp.get("/planting")
@access(P.EFFECT_READ)
def four_numbers() -> ResponseReturnValue:
    """Four numbers side by side, townships and then plots, largest gap first."""
    actor = current_actor()
    found = planting.four_numbers(actor, _asked(actor))
    start = max(0, request.args.get("from", 0, type=int))
    return render_template(
        "effects/planting.html", found=found, labels=planting_papers.labels(found.asked.basis), words=planting_papers.words,
        silent=rules.silent, explanations=planting_papers.explanations(found), args=_address(found.asked), bases=list(Basis),
        townships=townships_of(actor), programmes=programmes_of(actor), start=start, rows=found.rows[start : start + PAGE],
        years=[(str(year), str(year)) for year in found.years],
        next_start=start + PAGE if len(found.rows) > start + PAGE else None, states=PLOT_STATES,
    )  # fmt: skip


@bp.get("/planting/<figure>")
@access(P.EFFECT_READ)
def planting_figure(figure: str) -> ResponseReturnValue:
    """The records behind one of the four numbers; they sum to it."""
    if figure not in (*rules.FIGURES, "gap"):
        raise NotFound()
    actor = current_actor()
    found = planting.four_numbers(actor, _asked(actor))
    names = dict(zip(rules.FIGURES, planting_papers.labels(found.asked.basis), strict=True)) | {"gap": "差距"}
    lines = [(row, value) for row, value in ((row, _value(row, figure)) for row in found.rows) if value]
    return render_template(
        "effects/planting_figure.html", found=found, figure=figure, name=names[figure], lines=lines, total=sum(m2 for _, m2 in lines),
        args=_address(found.asked), dispatches=planting.dispatches() if figure == "seedlings" else {},
        words=planting_papers.words, checks=rules.Check,
    )  # fmt: skip


def _value(row: rules.Numbers, figure: str) -> int:
    found = {
        "stated": row.stated_m2, "ground": row.ground_m2, "seedlings": row.seedlings_m2, "verified": row.verified_m2, "gap": row.gap_m2,
    }[figure]  # fmt: skip
    return found or 0


@bp.get("/planting.<kind>")
@access(P.EFFECT_READ)
def planting_file(kind: str) -> Response:
    """The same as xlsx with living sums, or as a paper."""
    if kind not in ("xlsx", "pdf"):
        raise NotFound()
    actor = current_actor()
    found = planting.four_numbers(actor, _asked(actor))
    name = f"four-numbers-{found.day.isoformat()}{'-' + found.asked.township if found.asked.township else ''}.{kind}"
    if kind == "xlsx":
        return inline(planting_papers.workbook(found), name, XLSX)
    scope = register.get_township(found.asked.township).name if found.asked.township else _own_places(actor)
    return inline(planting_papers.paper(found, scope), name, "application/pdf")


def _own_places(actor: Actor) -> str:
    return "衡南县" if actor.county_wide else "、".join(name for _, name in townships_of(actor))


@bp.get("/performance")
@access(P.EFFECT_READ)
def performance() -> ResponseReturnValue:
    """The year's performance: money, outputs, targets, problems. A township is sent to what is its own."""
    actor, known = current_actor(), yearly.years()
    if not actor.county_wide:
        return redirect(url_for("effects.overview"))
    found = yearly.performance(actor, asked_year() or (known or [business_date().year])[0])
    return render_template(
        "effects/performance.html", found=found, years=known, money=performance_papers.MONEY_LABELS, said=performance_papers.said,
        verdict=performance_papers.verdict,
    )  # fmt: skip


@bp.get("/performance.<kind>")
@access(P.EFFECT_READ)
def performance_file(kind: str) -> Response:
    """The report as a draft paper, or its figures as xlsx."""
    if kind not in ("xlsx", "pdf"):
        raise NotFound()
    found = yearly.performance(current_actor(), asked_year() or business_date().year)
    if kind == "xlsx":
        return inline(performance_papers.workbook(found), f"performance-{found.year}.xlsx", XLSX)
    return inline(performance_papers.paper(found), f"performance-{found.year}-draft.pdf", "application/pdf")
