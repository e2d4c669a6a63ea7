"""Writing the land register."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.core.geometry import Boundary, parse_boundary
from trace.core.units import format_mu, format_pct
from trace.db.counters import next_number, take_turn
from trace.land import queries, rules
from trace.land.models import Plot, PlotBoundary, SurvivalVisit
from trace.registry import queries as register
from trace.registry.models import Party


def check_boundary(source: Any, *, except_plot: Plot | None = None) -> tuple[Boundary, list[queries.Overlap]]:
    """Dry run: parse a boundary and find what it overlaps. Writes nothing."""
    boundary = parse_boundary(source)
    return boundary, queries.overlaps(boundary, except_plot=except_plot)


def register_plot(actor: Actor, values: dict[str, Any]) -> Plot:
    """Register a plot with its first boundary.

    ``values``: village (code), operator (party code), taxon (key), land_class, management, geometry (GeoJSON), optional name,
    planted_on, tree_count, declared_m2, source, valid_from. All mistakes are listed at once; an overlap is refused with its m².
    """
    with operation(actor, Permission.PLOT_REGISTER) as op:
        village = register.get_village(values["village"])
        operator = register.get_party(actor, values["operator"])
        steward = _steward(actor, operator)
        if actor.township_codes or steward is None:
            actor.require_township(village.township.code)
        boundary = parse_boundary(values["geometry"])
        _check_declared(values.get("declared_m2"), boundary.area_m2)
        _check_free(boundary)
        planted_on = values.get("planted_on")
        if planted_on and planted_on > business_date(op.at):
            raise Invalid("栽植日期不能晚于今天。", field="planted_on", code="DATE_FUTURE")
        plot = Plot.create(
            code=f"{village.code}-{next_number(f'plot-{village.code}'):04d}",
            village=village,
            operator=operator,
            steward=steward,
            name=values.get("name", ""),
            taxon=register.get_taxon(values["taxon"]) if values.get("taxon") else register.default_taxon(),
            state="planted" if planted_on else "planned",
            land_class=values["land_class"],
            management=values["management"],
            planted_on=planted_on,
            tree_count=values.get("tree_count") or 0,
            declared_m2=values.get("declared_m2"),
            area_m2=boundary.area_m2,
            registered_at=op.at,
        )
        _add_boundary(
            op.at,
            plot,
            boundary,
            1,
            values.get("valid_from") or planted_on or business_date(op.at),
            values.get("source", "pasted"),
        )
        op.record("plot.register", plot, area_m2=boundary.area_m2, ring=boundary.ring_id)
        return plot


def redraw_boundary(actor: Actor, code: str, source: Any, reason: str, valid_from: date) -> PlotBoundary:
    """A new dated version of a boundary; the old one stays for what happened under it."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        if not reason.strip():
            raise Invalid("请填写边界变更的原因。", field="reason", code="REASON_MISSING")
        boundary = parse_boundary(source)
        _check_free(boundary, plot)
        present = PlotBoundary.get(PlotBoundary.plot == plot, PlotBoundary.valid_to.is_null())
        if valid_from <= present.valid_from:
            raise Invalid(
                "生效日期须晚于现有边界的生效日期 %(day)s。",
                field="valid_from",
                code="DATE_ORDER",
                day=present.valid_from,
            )
        present.valid_to = valid_from
        present.save(only=[PlotBoundary.valid_to])
        row = _add_boundary(op.at, plot, boundary, present.version + 1, valid_from, "pasted", reason.strip())
        plot.area_m2 = boundary.area_m2
        plot.save(only=[Plot.area_m2])
        op.record("plot.redraw", plot, version=row.version, area_m2=boundary.area_m2, reason=row.reason)
        return row


