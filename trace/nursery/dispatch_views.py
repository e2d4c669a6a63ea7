"""HTML doors of what leaves a nursery: papers, dispatches, labels, planting; and the public page behind a label."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.files.doors import uploaded
from trace.land import queries as land
from trace.land.doors import plot_options
from trace.land.stands import stands_of
from trace.lots import queries as ledger
from trace.nursery import dispatching, labels, queries, rules, schemas
from trace.nursery.codes import book
from trace.registry import queries as register
from trace.web.access import Access, access, current_actor, settings
from trace.web.forms import done, form_values, form_view, load
from trace.web.limits import limiter
from trace.web.sheets import attachment

bp = Blueprint("dispatches", __name__)
READ, RECORD = Permission.NURSERY_READ, Permission.NURSERY_RECORD


def _paper_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    mine = [row for row in queries.visible_seedlings(actor) if row.lot.holder_id == actor.party_id]
    left = ledger.balances([row.lot_id for row in mine])
    return render_template(
        "nursery/paper_form.html", values={"issued_on": business_date().isoformat(), **values}, errors=errors, kind_options=[(key, _(word)) for key, word in rules.PAPER_KINDS.items()],
        grade_options=[(key, _(word)) for key, word in rules.GRADES.items()], lots=[row for row in mine if left[row.lot_id] > 0],
    )  # fmt: skip


@bp.get("/nursery/papers/new")
@access(RECORD)
def new_paper() -> ResponseReturnValue:
    """The page to enter a certificate."""
    return _paper_form({"lots": request.args.getlist("lot")}, {})


@bp.post("/nursery/papers/new")
@access(RECORD)
@form_view(_paper_form)
def record_paper() -> ResponseReturnValue:
    """Enter a certificate."""
    values = form_values()
    values.pop("scan", None)
    paper = dispatching.record_paper(current_actor(), load(schemas.PaperIn(), values), uploaded())
    done("%(number)s 已登记。", number=paper.number)
    return redirect(url_for("nursery.overview"))


def _dispatch_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    seedling = queries.get_seedling(actor, code)
    actor.require_party(seedling.lot.holder_id)
    receivers = [(p.code, p.name) for p in register.organisations_in_use()]
    return render_template(
        "nursery/dispatch_form.html", seedling=seedling, values={"on": business_date().isoformat(), "bundles": "1", **values}, errors=errors,
        phases=queries.phases_of([seedling.lot_id])[seedling.lot_id], receivers=receivers, purpose_options=[(key, _(word)) for key, word in rules.PURPOSES.items()],
    )  # fmt: skip


@bp.get("/nursery/dispatches/new/<code>")
@access(RECORD)
def new_dispatch(code: str) -> ResponseReturnValue:
    """The page to let seedlings leave."""
    return _dispatch_form({}, {}, code)


@bp.post("/nursery/dispatches/new/<code>")
@access(RECORD)
@form_view(_dispatch_form)
def record_dispatch(code: str) -> ResponseReturnValue:
    """Let seedlings leave."""
    given = load(schemas.DispatchIn(), form_values())
    given.pop("lot", None)
    row = dispatching.dispatch(current_actor(), code, **given)
    done("出圃单 %(code)s 已登记。", code=row.code)
    return redirect(url_for("nursery.dispatches.show_dispatch", code=row.code))


def _dispatch_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    row = queries.get_dispatch(actor, code)
    left = row.quantity - queries.planted_of([row.id])[row.id]
    may_plant = actor.can(Permission.PLOT_REGISTER) and left > 0 and not row.undone
    return render_template(
        "nursery/dispatch.html", row=row, left=left, plantings=queries.plantings_of(row), facts=labels.facts_of(row),
        obstacles=dispatching.label_obstacles(row), mine=actor.party_id == row.lot.holder_id, may_plant=may_plant,
        plots=plot_options(actor, values.get("plot", "")) if may_plant else None,
        values={"planted_on": business_date().isoformat(), "count": left, **values}, errors=errors, purposes=rules.PURPOSES,
        public=labels.code_of(row),
    )  # fmt: skip


@bp.get("/nursery/dispatches/<code>")
@access(READ)
def show_dispatch(code: str) -> ResponseReturnValue:
    """One dispatch: papers, where its plants stand, what is not planted yet."""
    return _dispatch_page({}, {}, code)


@bp.post("/nursery/dispatches/<code>/plant")
@access(Permission.PLOT_REGISTER)
@form_view(_dispatch_page)
def plant(code: str) -> ResponseReturnValue:
    """Seedlings into a plot."""
    stand = dispatching.plant(current_actor(), code, **load(schemas.PlantIn(), form_values()))
    done("已定植，林分编号 %(code)s。", code=stand.code)
    return redirect(url_for("nursery.dispatches.show_dispatch", code=code))


@bp.get("/nursery/dispatches/<code>/labels.pdf")
@access(RECORD)
def label_sheet(code: str) -> ResponseReturnValue:
    """Bundle labels; refused with the reason while a paper is missing."""
    actor = current_actor()
    row = queries.get_dispatch(actor, code)
    actor.require_party(row.lot.holder_id)
    return attachment(labels.label_pdf(row, settings().base_url), f"{row.code}-苗木标签.pdf", "application/pdf")


@bp.get("/nursery/plots/<code>")
@access(READ)
def plot_origins(code: str) -> ResponseReturnValue:
    """Which seedlings stand on a plot."""
    plot = land.get_plot(current_actor(), code)
    return render_template(
        "nursery/plot.html",
        plot=plot,
        stands=stands_of(plot),
        origins={p.stand_id: p for p in queries.origins_of(plot)},
    )


@bp.get("/s/<code>")
@access(Access.PUBLIC)
@limiter.limit("30 per minute", deduct_when=lambda response: response.status_code == 404)
def label_page(code: str) -> ResponseReturnValue:
    """What a seedling label's code opens: the legal fields and whether the papers were in force. An invented code costs no query."""
    number = book().read(code)
    row = queries.dispatch_by_id(number) if number is not None else None
    if row is None:
        return render_template("scan/unknown.html", message=_("苗木标签编码不存在或有误，请核对或重新扫描。")), 404
    answer = render_template(
        "nursery/public.html", facts=labels.facts_of(row), obstacles=dispatching.label_obstacles(row), row=row
    )
    return answer, 200, {"Cache-Control": "no-cache", "X-Robots-Tag": "noindex"}
