"""HTML doors of labels: runs, their sheets, activation, voiding, reprints, cartons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.core.errors import Invalid
from trace.labels import (
    balance,
    marks,
    printing,
    queries,
    repack_views,
    rules,
    scanned,
    schemas,
    services,
    sheets,
    trade,
)
from trace.layouts.rules import KINDS, MEDIA, RESOLUTIONS
from trace.lots import queries as lots
from trace.lots import tracing
from trace.web.access import access, current_actor, settings
from trace.web.forms import done, form_errors, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("labels", __name__, url_prefix="/labels")
bp.register_blueprint(repack_views.bp)
SMALL = 4 * 1024 * 1024
"""Files up to this size are sent from memory; larger ones are streamed."""


@bp.get("")
@access(Permission.LABEL_READ)
def runs() -> ResponseReturnValue:
    """Label runs in one's charge; or one code, when it is looked up here."""
    code, errors, unit = request.args.get("code", "").strip(), {}, None
    if code:
        try:
            unit = queries.find_unit(current_actor(), code)
        except Invalid as error:
            errors = form_errors(error)
    state = request.args.get("state", "")
    found = queries.visible_runs(current_actor())
    if state in ("made", "activated", "voided"):
        found = found.where(queries.LabelRun.state == state)
    return render_template(
        "labels/runs.html", page=page_by_id(found, queries.LabelRun.id), state=state, code=code, errors=errors, unit=unit, kinds=rules.RUN_KINDS,
        tones=rules.TONES,
    ), 422 if errors else 200  # fmt: skip


def _run_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    packs = [lot for lot, _left in lots.drawable_lots(current_actor(), ("pack",))]
    options = [
        (lot.code, _("%(code)s %(name)s（还能制 %(n)s 枚）", code=lot.code, name=lot.name or lot.product.name, n=balance.capacity(lot) - balance.live_labels(lot)))
        for lot in packs
    ]  # fmt: skip
    chosen = next((lot for lot in packs if lot.code == values.get("lot")), None)
    allowed = marks.allowed(chosen, tracing.build_trace(chosen, "back", None), utcnow()) if chosen else []
    return render_template(
        "labels/run_form.html", values={"kind": "unit", "layout": "a4_3x8", "coding": "platform", "dpi": 0, **values}, errors=errors, packs=options,
        media=_media("pack"), resolutions=_resolutions(), chosen=chosen, marks=[(kind, _(rules.MARKS[kind])) for kind in allowed],
        has_prefix=trade.may_use_gtin(current_actor().party_id),
    )  # fmt: skip


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
    body = load(schemas.RunSchema(), form_values())
    run = services.make_run(
        current_actor(), body["lot"], body["count"], kind=body["kind"], paper=schemas.paper_of(body), use_gtin=body["coding"] == "gs1",
        wanted_marks=body["marks"],
    )  # fmt: skip
    done("标签 %(run)s 已生成，打印贴好后请启用。", run=run.no)
    return redirect(url_for("labels.show_run", no=run.no))


@bp.get("/<no>")
@access(Permission.LABEL_READ)
def show_run(no: str) -> ResponseReturnValue:
    """One run: states, sheet, activation, reprints."""
    return _page({}, {}, no)


def _page(values: dict[str, Any], errors: dict[str, str], no: str) -> str:
    actor = current_actor()
    run = queries.get_run(actor, no)
    gone = queries.gone_counts(run)
    return render_template(
        "labels/run.html", run=run, sheet=printing.state_of(run, settings().instance), sample=sheets.code_at(run, 0),
        mine=run.lot.holder_id == actor.party_id and actor.can(Permission.LABEL_RUN), held=lots.open_holds([run.lot_id]).get(run.lot_id, []),
        values=values, errors=errors, activated=queries.activated_count(run), ranges=queries.activations(run), gone=gone, spans=queries.gone_spans(run)[:50],
        scanned=scanned.counted(run), relatives=queries.relatives(run), medium=MEDIA[run.layout], kinds=rules.RUN_KINDS, lines=sheets.facts_of(run),
        carton_media=_media("carton"), resolutions=_resolutions(), states=rules.UnitState, address=sheets.address_prefix(run.gtin, run.lot.code),
    )  # fmt: skip


@bp.get("/<no>/sheet.pdf")
@access(Permission.LABEL_READ)
def sheet(no: str) -> Response:
    """The sheets as PDF."""
    return sheet_response(no)


