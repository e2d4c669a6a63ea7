"""Writing how a plot moves from state to state; every change is a dated row that stays."""

from __future__ import annotations

from datetime import date

from trace.audit import operation
from trace.audit.operation import Operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.land import history, queries, rules, states
from trace.land.dossier import ManagementChange, PlotStateChange
from trace.land.models import Plot, SurvivalVisit


def begin(op: Operation, plot: Plot, on_day: date) -> None:
    """The first state of a plot, as registered."""
    _write(op, plot, "", plot.state, on_day, "registration")


def move(
    op: Operation,
    plot: Plot,
    to: str,
    *,
    on_day: date,
    evidence: str,
    reason: str = "",
    visit: SurvivalVisit | None = None,
) -> None:
    """Write a change of state on a day. Recorded late, it is history and leaves the present state alone."""
    before = history.state_on(plot, on_day) or ""
    newest = history.last_change_day(plot)
    if before != to or visit is not None:
        _write(op, plot, before, to, on_day, evidence, reason, visit)
    if newest is None or on_day >= newest:
        plot.state = to
        plot.save(only=[Plot.state])


def change_state(actor: Actor, code: str, *, to: str, on_day: date, reason: str) -> Plot:
    """A change entered by hand: prepared, planted, bearing, converted, lost. Illegal steps are refused with what is allowed (409)."""
    needed = _permission_for(actor, code, to)
    with operation(actor, needed) as op:
        plot = queries.get_plot(actor, code)
        step = states.require_step(plot.state, to)
        _check_change(op, plot, step, on_day, reason)
        if step.evidence == "planting":
            _plant(plot, on_day)
        move(op, plot, to, on_day=on_day, evidence=step.evidence, reason=reason.strip())
        op.record("plot.state", plot, to=to, on=on_day.isoformat(), reason=reason.strip())
        return plot


def planted(op: Operation, plot: Plot, on_day: date) -> None:
    """Seedlings went into the ground: the day is set and the plot waits for its survival visits.

    A plot registered after its planting day is planted from the day it is known.
    """
    _plant(plot, on_day)
    move(op, plot, "planted", on_day=max(on_day, history.last_change_day(plot) or on_day), evidence="planting")


def change_management(actor: Actor, code: str, *, mode: str, on_day: date, evidence: str = "") -> ManagementChange:
    """A dated change of the management mode; organic only 36 months after the conversion began."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        newest = next(iter(history.management_changes(plot)), None)
        errors = []
        if on_day > business_date(op.at):
            errors.append(FieldError("on_day", "DATE_FUTURE", Message("日期不能晚于今天。")))
        if newest is not None and on_day <= newest.on_day:
            message = Message("日期须晚于上一次变更的日期 %(day)s。", {"day": newest.on_day})
            errors.append(FieldError("on_day", "DATE_ORDER", message))
        if newest is not None and newest.mode == mode:
            errors.append(FieldError("mode", "NO_CHANGE", Message("管理方式没有变化。")))
        errors += _organic_mistakes(plot, mode, on_day)
        if errors:
            raise Invalid.of(errors)
        row = ManagementChange.create(
            plot=plot,
            mode=mode,
            on_day=on_day,
            evidence=evidence.strip(),
            changer_name=actor.display_name,
            recorded_at=op.at,
        )
        plot.management = mode
        plot.save(only=[Plot.management])
        op.record("plot.management", plot, mode=mode, on=on_day.isoformat(), evidence=row.evidence)
        return row


def _organic_mistakes(plot: Plot, mode: str, on_day: date) -> list[FieldError]:
    if mode != "organic":
        return []
    started = history.conversion_started(plot)
    if started is None:
        return [FieldError("mode", "ORGANIC_NO_CONVERSION", Message("请先登记有机转换的开始日期。"))]
    earliest = rules.organic_from(started)
    if on_day >= earliest:
        return []
    message = Message(
        "有机转换自 %(start)s 起须满 36 个月，最早 %(day)s 可登记为有机。", {"start": started, "day": earliest}
    )
    return [FieldError("on_day", "ORGANIC_TOO_EARLY", message)]


def _permission_for(actor: Actor, code: str, to: str) -> Permission:
    """Whose business the step is; an unknown or illegal one is refused further on, to those who may register at all."""
    plot = queries.get_plot(actor, code)
    for step in states.steps_by_hand(plot.state):
        if step.to == to:
            return step.by
    return Permission.PLOT_REGISTER if actor.can(Permission.PLOT_REGISTER) else Permission.PLOT_VERIFY


def _check_change(op: Operation, plot: Plot, step: states.Step, on_day: date, reason: str) -> None:
    errors = []
    newest = history.last_change_day(plot)
    if on_day > business_date(op.at):
        errors.append(FieldError("on_day", "DATE_FUTURE", Message("日期不能晚于今天。")))
    if newest is not None and on_day < newest:
        message = Message("日期不能早于上一次状态变更的日期 %(day)s。", {"day": newest})
        errors.append(FieldError("on_day", "DATE_ORDER", message))
    if step.evidence == "report" and not reason.strip():
        errors.append(FieldError("reason", "REASON_MISSING", Message("请说明情况和依据。")))
    if errors:
        raise Invalid.of(errors)


def _plant(plot: Plot, on_day: date) -> None:
    """First planting, or planting again after failure, sets the age of the trees; filling gaps only starts the checks anew."""
    if plot.planted_on is None or plot.state in ("failed", "prepared"):
        plot.planted_on, plot.replanted_on = on_day, None
    else:
        plot.replanted_on = on_day
    plot.save(only=[Plot.planted_on, Plot.replanted_on])


def _write(
    op: Operation,
    plot: Plot,
    before: str,
    to: str,
    on_day: date,
    evidence: str,
    reason: str = "",
    visit: SurvivalVisit | None = None,
) -> None:
    PlotStateChange.create(
        plot=plot, from_state=before, to_state=to, on_day=on_day, evidence=evidence, visit=visit, reason=reason,
        changed_by=op.actor.user_id, changer_name=op.actor.display_name, recorded_at=op.at,
    )  # fmt: skip
