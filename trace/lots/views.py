"""HTML doors of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.core.units import format_kg, parse_yuan
from trace.lots import awards, exports, papers, queries, rules, services, tracing
from trace.lots.origins import Origins
from trace.web.access import access, current_actor
from trace.web.forms import done, form_errors, form_values
from trace.web.graph_layout import layout_graph
from trace.web.paging import page_by_id
from trace.web.sheets import XLSX, Column, as_xlsx, attachment

bp = Blueprint("lots", __name__, url_prefix="/lots")


@bp.get("")
@access(Permission.LOT_READ)
def lots() -> ResponseReturnValue:
    """The lots in one's charge."""
    filters = {"kind": request.args.get("kind", ""), "text": request.args.get("q", "").strip()}
    page = page_by_id(queries.filtered_lots(current_actor(), held="held" in request.args, **filters), queries.Lot.id)
    ids = [lot.id for lot in page.items]
    return render_template(
        "lots/lots.html", page=page, filters=filters, kinds=rules.LOT_KINDS, made=queries.made_quantities(ids),
        left=queries.balances(ids), holds=queries.open_holds(ids), state_of=queries.lot_state,
    )  # fmt: skip


@bp.get("/<code>")
@access(Permission.LOT_READ)
def show_lot(code: str) -> ResponseReturnValue:
    """One lot: what it is, what is left, where it comes from, what happened to it."""
    actor = current_actor()
    lot = queries.get_lot(actor, code)
    holds = queries.open_holds([lot.id]).get(lot.id, [])
    left = queries.balance(lot)
    return render_template(
        "lots/lot.html", lot=lot, left=left, made=queries.made_quantities([lot.id])[lot.id], holds=holds,
        state=queries.lot_state(holds, left), back=tracing.build_trace(lot, "back", actor), events=queries.events_of(lot),
        kinds=rules.LOT_KINDS, operations={k.value: k.label for k in rules.OperationKind}, mine=lot.holder_id == actor.party_id,
    )  # fmt: skip


@bp.get("/<code>/trace")
@access(Permission.LOT_READ)
def trace_lot(code: str) -> ResponseReturnValue:
    """The genealogy of a lot as a picture and a table."""
    direction = "forward" if request.args.get("direction") == "forward" else "back"
    trace = tracing.trace_lot(current_actor(), code, direction)
    return render_template(
        "lots/trace.html", trace=trace, picture=_picture(trace), nodes={n.code: n for n in trace.nodes}, kinds=rules.LOT_KINDS,
        operations={k.value: k.label for k in rules.OperationKind}, zoom=_zoom(len(trace.nodes)),
    )  # fmt: skip


ZOOMS = (25, 50, 75, 100, 150)


def _zoom(nodes: int) -> int:
    """The size of the picture in per cent: as asked, else smaller for larger graphs so that their shape is seen first."""
    asked = request.args.get("zoom", "")
    if asked in map(str, ZOOMS):
        return int(asked)
    return 100 if nodes <= 80 else 75 if nodes <= 160 else 50


def _picture(trace: tracing.Trace) -> dict[str, Any]:
    """The layered drawing of a trace; lots of other parties stand in it without their particulars."""
    tones = {"recalled": "stop", "held": "stop", "undone": "draft"}
    gaps = {gap["lot"]: gap for gap in trace.gaps}
    nodes = [
        {
            "code": _("其他单位批次") + n.code if n.hidden else n.code,
            "label": n.product,
            "sub": _(gaps[n.code]["reason"])
            if n.code in gaps
            else f"{n.township} {n.village}"
            if n.village
            else n.holder or _(rules.LOT_KINDS[n.kind]),
            "tone": "gap"
            if n.code in gaps and n.state not in tones
            else "here"
            if n.code == trace.lot and n.state not in tones
            else tones.get(n.state, "ok"),
            "here": n.code == trace.lot,
            "href": None if n.hidden else url_for("lots.show_lot", code=n.code),
        }
        for n in trace.nodes
    ]
    shown = {n.code: node["code"] for n, node in zip(trace.nodes, nodes, strict=True)}
    edges = [
        {
            "from": shown[link.source], "to": shown[link.target], "quantity_g": link.quantity_g,
            "label": f"{_(rules.OperationKind(link.operation).label)} {format_kg(link.quantity_g)}",
        }
        for link in trace.links
    ]  # fmt: skip
    return layout_graph(nodes, edges)


