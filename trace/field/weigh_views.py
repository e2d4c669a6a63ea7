"""HTML doors of the scales: a harvest's own page, its weigh ticket, its price, and suspected duplicates."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.field import duplicates, queries, tickets, weigh_rules, weighing
from trace.field.schemas import DecisionSchema, PriceSchema
from trace.lots import queries as lots
from trace.registry.rules import PARTS
from trace.web.access import access, current_actor, settings
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("scales", __name__)


@bp.get("/harvests/<code>")
@access(Permission.LOT_READ)
def show(code: str) -> ResponseReturnValue:
    """One harvest: what stood on the scales, what it fetched, what it may repeat."""
    actor = current_actor()
    harvest = queries.get_harvest(actor, code)
    holds = lots.open_holds([harvest.lot_id]).get(harvest.lot_id, [])
    left = lots.balance(harvest.lot)
    return render_template(
        "field/harvest.html", harvest=harvest, lot=harvest.lot, weighing=harvest.weighing, containers=queries.containers_of(harvest.weighing),
        made=lots.made_quantities([harvest.lot_id])[harvest.lot_id], left=left, holds=holds, state=lots.lot_state(holds, left),
        undone=lots.is_undone(harvest.lot), prices=queries.prices_of(harvest), recorder=queries.recorder_for(actor, harvest.lot),
        pairs=duplicates.pairs(actor, duplicates.suspicions_of(actor, harvest)), parts=PARTS, destinations=weigh_rules.DESTINATIONS,
        mine=harvest.lot.holder_id == actor.party_id, by_phone=queries.by_phone(harvest.weighing), outcomes=weigh_rules.OUTCOMES,
    )  # fmt: skip


@bp.get("/harvests/<code>/ticket")
@access(Permission.LOT_READ)
def ticket(code: str) -> ResponseReturnValue:
    """The weigh ticket on screen."""
    return render_template("field/ticket.html", ticket=_ticket(code))


@bp.get("/harvests/<code>/ticket.pdf")
@access(Permission.LOT_READ)
def ticket_pdf(code: str) -> Response:
    """The weigh ticket for the 80 mm roll or on A5."""
    paper = "a5" if request.args.get("paper") == "a5" else "roll"
    found = _ticket(code)
    answer = Response(tickets.ticket_pdf(found, paper), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "inline", filename=f"{found.number}.pdf")
    return answer


def _ticket(code: str) -> tickets.Ticket:
    actor = current_actor()
    harvest = queries.get_harvest(actor, code)
    return tickets.ticket_of(harvest, settings().base_url, queries.recorder_for(actor, harvest.lot))


def _price_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    harvest = queries.get_harvest(current_actor(), code)
    return render_template(
        "field/price_form.html", lot=harvest.lot, values={"priced_on": business_date().isoformat(), **values}, errors=errors,
        prices=queries.prices_of(harvest),
    )  # fmt: skip


@bp.get("/harvests/<code>/price")
@access(Permission.HARVEST_RECORD)
def new_price(code: str) -> ResponseReturnValue:
    """The page to say what a harvest fetched."""
    return _price_form({}, {}, code)


@bp.post("/harvests/<code>/price")
@access(Permission.HARVEST_RECORD)
@form_view(_price_form)
def record_price(code: str) -> ResponseReturnValue:
    """Keep a price."""
    weighing.price_harvest(current_actor(), code, **load(PriceSchema(), form_values()))
    done("价格已登记。")
    return redirect(url_for("field.scales.show", code=code))


@bp.get("/duplicates")
@access(Permission.DUPLICATE_RESOLVE)
def suspected() -> ResponseReturnValue:
    """Suspected duplicates about lots in one's charge: those to decide, or all."""
    actor = current_actor()
    everything = request.args.get("all") == "1"
    query = duplicates.visible_suspicions(actor) if everything else duplicates.open_suspicions(actor)
    page = page_by_id(query, duplicates.SuspectedDuplicate.id)
    return render_template(
        "field/duplicates.html", page=page, pairs=duplicates.pairs(actor, page.items), everything=everything, outcomes=weigh_rules.OUTCOMES,
        tolerance=duplicates.tolerance(),
    )  # fmt: skip


def _pair_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    pair = duplicates.pairs(actor, [duplicates.get_suspicion(actor, code)])[0]
    return render_template(
        "field/duplicate.html", pair=pair, values=values, errors=errors, outcomes=weigh_rules.OUTCOMES, parts=PARTS
    )


@bp.get("/duplicates/<code>")
@access(Permission.DUPLICATE_RESOLVE)
def pair(code: str) -> ResponseReturnValue:
    """Two records beside each other."""
    return _pair_page({}, {}, code)


@bp.post("/duplicates/<code>")
@access(Permission.DUPLICATE_RESOLVE)
@form_view(_pair_page)
def resolve(code: str) -> ResponseReturnValue:
    """Decide whether both stay or the second is undone."""
    row = duplicates.resolve_by_code(current_actor(), code, **load(DecisionSchema(), form_values()))
    if row.outcome == "merged":
        done("已合并，第二条已撤销，两条记录都仍可查。")
    else:
        done("两条采收都保留。")
    return redirect(url_for("field.scales.pair", code=code))
