"""HTML doors of runs over many days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.lots import queries as lots
from trace.processing import long_runs
from trace.processing.schemas import LongRunAddForm, LongRunCloseForm, LongRunForm, NoteForm
from trace.processing.services import Input, Output
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("long", __name__, url_prefix="/long")
LINES = 4


def inputs_of(body: dict[str, Any]) -> list[Input]:
    """The filled input lines of a form."""
    return [Input(lot, quantity) for lot, quantity in zip(body["lots"], body["quantities"], strict=False) if lot]


def outputs_of(body: dict[str, Any]) -> list[Output]:
    """The filled output lines of a form: the first is the main product, the others are by-products."""
    return [
        Output(product, amount, byproduct=n > 0)
        for n, (product, amount) in enumerate(zip(body["products"], body["amounts"], strict=False))
        if product and amount.strip()
    ]


def is_overdue(run: Any) -> bool:
    """Open for longer than a run should be."""
    return run.state == "open" and business_date() - run.opened_on > timedelta(long_runs.OVERDUE_DAYS)


def _open_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "processing/long_form.html", values=values, errors=errors, stock=lots.drawable_lots(current_actor()), lines=LINES,
        processes=[(p.code, p.name) for p in register.processes() if not p.keeps_weight],
    )  # fmt: skip


@bp.get("/new")
@access(Permission.RUN_RECORD)
def new_run() -> ResponseReturnValue:
    """The page to begin a run."""
    lot = request.args.get("lot", "")
    return _open_form({"process": "fermenting", "on": business_date().isoformat(), "lots": [lot] if lot else []}, {})


@bp.post("/new")
@access(Permission.RUN_RECORD)
@form_view(_open_form)
def open_run() -> ResponseReturnValue:
    """Begin a run."""
    body = load(LongRunForm(), form_values())
    run = long_runs.open_run(
        current_actor(), body["process"], inputs_of(body), on=body.get("on"), vessel=body["vessel"]
    )
    done("加工 %(code)s 已开始，可以继续加料，完成时登记产出。", code=run.code)
    return redirect(url_for("processing.long.show_run", code=run.code))


def _page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    run = long_runs.get_run(actor, code)
    steps = long_runs.steps_of(run)
    contents = steps[-1].lot if steps and steps[-1].lot_id else None
    return render_template(
        "processing/long.html", run=run, steps=steps, contents=contents, left=lots.balance(contents) if contents else 0, values=values,
        errors=errors, lines=LINES, overdue=is_overdue(run), mine=run.holder_id == actor.party_id,
        stock=lots.drawable_lots(actor) if run.holder_id == actor.party_id else [], amounts=lots.made_quantities([s.lot_id for s in steps if s.lot_id]),
        products=[(p.code, p.name) for p in register.products() if p.form not in ("fresh", "wip", "seedling")],
    )  # fmt: skip


@bp.get("/<code>")
@access(Permission.LOT_READ)
def show_run(code: str) -> ResponseReturnValue:
    """One run: what went in, what is in the vessel, and the next step."""
    return _page({"on": business_date().isoformat()}, {}, code)


@bp.post("/<code>/add")
@access(Permission.RUN_RECORD)
@form_view(_page)
def add_to_run(code: str) -> ResponseReturnValue:
    """Fill more in."""
    body = load(LongRunAddForm(), form_values())
    long_runs.add_to_run(current_actor(), code, inputs_of(body), on=body.get("on"))
    done("加料已登记。")
    return redirect(url_for("processing.long.show_run", code=code))


@bp.post("/<code>/close")
@access(Permission.RUN_RECORD)
@form_view(_page)
def close_run(code: str) -> ResponseReturnValue:
    """Take the outputs out."""
    body = load(LongRunCloseForm(), form_values())
    made = long_runs.close_run(
        current_actor(), code, outputs_of(body), loss=body["loss"], reason=body["reason"], on=body.get("on")
    )
    done("加工已完成，生成批次 %(code)s。", code=made.lots[0].code)
    return redirect(url_for("lots.show_lot", code=made.lots[0].code))


@bp.post("/<code>/undo")
@access(Permission.RUN_RECORD)
@form_view(_page)
def undo_step(code: str) -> ResponseReturnValue:
    """Take the newest step back."""
    run = long_runs.undo_step(current_actor(), code, load(NoteForm(), form_values())["note"])
    done("已撤销最近一步，数量已恢复。")
    return redirect(url_for("processing.long.show_run", code=run.code))