def record_visit(
    actor: Actor,
    code: str,
    *,
    kind: str,
    visited_on: date,
    sampled: int,
    alive: int,
    verified_m2: int | None = None,
    note: str = "",
) -> SurvivalVisit:
    """A survival visit: the share alive decides the plot's state; the verified area can be smaller than the polygon, never larger."""
    with operation(actor, Permission.PLOT_VERIFY) as op:
        plot = queries.get_plot(actor, code)
        if plot.planted_on is None:
            raise RuleBroken("地块 %(plot)s 还没有栽植，不能查成活率。", code="NOT_PLANTED", plot=plot.code)
        if visited_on > business_date(op.at) or visited_on < plot.planted_on:
            raise Invalid("查验日期应在栽植日期与今天之间。", field="visited_on", code="DATE_RANGE")
        if not 0 <= alive <= sampled or sampled == 0:
            raise Invalid("成活株数应在 0 与抽查株数之间。", field="alive", code="COUNT_RANGE")
        if SurvivalVisit.get_or_none(
            SurvivalVisit.plot == plot, SurvivalVisit.kind == kind, SurvivalVisit.visited_on == visited_on
        ):
            raise RuleBroken(
                "该地块 %(day)s 已有一次同类查验。", code="VISIT_KNOWN", field="visited_on", day=visited_on
            )
        area = plot.area_m2 if verified_m2 is None else verified_m2
        if area > plot.area_m2:
            raise Invalid(
                "核实面积不能大于勾绘面积 %(mu)s 亩。",
                field="verified_mu",
                code="AREA_RANGE",
                mu=format_mu(plot.area_m2),
            )
        visit = SurvivalVisit.create(
            plot=plot, kind=kind, visited_on=visited_on, sampled=sampled, alive=alive, verified_m2=area, note=note,
            verifier_id=actor.user_id, verifier_name=actor.display_name, recorded_at=op.at,
        )  # fmt: skip
        plot.state = rules.state_after_visit(kind, sampled, alive)
        plot.save(only=[Plot.state])
        op.record("plot.visit", plot, kind=kind, sampled=sampled, alive=alive, verified_m2=area, state=plot.state)
        return visit


def _steward(actor: Actor, operator: Party) -> Party | None:
    """The organisation that keeps the plot's records: the one acting, else the cooperative the operator belongs to."""
    if actor.party_id is not None:
        return register.party_by_id(actor.party_id)
    return operator.belongs_to if operator.belongs_to_id else (operator if operator.kind == "cooperative" else None)


def _check_declared(declared_m2: int | None, measured_m2: int) -> None:
    """Domain brief §2.7: within max(5 %, 0.3 亩) fine, over 20 % refused with both figures."""
    if declared_m2 is None:
        return
    gap = abs(declared_m2 - measured_m2)
    if gap > 200 and gap * 100 > declared_m2 * 20:
        raise Invalid(
            "勾绘面积 %(measured)s 亩与合同面积 %(declared)s 亩相差 %(gap)s，请核对。",
            field="declared_mu",
            code="PLOT_AREA_MISMATCH",
            measured=format_mu(measured_m2),
            declared=format_mu(declared_m2),
            gap=format_pct(Fraction(gap, declared_m2), 1),
        )


def _check_free(boundary: Boundary, except_plot: Plot | None = None) -> None:
    take_turn("boundaries")
    found = queries.overlaps(boundary, except_plot=except_plot)
    if found:
        raise RuleBroken(
            "与已登记的 %(plot)s 号地块重叠 %(m2)s 平方米（%(mu)s 亩），请先核实边界。",
            code="PLOT_OVERLAP",
            field="geometry",
            plot=found[0].plot.code,
            m2=found[0].area_m2,
            mu=format_mu(found[0].area_m2),
        )


def _add_boundary(
    at: Any, plot: Plot, boundary: Boundary, version: int, valid_from: date, source: str, reason: str = ""
) -> PlotBoundary:
    west, south, east, north = boundary.bbox
    return PlotBoundary.create(
        plot=plot, version=version, valid_from=valid_from, geojson=boundary.geojson, area_m2=boundary.area_m2,
        ring_id=boundary.ring_id, west=west, south=south, east=east, north=north, source=source, reason=reason, recorded_at=at,
    )  # fmt: skip