@bp.get("/<code>/trace.json")
@access(Permission.LOT_READ)
def trace_data(code: str) -> ResponseReturnValue:
    """The same trace for machines, in the shape of the JSON interface."""
    direction = "forward" if request.args.get("direction") == "forward" else "back"
    return jsonify(tracing.as_json(tracing.trace_lot(current_actor(), code, direction)))


@bp.get("/<code>/trace.<form>")
@access(Permission.LOT_READ)
def trace_file(code: str, form: str) -> ResponseReturnValue:
    """The trace to take along: ``geojson`` of the contributing plots, ``xlsx`` or ``pdf``."""
    direction = "forward" if request.args.get("direction") == "forward" else "back"
    if form not in FILES or (form == "geojson" and direction == "forward"):
        raise NotFound()
    trace, found = exports.take_trace(current_actor(), code, direction, form)
    make, mimetype = FILES[form]
    return attachment(make(trace, found), f"trace-{code}-{direction}.{form}", mimetype)


FILES: dict[str, tuple[Callable[[tracing.Trace, Origins], bytes], str]] = {
    "geojson": (exports.as_geojson, "application/geo+json"),
    "xlsx": (papers.as_xlsx, XLSX),
    "pdf": (lambda trace, found: papers.as_pdf(trace, found, _picture(trace)), "application/pdf"),
}


@bp.get("/<code>/award")
@access(Permission.LOT_READ)
def award(code: str) -> ResponseReturnValue:
    """A prize for the batch, divided among those whose fruit is in it."""
    lot, amount = queries.get_lot(current_actor(), code), request.args.get("amount", "").strip()
    portions: list[awards.Portion] = []
    errors: dict[str, str] = {}
    try:
        portions = awards.split_award(current_actor(), code, parse_yuan(amount)) if amount else []
    except (Invalid, RuleBroken) as error:
        errors = form_errors(error)
    page = render_template("lots/award.html", lot=lot, values={"amount": amount}, errors=errors, portions=portions)
    return (page, 422) if errors else page


@bp.get("/<code>/award.xlsx")
@access(Permission.LOT_READ)
def award_file(code: str) -> ResponseReturnValue:
    """The same division as a workbook."""
    queries.get_lot(current_actor(), code)
    portions = awards.split_award(current_actor(), code, parse_yuan(request.args.get("amount", "")))
    columns = (
        Column(_("主体编号"), 16), Column(_("经营主体"), 24), Column(_("分数"), 20), Column(_("占比"), 12, "0.0000%"),
        Column(_("金额（元）"), 16, "#,##0.00"),
    )  # fmt: skip
    rows = [
        (p.code, p.name, exports.as_text(p.fraction), float(p.fraction), Decimal(p.amount_fen) / 100) for p in portions
    ]
    return attachment(as_xlsx(_("奖金分摊"), columns, rows), f"award-{code}.xlsx")


@bp.post("/<code>/split")
@access(Permission.LOT_SPLIT)
def split_lot(code: str) -> ResponseReturnValue:
    """Cut a part off a lot."""
    made = services.split_lot(current_actor(), code, [form_values().get("part", "")])
    done("已拆出批次 %(code)s。", code=made[0].code)
    return redirect(url_for("lots.show_lot", code=made[0].code))


@bp.post("/operations/<code>/undo")
@access(Permission.LOT_OPERATE)
def undo_operation(code: str) -> ResponseReturnValue:
    """Reverse an operation."""
    services.undo_operation(current_actor(), code, form_values().get("note", ""))
    done("已撤销，相关批次的数量已恢复。")
    return redirect(url_for("lots.lots"))
