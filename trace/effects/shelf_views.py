"""HTML doors of the way of the money: yuan → 亩 → kg → packs → scans → complaints."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from trace.core.actor import Actor, Permission
from trace.core.errors import NotFound
from trace.effects import shelf, shelf_records
from trace.effects.asking import asked_programme, asked_township, asked_year, inline, programmes_of, townships_of
from trace.effects.shelf import Asked
from trace.web.access import access, current_actor
from trace.web.sheets import XLSX

P = Permission
PARTS = {"fruit": "鲜果", "leaf": "鲜叶", "flower": "鲜花"}


def _asked(actor: Actor) -> Asked:
    return Asked(asked_township(actor), asked_programme(actor), asked_year())


def _address(asked: Asked) -> dict[str, str | int]:
    return {key: value for key, value in vars(asked).items() if value}


def register(bp: Blueprint) -> None:
    """Hang the doors into the blueprint of effects."""
    bp.get("/shelf", endpoint="shelf")(follow)
    bp.get("/shelf.xlsx", endpoint="shelf_file")(workbook)
    bp.get("/shelf/plots/<code>", endpoint="shelf_plot")(plot)
    bp.get("/shelf/<figure>", endpoint="shelf_figure")(figure)


@access(P.EFFECT_READ)
def follow() -> ResponseReturnValue:
    """The whole way, by programme, township and year of payment, and the two lists that ask for a visit."""
    actor = current_actor()
    found = shelf.follow(actor, _asked(actor))
    return render_template(
        "effects/shelf.html", found=found, args=_address(found.asked), labels=shelf_records.LABELS, units=shelf_records.UNITS,
        shown=shelf_records.shown, notes=shelf_records.NOTES, townships=townships_of(actor), programmes=programmes_of(actor),
        years=[(str(year), str(year)) for year in found.years], at_most=shelf.SHOWN,
    )  # fmt: skip


@access(P.EFFECT_READ)
def workbook() -> Response:
    """The same by plot, with living sums."""
    actor = current_actor()
    found = shelf.follow(actor, _asked(actor))
    return inline(shelf_records.workbook(found), f"yuan-to-shelf-{found.day.isoformat()}.xlsx", XLSX)


@access(P.EFFECT_READ)
def figure(figure: str) -> ResponseReturnValue:
    """The plots behind a figure; they sum to it."""
    if figure not in shelf.FIGURES:
        raise NotFound()
    actor = current_actor()
    found = shelf.follow(actor, _asked(actor))
    lines = [share for share in found.shares if share.values[figure]]
    return render_template(
        "effects/shelf_figure.html", figure=figure, lines=sorted(lines, key=lambda s: (-s.values[figure], s.ground.code)), found=found,
        total=sum(share.values[figure] for share in lines), args=_address(found.asked), labels=shelf_records.LABELS,
        units=shelf_records.UNITS, shown=shelf_records.shown, names={row.programme: row.programme_name for row in found.rows},
    )  # fmt: skip


@access(P.EFFECT_READ)
def plot(code: str) -> ResponseReturnValue:
    """The records of one plot: payments, harvests, packs."""
    return render_template(
        "effects/shelf_plot.html", records=shelf_records.records_of(current_actor(), code), parts=PARTS
    )