def sheet_response(no: str) -> Response:
    """The finished file of a long run, or a short run drawn at once. Only the owner prints; a held lot is not printed."""
    actor = current_actor()
    actor.require_party(queries.get_run(actor, no).lot.holder_id)
    path = printing.take_sheet(actor, no, settings().instance, settings().base_url)
    if path.stat().st_size <= SMALL:
        answer = Response(path.read_bytes(), mimetype="application/pdf")
        answer.headers.set("Content-Disposition", "inline", filename=f"{no}.pdf")
    else:
        answer = send_file(path, mimetype="application/pdf", download_name=f"{no}.pdf", conditional=False, max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/<no>/sheet/stop")
@access(Permission.LABEL_RUN)
@form_view(_page)
def stop_sheet(no: str) -> ResponseReturnValue:
    """Stop drawing."""
    printing.stop_sheet(current_actor(), no)
    done("已停止生成，之后可以接着做。")
    return redirect(url_for("labels.show_run", no=no))


@bp.post("/<no>/sheet/again")
@access(Permission.LABEL_RUN)
@form_view(_page)
def draw_again(no: str) -> ResponseReturnValue:
    """Go on drawing."""
    printing.draw_again(current_actor(), no)
    done("已接着生成。")
    return redirect(url_for("labels.show_run", no=no))


@bp.post("/<no>/activate")
@access(Permission.LABEL_RUN)
@form_view(_page)
def activate_run(no: str) -> ResponseReturnValue:
    """The labels are on the packs, all or a range."""
    body = load(schemas.ActivateSchema(), form_values())
    if (body["first"] is None) != (body["last"] is None):
        raise Invalid("请填写起止枚数。", field="first", code="RANGE")
    run = services.activate_run(current_actor(), no, body["first"], body["last"])
    if run.state == "activated":
        done("标签 %(run)s 已启用，消费者可以扫码了。", run=no)
    else:
        done("第 %(first)s 至 %(last)s 枚已启用。", first=body["first"], last=body["last"])
    return redirect(url_for("labels.show_run", no=no))


@bp.post("/<no>/void")
@access(Permission.LABEL_VOID)
@form_view(_page)
def void_run(no: str) -> ResponseReturnValue:
    """Void a run."""
    services.void_run(current_actor(), no, load(schemas.VoidSchema(), form_values())["reason"])
    done("标签 %(run)s 已作废。", run=no)
    return redirect(url_for("labels.show_run", no=no))


@bp.post("/<no>/void-units")
@access(Permission.LABEL_VOID)
@form_view(_page)
def void_units(no: str) -> ResponseReturnValue:
    """Void some labels of a run."""
    body = load(schemas.UnitsSchema(), form_values())
    count = services.void_range(current_actor(), no, body["first"], body["last"], body["reason"])
    done("已作废 %(n)s 枚。", n=count)
    return redirect(url_for("labels.show_run", no=no))


@bp.post("/<no>/reprint")
@access(Permission.LABEL_VOID)
@form_view(_page)
def reprint(no: str) -> ResponseReturnValue:
    """New labels for damaged ones."""
    body = load(schemas.ReprintSchema(), form_values())
    old = queries.get_run(current_actor(), no)
    run = services.reprint(
        current_actor(), no, body["first"], body["last"], body["reason"], schemas.paper_of(body, old.layout)
    )
    done("已补打 %(n)s 枚，旧码作废。新标签单 %(run)s 打印贴好后请启用。", n=run.count, run=run.no)
    return redirect(url_for("labels.show_run", no=run.no))


@bp.post("/<no>/cartons")
@access(Permission.LABEL_RUN)
@form_view(_page)
def make_cartons(no: str) -> ResponseReturnValue:
    """Carton labels over the unit codes of a run."""
    body = load(schemas.CartonSchema(), form_values())
    run = services.make_cartons(current_actor(), no, body["per_carton"], schemas.paper_of(body))
    done("箱码 %(run)s 已生成，共 %(n)s 箱。", run=run.no, n=run.count)
    return redirect(url_for("labels.show_run", no=run.no))


def _media(kind: str) -> list[tuple[str, str]]:
    return [(name, _(MEDIA[name].label)) for name in KINDS[kind].media]


def _resolutions() -> list[tuple[int, str]]:
    return [(0, _("按规格默认（A4 为 600，热敏卷为 203）")), *((dpi, f"{dpi} dpi") for dpi in RESOLUTIONS)]
