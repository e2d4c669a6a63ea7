"""Demonstration gardens (示范园): designated by a document, made of registered plots."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import JOIN

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.db.counters import next_number
from trace.land import queries
from trace.land.dossier import DemoGarden, DemoGardenPlot
from trace.land.models import Plot
from trace.registry import queries as register
from trace.registry.models import Party, Township


def add_garden(actor: Actor, values: dict[str, Any]) -> DemoGarden:
    """``values``: name, township (code), state (applied or designated), doc_no, issuer, designated_on, area_m2, operator (party code),

    plots (list of plot codes). A designated garden needs its document, issuer and day.
    """
    with operation(actor, Permission.PLOT_DECIDE) as op:
        township = register.get_township(values["township"])
        operator = register.get_party(actor, values["operator"]) if values.get("operator") else None
        plots, errors = _members(actor, values.get("plots", []))
        errors += _designation_mistakes(values, business_date(op.at))
        errors += [
            FieldError("plots", "OTHER_TOWNSHIP", Message("地块 %(plot)s 不在所选乡镇。", {"plot": plot.code}))
            for plot in plots
            if plot.village.township_id != township.id
        ]
        if errors:
            raise Invalid.of(errors)
        garden = DemoGarden.create(
            code=f"SF{next_number('garden'):04d}", name=values["name"], township=township, operator=operator,
            state=values["state"], doc_no=values.get("doc_no", ""), issuer=values.get("issuer", ""),
            designated_on=values.get("designated_on"), area_m2=values["area_m2"], recorded_at=op.at,
        )  # fmt: skip
        for plot in plots:
            DemoGardenPlot.create(garden=garden, plot=plot)
        op.record("plot.garden", garden, state=garden.state, plots=[plot.code for plot in plots])
        return garden


def withdraw_garden(actor: Actor, code: str, on: date, reason: str) -> DemoGarden:
    """The designation ends; the garden stays in the list as withdrawn."""
    with operation(actor, Permission.PLOT_DECIDE) as op:
        garden = get_garden(actor, code)
        if garden.state == "withdrawn":
            raise RuleBroken("这个示范园已经撤销。", code="GARDEN_WITHDRAWN")
        errors = []
        if on > business_date(op.at) or (garden.designated_on and on < garden.designated_on):
            errors.append(FieldError("on", "DATE_RANGE", Message("撤销日期应在认定日期与今天之间。")))
        if not reason.strip():
            errors.append(FieldError("reason", "REASON_MISSING", Message("请填写撤销的依据。")))
        if errors:
            raise Invalid.of(errors)
        garden.state, garden.withdrawn_on, garden.reason = "withdrawn", on, reason.strip()
        garden.save(only=[DemoGarden.state, DemoGarden.withdrawn_on, DemoGarden.reason])
        op.record("plot.garden_withdraw", garden, on=on.isoformat(), reason=garden.reason)
        return garden


def visible_gardens(actor: Actor) -> Any:
    """Gardens of the county, of one's townships, or with a plot of one's own; township and operator joined."""
    query = DemoGarden.select(DemoGarden, Township, Party).join(Township).switch(DemoGarden)
    query = query.join(Party, JOIN.LEFT_OUTER, on=DemoGarden.operator)
    if actor.county_wide:
        return query
    own = queries.visible_plots(actor).select(Plot.id)
    members = DemoGardenPlot.select(DemoGardenPlot.garden).where(DemoGardenPlot.plot.in_(own))
    mine = DemoGarden.id.in_(members) | (DemoGarden.operator == (actor.party_id or 0))
    if actor.township_codes:
        mine = mine | Township.code.in_(list(actor.township_codes))
    return query.where(mine)


def get_garden(actor: Actor, code: str) -> DemoGarden:
    """A garden the actor may see."""
    found = visible_gardens(actor).where(DemoGarden.code == code).first()
    if found is None:
        raise NotFound()
    return found


def plots_of(actor: Actor, garden: DemoGarden) -> list[Plot]:
    """The plots of a garden, those the actor may see."""
    members = DemoGardenPlot.select(DemoGardenPlot.plot).where(DemoGardenPlot.garden == garden)
    return list(queries.visible_plots(actor).where(Plot.id.in_(members)).order_by(Plot.code))


def _members(actor: Actor, codes: list[str]) -> tuple[list[Plot], list[FieldError]]:
    plots, errors = [], []
    for code in dict.fromkeys(codes):
        found = queries.visible_plots(actor).where(Plot.code == code).first()
        if found is None:
            errors.append(FieldError("plots", "PLOT_UNKNOWN", Message("没有编号为 %(plot)s 的地块。", {"plot": code})))
        else:
            plots.append(found)
    return plots, errors


def _designation_mistakes(values: dict[str, Any], today: date) -> list[FieldError]:
    errors = []
    if values["state"] == "designated":
        errors += [
            FieldError(field, "MISSING", Message("已认定的示范园须填写这一项。"))
            for field in ("doc_no", "issuer", "designated_on")
            if not values.get(field)
        ]
    if values.get("designated_on") and values["designated_on"] > today:
        errors.append(FieldError("designated_on", "DATE_FUTURE", Message("日期不能晚于今天。")))
    return errors
