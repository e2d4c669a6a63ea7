"""HTML doors of the nursery: stock, lots, what happens to them, papers, dispatches, planting; and the public page behind a label."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.lots import queries as ledger
from trace.lots.rules import OperationKind
from trace.nursery import dispatch_views, queries, rules, schemas, services
from trace.registry import queries as register
from trace.registry.doors import village_groups
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("nursery", __name__)
bp.register_blueprint(dispatch_views.bp)
READ, RECORD = Permission.NURSERY_READ, Permission.NURSERY_RECORD


@bp.get("/nursery")
@access(READ)
def overview() -> ResponseReturnValue:
    """Stock by lot and phase, papers that end soon, what is to be planted."""
    actor, today = current_actor(), business_date()
    page = page_by_id(queries.visible_seedlings(actor).order_by(), queries.SeedlingLot.id)
    ids = [row.lot_id for row in page.items]
    sent = list(queries.visible_dispatches(actor).limit(12))
    return render_template(
        "nursery/overview.html", page=page, phases=queries.phases_of(ids), holds=ledger.open_holds(ids), dispatches=sent,
        planted=queries.planted_of([row.id for row in sent]), papers=queries.papers_by(actor.party_id or 0, today), today=today,
        used={paper.id: queries.used_of(paper) for paper in queries.papers_by(actor.party_id or 0, today)}, accessions=queries.accessions(actor),
        phase_words=list(rules.Phase), paper_kinds=rules.PAPER_KINDS, purposes=rules.PURPOSES, ways=rules.WAYS, kinds=rules.ACCESSION_KINDS,
    )  # fmt: skip


@bp.get("/nursery/lots/<code>")
@access(READ)
def show_lot(code: str) -> ResponseReturnValue:
    """One seedling lot: phases, rates, papers, what happened, where its plants went."""
    actor = current_actor()
    seedling = queries.get_seedling(actor, code)
    sent = [row for row in queries.visible_dispatches(actor) if row.lot_id == seedling.lot_id]
    return render_template(
        "nursery/lot.html", seedling=seedling, lot=seedling.lot, phases=queries.phases_of([seedling.lot_id])[seedling.lot_id],
        growth=queries.growth_of(seedling), entries=queries.entries_of(seedling), papers=queries.papers_of(seedling.lot_id),
        used={paper.id: queries.used_of(paper) for paper in queries.papers_of(seedling.lot_id)}, dispatches=sent,
        planted=queries.planted_of([row.id for row in sent]), holds=ledger.open_holds([seedling.lot_id]).get(seedling.lot_id, []),
        mine=actor.party_id == seedling.lot.holder_id and actor.can(RECORD), today=business_date(), phase_words=list(rules.Phase),
        reasons=rules.LOSS_REASONS, phase_labels={phase.value: phase.label for phase in rules.Phase},
        operation_words={kind.value: kind.label for kind in OperationKind}, undone=queries.undone_among(seedling), paper_kinds=rules.PAPER_KINDS, purposes=rules.PURPOSES, ways=rules.WAYS, grades=rules.GRADES,
    )  # fmt: skip


def _new_form(values: dict[str, Any], errors: dict[str, str], what: str) -> str:
    if what not in NEW:
        raise NotFound()
    actor = current_actor()
    values = {"on": business_date().isoformat(), "surveyed_on": business_date().isoformat(), **values}
    return render_template(
        "nursery/new_form.html", what=what, title=NEW[what][0], values=values, errors=errors, villages=village_groups(actor),
        kinds_options=_options(rules.ACCESSION_KINDS), taxa_options=[(t.key, t.name_zh) for t in register.taxa()], phase_options=_phases(),
        accession_options=[(row.code, f"{row.code} {row.name}") for row in queries.accessions(actor) if row.holder_id == actor.party_id],
    )  # fmt: skip


def _options(words: dict[str, str]) -> list[tuple[str, str]]:
    return [(key, _(word)) for key, word in words.items()]


def _phases() -> list[tuple[str, str]]:
    return [(phase.value, _(phase.label)) for phase in rules.Phase]


def _register_accession(values: dict[str, Any]) -> str:
    row = services.register_accession(current_actor(), load(schemas.AccessionIn(), values))
    done("%(code)s 已登记。", code=row.code)
    return url_for("nursery.overview")


def _sow(values: dict[str, Any]) -> str:
    given = load(schemas.SowIn(), values)
    return _to_lot(services.sow(current_actor(), given.pop("accession"), **given))


def _take_in(values: dict[str, Any]) -> str:
    return _to_lot(services.take_in(current_actor(), **load(schemas.IntakeIn(), values)))


def _to_lot(seedling: Any) -> str:
    done("苗木批 %(code)s 已登记。", code=seedling.lot.code)
    return url_for("nursery.show_lot", code=seedling.lot.code)


NEW = {
    "accession": ("登记种质资源", _register_accession),
    "sow": ("播种扦插", _sow),
    "intake": ("外购或结存苗木入库", _take_in),
}


@bp.get("/nursery/new/<what>")
@access(RECORD)
def new_record(what: str) -> ResponseReturnValue:
    """The page to register an accession, sow, or take seedlings in."""
    return _new_form({"accession": request.args.get("accession", "")}, {}, what)


@bp.post("/nursery/new/<what>")
@access(RECORD)
@form_view(_new_form)
def record_new(what: str) -> ResponseReturnValue:
    """Register an accession, sow, or take seedlings in."""
    if what not in NEW:
        raise NotFound()
    return redirect(NEW[what][1](form_values()))


def _event_form(values: dict[str, Any], errors: dict[str, str], code: str, event: str) -> str:
    if event not in EVENTS:
        raise NotFound()
    actor = current_actor()
    seedling = queries.get_seedling(actor, code)
    actor.require_party(seedling.lot.holder_id)
    others = [
        row
        for row in queries.visible_seedlings(actor)
        if row.lot_id != seedling.lot_id and row.lot.holder_id == actor.party_id
    ]
    return render_template(
        "nursery/event_form.html", event=event, title=EVENTS[event][0], seedling=seedling, values={"on": business_date().isoformat(), **values},
        errors=errors, phases=queries.phases_of([seedling.lot_id])[seedling.lot_id], phase_words=list(rules.Phase), phase_options=_phases(),
        reason_options=_options(rules.LOSS_REASONS), other_options=[(row.lot.code, f"{row.lot.code} {row.lot.product.taxon.name_zh}") for row in others],
        accession_options=[(row.code, f"{row.code} {row.name}") for row in queries.accessions(actor)],
    )  # fmt: skip


def _advance(code: str, values: dict[str, Any]) -> str:
    services.advance(current_actor(), code, **load(schemas.AdvanceIn(), values))
    return code


def _lose(code: str, values: dict[str, Any]) -> str:
    services.lose(current_actor(), code, **load(schemas.LossIn(), values))
    return code


def _split(code: str, values: dict[str, Any]) -> str:
    return services.split(current_actor(), code, **load(schemas.SplitIn(), values)).lot.code


def _mix(code: str, values: dict[str, Any]) -> str:
    given = load(schemas.MixIn(), values)
    parts = [(code, given["count"]), (given["other"], given["other_count"])]
    return services.mix(current_actor(), parts, phase=given["phase"], on=given["on"], note=given["note"]).lot.code


def _graft(code: str, values: dict[str, Any]) -> str:
    given = load(schemas.GraftIn(), values)
    return services.graft(current_actor(), code, accession_code=given.pop("accession"), **given).lot.code


EVENTS = {
    "advance": ("转入下一阶段", _advance),
    "lose": ("登记损耗", _lose),
    "split": ("分批", _split),
    "mix": ("合批", _mix),
    "graft": ("嫁接", _graft),
}


@bp.get("/nursery/lots/<code>/<event>")
@access(RECORD)
def new_event(code: str, event: str) -> ResponseReturnValue:
    """The page for something that happens to a lot."""
    return _event_form({}, {}, code, event)


@bp.post("/nursery/lots/<code>/<event>")
@access(RECORD)
@form_view(_event_form)
def record_event(code: str, event: str) -> ResponseReturnValue:
    """Record what happened to a lot."""
    if event not in EVENTS:
        raise NotFound()
    target = EVENTS[event][1](code, form_values())
    done("已登记。")
    return redirect(url_for("nursery.show_lot", code=target))


@bp.post("/nursery/operations/<code>/undo")
@access(RECORD)
def undo(code: str) -> ResponseReturnValue:
    """Take an operation back."""
    services.undo(current_actor(), code, load(schemas.UndoIn(), form_values())["note"])
    done("已撤销，两条记录都保留。")
    return redirect(url_for("nursery.overview"))
