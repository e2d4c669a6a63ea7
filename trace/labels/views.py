"""HTML doors of labels."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.errors import Busy
from trace.labels import queries, services, sheets
from trace.labels.schemas import RunSchema, VoidSchema
from trace.lots import queries as lots
from trace.web.access import access, current_actor, settings
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("labels", __name__, url_prefix="/labels")


@bp.get("")
@access(Permission.LABEL_READ)
def runs() -> ResponseReturnValue:
    """Label runs in one's charge."""
    return render_template(
        "labels/runs.html", page=page_by_id(queries.visible_runs(current_actor()), queries.LabelRun.id)
    )


def _run_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    packs = [
        (lot.code, f"{lot.code} {lot.name or lot.product.name}", lot)
        for lot, _ in lots.drawable_lots(current_actor(), ("pack",))
    ]
    made = lots.made_quantities([lot.id for _, _, lot in packs])
    options = [(code, f"{text}（{made[lot.id] - services.live_labels(lot)}）") for code, text, lot in packs]
    return render_template("labels/run_form.html", values=values, errors=errors, packs=options)


@bp.get("/new")
@access(Permission.LABEL_RUN)
def new_run() -> ResponseReturnValue:
    """The page to make labels."""
    return _run_form({"lot": request.args.get("lot", "")}, {})


@bp.post("/new")
@access(Permission.LABEL_RUN)
@form_view(_run_form)
def make_run() -> ResponseReturnValue:
    """Reserve codes."""
    body = load(RunSchema(), form_values())
    run = services.make_run(current_actor(), body["lot"], body["count"])
    done("标签 %(run)s 已生成，打印贴好后请启用。", run=run.no)
    return redirect(url_for("labels.show_run", no=run.no))


@bp.get("/<no>")
@access(Permission.LABEL_READ)
def show_run(no: str) -> ResponseReturnValue:
    """One run: state, sheet, sample code."""
    actor = current_actor()
    run = queries.get_run(actor, no)
    ready = run.count <= services.RENDER_AT_ONCE or sheets.stored_sheet(settings().instance, run).exists()
    return render_template(
        "labels/run.html", run=run, ready=ready, sample=sheets.code_at(run, 0), mine=run.lot.holder_id == actor.party_id,
        held=lots.open_holds([run.lot_id]).get(run.lot_id, []),
    )  # fmt: skip


@bp.get("/<no>/sheet.pdf")
@access(Permission.LABEL_READ)
def sheet(no: str) -> Response:
    """The sheets as PDF."""
    return sheet_response(no)


def sheet_response(no: str) -> Response:
    """The finished file of a long run, or a short run drawn at once. Only the owner prints; a held lot is not printed."""
    actor = current_actor()
    run = queries.get_run(actor, no)
    actor.require_party(run.lot.holder_id)
    services.check_not_held(run.lot)
    stored = sheets.stored_sheet(settings().instance, run)
    if stored.exists():
        body = stored.read_bytes()
    elif run.count <= services.RENDER_AT_ONCE:
        body = sheets.sheet_pdf(run, settings().base_url)
    else:
        raise Busy("标签正在后台生成，请稍后刷新。", code="SHEET_NOT_READY")
    return Response(
        body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{run.no}.pdf"'}
    )


@bp.post("/<no>/activate")
@access(Permission.LABEL_RUN)
def activate_run(no: str) -> ResponseReturnValue:
    """The labels are on the packs."""
    services.activate_run(current_actor(), no)
    done("标签 %(run)s 已启用，消费者可以扫码了。", run=no)
    return redirect(url_for("labels.show_run", no=no))


@bp.post("/<no>/void")
@access(Permission.LABEL_VOID)
def void_run(no: str) -> ResponseReturnValue:
    """Void a run."""
    services.void_run(current_actor(), no, load(VoidSchema(), form_values())["reason"])
    done("标签 %(run)s 已作废。", run=no)
    return redirect(url_for("labels.show_run", no=no))
