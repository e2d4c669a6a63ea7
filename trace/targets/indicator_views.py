"""HTML doors of indicators: the cards, the county's path to 2030, the enterprise sentence, milestones, ex-factory prices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.registry import queries as register
from trace.targets import cards, defining, planning, prices, queries, readings, rules, services, stages
from trace.targets.schemas import CardSchema, CountyPlanSchema, MilestoneSchema, PriceSchema, ReadingSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("indicators", __name__)
P = Permission
YEARS = range(rules.FIRST_YEAR, rules.HORIZON + 1)


@bp.get("/targets/indicators")
@access(P.TARGET_READ)
def index() -> ResponseReturnValue:
    """Every indicator as a card, with what it stands at."""
    today = business_date()
    progress = queries.progress(rules.period_of(today))
    return render_template(
        "targets/indicators.html", cards=planning.cards(), standing=standing(progress), goals={g.indicator: g for g in progress.goals},
        progress=progress, rules=rules, words=cards,
    )  # fmt: skip


def standing(progress: queries.Progress) -> dict[str, int]:
    """What each indicator stands at, in base units."""
    return {
        "area": progress.total("verified_m2"), "registered_area": progress.total("registered_m2"),
        "output_value": progress.total("gross_fen"), "honours": planning.milestones_counted("honours", progress.day),
        **progress.counters,
    }  # fmt: skip


def _page(values: dict[str, Any], errors: dict[str, str], indicator: str, form: str = "") -> str:
    card = planning.card(indicator)
    if card is None:
        raise NotFound()
    today = business_date()
    progress = queries.progress(rules.period_of(today))
    return render_template(
        "targets/indicator.html", card=card, history=planning.card_history(indicator), values=values, errors=errors, tried=form,
        path=planning.county_path(indicator), county_history=planning.county_history(indicator), words=cards, rules=rules,
        gaps=planning.gaps(indicator, YEARS) if indicator in rules.TASKED else [], now=standing(progress).get(indicator),
        goal=progress.goal(indicator), stages=stages.STAGES.get(indicator, {}), steps=planning.milestone_steps(indicator),
        schemes=stages.SCHEMES, years=[(str(y), str(y)) for y in YEARS], today=today, progress=progress,
        reading_lines=reading_lines(progress) if indicator in rules.ENTERPRISE_INDICATORS else [],
    )  # fmt: skip


def reading_lines(progress: queries.Progress) -> list[tuple[readings.Reading, list[readings.Line]]]:
    """The counters under each of the four readings."""
    counts = planning.enterprise_counts(progress.day)
    return [(reading, readings.lines(reading, counts)) for reading in readings.Reading]


@bp.get("/targets/indicators/<indicator>")
@access(P.TARGET_READ)
def show(indicator: str) -> ResponseReturnValue:
    """One card: definition and its versions, the county's path, Σ townships against it, milestones."""
    return _page({}, {}, indicator)


@bp.post("/targets/indicators/<indicator>/card")
@access(P.TARGET_PLAN)
@form_view(lambda values, errors, indicator: _page(values, errors, indicator, "card"))
def define(indicator: str) -> ResponseReturnValue:
    """A new version of the definition."""
    row = defining.define_card(current_actor(), indicator, **load(CardSchema(), form_values()))
    done("口径已保存为第 %(n)s 版。", n=row.version)
    return redirect(url_for("targets.indicators.show", indicator=indicator))


@bp.post("/targets/indicators/<indicator>/plan")
@access(P.TARGET_PLAN)
@form_view(lambda values, errors, indicator: _page(values, errors, indicator, "plan"))
def plan(indicator: str) -> ResponseReturnValue:
    """The county's own figure of a year."""
    values = load(CountyPlanSchema(), {**form_values(), "indicator": indicator})
    record = services.plan_county(current_actor(), **values)
    done("县级计划数已保存（第 %(n)s 版）。", n=record.version)
    return redirect(url_for("targets.indicators.show", indicator=indicator))


@bp.post("/targets/indicators/<indicator>/stages")
@access(P.TARGET_PLAN)
@form_view(lambda values, errors, indicator: _page(values, errors, indicator, "stage"))
def reach(indicator: str) -> ResponseReturnValue:
    """A project reached a stage."""
    if indicator not in stages.STAGES:
        raise NotFound()
    row = defining.reach_stage(current_actor(), indicator, load(MilestoneSchema(), form_values()))
    done("已登记：%(project)s %(stage)s。", project=row.project, stage=_(stages.STAGES[indicator][row.stage]))
    return redirect(url_for("targets.indicators.show", indicator=indicator))


def _readings(values: dict[str, Any], errors: dict[str, str]) -> str:
    progress = queries.progress(rules.period_of(business_date()))
    counts = planning.enterprise_counts(progress.day)
    return render_template(
        "targets/readings.html", values={"decided_on": business_date().isoformat(), **values}, errors=errors, progress=progress,
        tables=reading_lines(progress), counts=counts, history=planning.readings(), rules=rules, readings=readings,
        choices=[(r.value, f"{r.value} {_(r.label)}") for r in readings.Reading],
    )  # fmt: skip


@bp.get("/targets/readings")
@access(P.TARGET_READ)
def reading() -> ResponseReturnValue:
    """The enterprise sentence, its four readings and what is in force."""
    return _readings({}, {})


@bp.post("/targets/readings")
@access(P.TARGET_PLAN)
@form_view(_readings)
def decide() -> ResponseReturnValue:
    """Write a decision about the reading down."""
    row = defining.decide_reading(current_actor(), **load(ReadingSchema(), form_values()))
    done("口径 %(reading)s 已登记，自 %(day)s 起使用。", reading=row.reading, day=row.decided_on)
    return redirect(url_for("targets.indicators.reading"))


def _prices(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    return render_template(
        "targets/prices.html", values={"valid_from": business_date().isoformat(), **values}, errors=errors,
        rows=prices.visible(actor), firms=prices.firms(actor),
        products=[(p.code, p.name) for p in register.products() if p.form not in ("fresh", "seedling", "wip")],
    )  # fmt: skip


@bp.get("/targets/prices")
@access(P.VALUE_PRICE)
def price_list() -> ResponseReturnValue:
    """Ex-factory prices and their proofs."""
    return _prices({}, {})


@bp.post("/targets/prices")
@access(P.VALUE_PRICE)
@form_view(_prices)
def set_price() -> ResponseReturnValue:
    """Keep a price."""
    row = defining.set_price(current_actor(), **load(PriceSchema(), form_values()))
    done("出厂价已登记（第 %(n)s 版）。", n=row.version)
    return redirect(url_for("targets.indicators.price_list"))
