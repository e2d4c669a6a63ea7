"""Doors of mock recalls: draw, measure, seal, verify, compare."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.core.errors import NotFound
from trace.files.doors import download
from trace.pdf.render import render
from trace.recalls import drills, queries, rules, schemas
from trace.recalls.balance import PARTS
from trace.recalls.drills import MockRecall
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("drills", __name__, url_prefix="/drills")
P = Permission


def _index(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    page = page_by_id(queries.visible_drills(actor).order_by(None), MockRecall.id)
    return render_template(
        "recalls/drills.html",
        page=page,
        league=drills.league(actor),
        states=rules.DRILL_STATES,
        values=values,
        errors=errors,
        fraction=Fraction,
    )


@bp.get("")
@access(P.CASE_READ, P.DRILL_RUN)
def index() -> ResponseReturnValue:
    """Drills one may see and the league table."""
    return _index({}, {})


@bp.post("")
@access(P.DRILL_RUN)
@form_view(_index)
def draw() -> ResponseReturnValue:
    """Draw a lot and start the clock."""
    body = load(schemas.DrawSchema(), form_values())
    made = drills.draw(current_actor(), body["party"], body["seed"])
    done("已抽中批次 %(lot)s，计时开始。", lot=made.lot.code)
    return redirect(url_for("recalls.drills.show", code=made.code))


def _drill(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    row = queries.get_drill(current_actor(), code)
    return render_template(
        "recalls/drill.html", row=row, facts=row.facts, accounted=Fraction(row.facts["accounted"]), parts=PARTS, states=rules.DRILL_STATES,
        faults=drills.faults(row), target=row.started_at + rules.DRILL_TARGET, now=utcnow(), values=values, errors=errors,
    )  # fmt: skip


@bp.get("/<code>")
@access(P.CASE_READ, P.DRILL_RUN)
def show(code: str) -> ResponseReturnValue:
    """One drill: its lot, its times, its balance; a sealed one is verified each time it is looked at."""
    return _drill({}, {}, code)


@bp.post("/<code>/seal")
@access(P.DRILL_RUN)
@form_view(_drill)
def seal(code: str) -> ResponseReturnValue:
    """Stop the clock and seal the report."""
    drills.seal(current_actor(), code, load(schemas.SealSchema(), form_values())["remark"], draw_paper)
    done("演练报告已封存。")
    return redirect(url_for("recalls.drills.show", code=code))


@bp.get("/<code>/report.pdf")
@access(P.CASE_READ, P.DRILL_RUN)
def paper(code: str) -> ResponseReturnValue:
    """The sealed paper, byte for byte as it was kept."""
    row = queries.get_drill(current_actor(), code)
    if row.paper is None:
        raise NotFound()
    return download(row.paper)


def draw_paper(row: MockRecall) -> bytes:
    """The report that bears the hash of its own data."""
    return render(
        "recalls/drill_print.html", row=row, facts=row.facts, accounted=Fraction(row.facts["accounted"]), parts=PARTS,
        minutes=int((row.finished_at - row.started_at).total_seconds() // 60), generated_at=row.finished_at,
    )  # fmt: skip
