"""A plot or a boundary about to be written: what was typed, looked up and judged, all mistakes in one error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from trace.audit.operation import Operation
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import Message
from trace.db.counters import next_number, take_turn
from trace.land import life, overlaps, rules
from trace.land.assess import Assessment, Source, assess, present_boundary
from trace.land.dossier import ManagementChange
from trace.land.models import Plot, PlotBoundary
from trace.registry import queries as register
from trace.registry.models import Party, Taxon, Village
from trace.registry.regions import village_in_force


@dataclass(frozen=True)
class PlotDraft:
    """A plot that may be registered as soon as its overlaps are free or decided."""

    village: Village
    operator: Party
    steward: Party | None
    taxon: Taxon
    judged: Assessment
    values: dict[str, Any]


@dataclass(frozen=True)
class BoundaryDraft:
    """A new boundary that may be kept as soon as its overlaps are free or decided."""

    plot: Plot
    present: PlotBoundary
    judged: Assessment
    reason: str
    valid_from: date


def draft_plot(op: Operation, actor: Actor, values: dict[str, Any]) -> PlotDraft:
    """Look everything up and judge it; raises one :class:`Invalid` with every mistake, 404 for what is not the actor's."""
    operator = register.get_party(actor, values["operator"])
    steward = steward_of(actor, operator)
    errors: list[FieldError] = []
    village = _collect(errors, lambda: village_in_force(values["village"]))
    if village is not None and (actor.township_codes or steward is None):
        actor.require_township(village.township.code)
    taxon = _collect(
        errors, lambda: register.get_taxon(values["taxon"]) if values.get("taxon") else register.default_taxon()
    )
    today, planted_on = business_date(op.at), values.get("planted_on")
    if planted_on and planted_on > today:
        errors.append(FieldError("planted_on", "DATE_FUTURE", Message("栽植日期不能晚于今天。")))
    take_turn("boundaries")
    judged = assess(
        Source.of(values),
        township=village.township if village else None,
        declared_m2=values.get("declared_m2"),
        on=values.get("valid_from") or planted_on or today,
    )
    errors += judged.errors
    if errors or village is None or taxon is None:
        raise Invalid.of(errors)
    return PlotDraft(village, operator, steward, taxon, judged, values)


def draft_boundary(op: Operation, plot: Plot, values: dict[str, Any]) -> BoundaryDraft:
    """Judge a new boundary of a plot; raises one :class:`Invalid` with every mistake."""
    present, reason, valid_from = present_boundary(plot), values["reason"].strip(), values["valid_from"]
    errors = []
    if not reason:
        errors.append(FieldError("reason", "REASON_MISSING", Message("请填写边界变更的原因。")))
    if valid_from <= present.valid_from:
        message = Message("生效日期须晚于现有边界的生效日期 %(day)s。", {"day": present.valid_from})
        errors.append(FieldError("valid_from", "DATE_ORDER", message))
    if valid_from > business_date(op.at):
        errors.append(FieldError("valid_from", "DATE_FUTURE", Message("生效日期不能晚于今天。")))
    take_turn("boundaries")
    judged = assess(Source.of(values), township=plot.village.township, plot=plot, on=valid_from)
    errors += judged.errors
    if errors:
        raise Invalid.of(errors)
    return BoundaryDraft(plot, present, judged, reason, valid_from)


def require_free(judged: Assessment) -> None:
    """Refuse ground another plot holds, with its m² (409 PLOT_OVERLAP)."""
    if not judged.conflicts:
        return
    message = overlaps.refusal(judged.conflicts[0])
    raise RuleBroken(message.template, code="PLOT_OVERLAP", field="geometry", **message.values)


def write_plot(op: Operation, draft: PlotDraft, *, registered_by: int | None, steward: Party | None = None) -> Plot:
    """Insert the plot with its first boundary, state and management mode."""
    values, measured = draft.values, draft.judged.measured
    planted_on, today = values.get("planted_on"), business_date(op.at)
    plot = Plot.create(
        code=f"{draft.village.code}-{next_number(f'plot-{draft.village.code}'):04d}",
        village=draft.village,
        operator=draft.operator,
        steward=steward or draft.steward,
        name=values.get("name", ""),
        taxon=draft.taxon,
        state="planted" if planted_on else "planned",
        land_class=values["land_class"],
        survey_class=values.get("survey_class", ""),
        soil=values.get("soil", ""),
        management=values["management"],
        planted_on=planted_on,
        tree_count=values.get("tree_count") or 0,
        declared_m2=values.get("declared_m2"),
        area_m2=measured.area_m2,
        registered_at=op.at,
        registered_by=registered_by,
    )
    since = values.get("valid_from") or planted_on or today
    write_boundary(op, plot, draft.judged, version=1, valid_from=since)
    life.begin(op, plot, planted_on or today)
    ManagementChange.create(
        plot=plot,
        mode=plot.management,
        on_day=planted_on or today,
        changer_name=op.actor.display_name,
        recorded_at=op.at,
    )
    op.record("plot.register", plot, area_m2=measured.area_m2, ring=measured.ring_id)
    return plot


def replace_boundary(op: Operation, draft: BoundaryDraft) -> PlotBoundary:
    """End the present version and begin the new one; the old one stays for what happened under it."""
    plot, present, measured = draft.plot, draft.present, draft.judged.measured
    present.valid_to = draft.valid_from
    present.save(only=[PlotBoundary.valid_to])
    row = write_boundary(
        op, plot, draft.judged, version=present.version + 1, valid_from=draft.valid_from, reason=draft.reason
    )
    plot.area_m2 = measured.area_m2
    plot.save(only=[Plot.area_m2])
    op.record("plot.redraw", plot, version=row.version, area_m2=measured.area_m2, reason=row.reason)
    return row


def write_boundary(
    op: Operation, plot: Plot, judged: Assessment, *, version: int, valid_from: date, reason: str = ""
) -> PlotBoundary:
    """One dated version with everything that is known about how it was made."""
    measured, source = judged.measured, judged.source
    west, south, east, north = measured.bbox
    return PlotBoundary.create(
        plot=plot, version=version, valid_from=valid_from, geojson=measured.geojson, area_m2=measured.area_m2,
        ring_id=measured.ring_id, west=west, south=south, east=east, north=north, source=source.source, reason=reason,
        recorded_at=op.at, source_crs=source.crs, accuracy_m=source.accuracy_m, is_evidence=rules.is_evidence(source.accuracy_m),
        township_check=judged.township_check, cautions=[caution.kept() for caution in judged.cautions],
        recorder_name=op.actor.display_name,
    )  # fmt: skip


def steward_of(actor: Actor, operator: Party) -> Party | None:
    """The organisation that keeps the plot's records: the one acting, else the cooperative the operator belongs to."""
    if actor.party_id is not None:
        return register.party_by_id(actor.party_id)
    return operator.belongs_to if operator.belongs_to_id else (operator if operator.kind == "cooperative" else None)


def _collect(errors: list[FieldError], look_up: Any) -> Any:
    try:
        return look_up()
    except Invalid as error:
        errors += error.errors
        return None
