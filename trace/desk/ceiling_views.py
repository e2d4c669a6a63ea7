"""HTML doors of the ceilings: seasons of producers, plants, completeness, and whether trees explain a lot."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from trace.ceilings import explaining, overrides, plants, rules, seasons
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.core.text import N_
from trace.labels.balance import live_labels
from trace.lots import queries as lots
from trace.lots import tracing
from trace.lots.queries import Lot
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.fields import REQUIRED
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("ceilings", __name__, url_prefix="/ceilings")
TONES = {"ok": "ok", "unknown": "draft", "broken": "stop", "overridden": "todo", "flagged": "todo"}
WORDS = {
    "ok": N_("能解释"), "unknown": N_("缺记录"), "broken": N_("解释不了"), "overridden": N_("已放行"), "flagged": N_("待核实"),
}  # fmt: skip


class OverrideForm(Schema):
    """An arrow let pass."""

    arrow = fields.Str(required=True, error_messages=REQUIRED)
    lot = fields.Str(load_default="", validate=validate.Length(max=20))
    plot = fields.Str(load_default="", validate=validate.Length(max=20))
    year = fields.Int(load_default=None, allow_none=True, error_messages={"invalid": "请填写年份。"})
    part = fields.Str(
        load_default="", validate=validate.OneOf(["", "fruit", "leaf", "flower"], error="请从列表中选择。")
    )
    reason = fields.Str(load_default="", validate=validate.Length(max=200, error="最多 200 字。"))
    valid_to = fields.Date(required=True, error_messages={"required": "请填写放行到哪天。", "invalid": "请填写日期。"})


def _year() -> int:
    text = request.args.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text) <= 2100 else business_date().year


def _common() -> dict[str, Any]:
    return {"tones": TONES, "words": WORDS, "year": _year(), "arrows": {a.value: a.label for a in rules.Arrow}}


@bp.get("")
@access(Permission.CEILING_READ)
def producers() -> ResponseReturnValue:
    """The season of every producer: harvest against what its plots can bear, by township."""
    township = request.args.get("township", "")
    rows = seasons.producers(current_actor(), _year(), business_date(), township)
    return render_template(
        "ceilings/producers.html", rows=rows, township=township, townships=[(t.code, t.name) for t in register.townships()], **_common()
    )  # fmt: skip


@bp.get("/producers/<code>")
@access(Permission.CEILING_READ)
def producer(code: str) -> ResponseReturnValue:
    """One producer's plots with every figure and its records."""
    actor, year = current_actor(), _year()
    plots = seasons.harvested_plots(actor, year, producer=code)
    if not plots:
        raise NotFound()
    links = seasons.links_of(seasons.seasons_of(plots, [year]), business_date())
    picked = seasons.harvests_of(plots, year)
    return render_template(
        "ceilings/producer.html",
        operator=plots[0].operator,
        links=links,
        picked=picked,
        checked={row.code for rows in picked.values() for row, _ in rows if _may_check(actor, row)},
        errors={},
        values={},
        **_common(),
    )


@bp.get("/plants")
@access(Permission.CEILING_READ)
def plant_list() -> ResponseReturnValue:
    """The season of every plant: output against raw material bought."""
    return render_template("ceilings/plants.html", rows=plants.plants(current_actor(), _year()), **_common())


@bp.get("/plants/<code>/<process>")
@access(Permission.CEILING_READ)
def plant(code: str, process: str) -> ResponseReturnValue:
    """The records behind one plant's balance."""
    actor, year = current_actor(), _year()
    found = next((p for p in plants.plants(actor, year) if p.code == code and p.process.code == process), None)
    if found is None:
        raise NotFound()
    return render_template(
        "ceilings/plant.html", plant=found, raw=plants.raw_lots(actor, code, found.process.input_part, year),
        made=plants.made_lots(actor, code, found.process, year), **_common(),
    )  # fmt: skip


@bp.get("/completeness")
@access(Permission.CEILING_READ)
def completeness() -> ResponseReturnValue:
    """How much of each holder's newest lots leads back to registered plots."""
    return render_template("ceilings/completeness.html", rows=plants.completeness(current_actor()), **_common())


@bp.get("/lots/<code>")
@access(Permission.LOT_READ)
def lot(code: str) -> ResponseReturnValue:
    """Can trees explain this lot?"""
    return _lot_page({}, {}, code)


def _may_check(actor: Actor, lot: Lot) -> bool:
    """What a lot can be explained by is for its holder and the county's offices."""
    return actor.county_wide or actor.may_act_for(lot.holder_id)


def _lot_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    row = lots.get_lot(actor, code)
    if not _may_check(actor, row):
        raise NotFound()
    labels = live_labels(row) if row.kind == "pack" else None
    return render_template(
        "ceilings/lot.html", lot=row, found=explaining.explain(row, business_date(), labels), trace=tracing.build_trace(row, "back", actor),
        values={"lot": code, **values}, errors=errors, sentence=rules.sentence, **_common(),
    )  # fmt: skip


@bp.get("/overrides")
@access(Permission.CEILING_READ)
def override_list() -> ResponseReturnValue:
    """Every arrow that was let pass: who, why, until when."""
    page = page_by_id(overrides.listed(current_actor()), overrides.CeilingOverride.id)
    return render_template(
        "ceilings/overrides.html", page=page, today=business_date(), errors={}, values={}, **_common()
    )


@bp.post("/lots/<code>/override")
@access(Permission.CEILING_OVERRIDE)
@form_view(_lot_page)
def grant(code: str) -> ResponseReturnValue:
    """Let one arrow of a lot pass."""
    body = load(OverrideForm(), {**form_values(), "lot": code})
    row = overrides.grant(current_actor(), **body)
    done("已放行（%(code)s）。", code=row.code)
    return redirect(url_for("ceilings.lot", code=code))


@bp.post("/overrides/<code>/withdraw")
@access(Permission.CEILING_OVERRIDE)
def withdraw(code: str) -> ResponseReturnValue:
    """End an override before its day."""
    overrides.withdraw(current_actor(), code, form_values().get("reason", ""))
    done("已收回放行。")
    return redirect(url_for("ceilings.override_list"))
