"""HTML doors of processing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.errors import NotFound
from trace.files.doors import uploaded
from trace.files.rules import ACCEPT
from trace.lots import queries as lots
from trace.processing import (
    consignments,
    goods_views,
    handover_views,
    long_runs,
    long_views,
    queries,
    remake_views,
    rules,
    services,
)
from trace.processing.certified import Papers
from trace.processing.schemas import DispatchSchema, PackForm, ReceiptSchema, RunSchema
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("processing", __name__, url_prefix="/processing")
bp.register_blueprint(goods_views.bp)
bp.register_blueprint(long_views.bp)
bp.register_blueprint(handover_views.bp)
bp.register_blueprint(remake_views.bp)
LINES = 4
"""Input and output lines on a form; more lots are first merged."""


@bp.get("")
@access(Permission.RUN_RECORD)
def overview() -> ResponseReturnValue:
    """What is on its way, and what lies in stock."""
    actor = current_actor()
    return render_template(
        "processing/overview.html", incoming=list(queries.dispatches(actor, incoming=True, state="sent").limit(50)),
        running=long_runs.runs_of(actor), is_overdue=long_views.is_overdue, outgoing=list(queries.dispatches(actor, incoming=False, state="sent").limit(50)), stock=lots.drawable_lots(actor)[:50],
    )  # fmt: skip


def _dispatch_form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    free = lots.balance(row) - lots.promised([row.id]).get(row.id, 0)
    return render_template(
        "processing/dispatch_form.html", lot=row, free=free, values=values, errors=errors,
        receivers=[(p.code, p.name) for p in queries.receivers() if p.id != row.holder_id],
        purposes=[(key, gettext(word)) for key, word in rules.PURPOSES.items() if key != "return"],
    )  # fmt: skip


@bp.get("/dispatch/<lot>")
@access(Permission.LOT_DISPATCH)
def new_dispatch(lot: str) -> ResponseReturnValue:
    """The page to send a lot to a plant."""
    return _dispatch_form({}, {}, lot)


@bp.post("/dispatch/<lot>")
@access(Permission.LOT_DISPATCH)
@form_view(_dispatch_form)
def dispatch_lot(lot: str) -> ResponseReturnValue:
    """Send a lot to a plant."""
    body = load(DispatchSchema(), {**form_values(), "lot": lot})
    row = consignments.send(current_actor(), body.pop("lot"), **body)
    done("发货单 %(code)s 已开出，待收货单位确认实收。", code=row.code)
    return redirect(url_for("lots.show_lot", code=lot))


def _receipt_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    row = queries.get_dispatch(current_actor(), code)
    if row is None:
        raise NotFound()
    return render_template(
        "processing/receipt_form.html", dispatch=row, values=values, errors=errors, accept=ACCEPT,
        needs_certificate=row.lot.product.legal_basis == "primary",
    )  # fmt: skip


@bp.get("/receive/<code>")
@access(Permission.RECEIPT_RECORD)
def new_receipt(code: str) -> ResponseReturnValue:
    """The page to take a dispatch over."""
    return _receipt_form({}, {}, code)


@bp.post("/receive/<code>")
@access(Permission.RECEIPT_RECORD)
@form_view(_receipt_form)
def receive(code: str) -> ResponseReturnValue:
    """Take a dispatch over; it becomes one's own lot."""
    body = load(ReceiptSchema(), form_values())
    made = services.receive(
        current_actor(), code, body["quantity"], reason=body["reason"], price_fen_per_kg=body.get("price"),
        papers=Papers(body["paper_no"], uploaded(), body["self_check"]),
    )  # fmt: skip
    done("已收货，生成收购批 %(code)s。", code=made.lots[0].code)
    return redirect(url_for("lots.show_lot", code=made.lots[0].code))


def _run_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    products = [(p.code, p.name) for p in register.products() if p.form not in ("fresh", "wip", "seedling")]
    return render_template(
        "processing/run_form.html", values=values, errors=errors, stock=lots.drawable_lots(current_actor()), lines=LINES,
        processes=register.processes(), products=products,
    )  # fmt: skip


@bp.get("/runs/new")
@access(Permission.RUN_RECORD)
def new_run() -> ResponseReturnValue:
    """The page to record a run."""
    return _run_form({"lots": [request.args.get("lot", "")]}, {})


@bp.post("/runs/new")
@access(Permission.RUN_RECORD)
@form_view(_run_form)
def record_run() -> ResponseReturnValue:
    """Keep a run."""
    body = load(RunSchema(), form_values())
    made = services.record_run(
        current_actor(), body["process"], long_views.inputs_of(body), long_views.outputs_of(body), loss=body["loss"],
        reason=body["reason"],
    )  # fmt: skip
    done("加工已登记，生成批次 %(code)s。", code=made.lots[0].code)
    return redirect(url_for("lots.show_lot", code=made.lots[0].code))


def _pack_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    stock = [(lot, left) for lot, left in lots.drawable_lots(current_actor()) if lot.unit != "pcs"]
    return render_template("processing/pack_form.html", values=values, errors=errors, stock=stock, lines=LINES)


@bp.get("/packs/new")
@access(Permission.PACK_RECORD)
def new_pack() -> ResponseReturnValue:
    """The page to record a packing."""
    return _pack_form({"lots": [request.args.get("lot", "")]}, {})


@bp.post("/packs/new")
@access(Permission.PACK_RECORD)
@form_view(_pack_form)
def record_pack() -> ResponseReturnValue:
    """Keep a packing."""
    body = load(PackForm(), form_values())
    made = services.pack(
        current_actor(), long_views.inputs_of(body), pieces=body["pieces"], piece=body["piece"], name=body["name"]
    )
    done("包装已登记，生成包装批 %(code)s，可以制标签了。", code=made.lots[0].code)
    return redirect(url_for("lots.show_lot", code=made.lots[0].code))
