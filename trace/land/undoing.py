"""Taking back registrations of plots that should not have been made: the plots stay, as cancelled, and give their ground free."""

from __future__ import annotations

from trace.audit import Operation
from trace.core.errors import RuleBroken
from trace.land.dossier import ManagementChange, PlotStateChange
from trace.land.history import last_change_day
from trace.land.life import move
from trace.land.models import Plot, PlotBoundary

OWN = (PlotBoundary, PlotStateChange, ManagementChange)
"""What registering a plot makes with it; anything else that points at a plot stands on it."""


def cancel_plots(op: Operation, codes: list[str], reason: str) -> None:
    """Cancel plots nothing stands on; :class:`RuleBroken` names the first that is in use, and none is changed."""
    plots = list(Plot.select().where(Plot.code.in_(codes)).order_by(Plot.id))
    ids = [plot.id for plot in plots]
    for field, model in Plot._meta.backrefs.items():
        if model in OWN:
            continue
        for start in range(0, len(ids), 200):
            used = model.select(field).where(field.in_(ids[start : start + 200])).tuples().first()
            if used:
                code = next(plot.code for plot in plots if plot.id == used[0])
                raise RuleBroken("地块 %(plot)s 已有后续记录，不能撤销登记。", code="PLOT_IN_USE", plot=code)
    for plot in plots:
        day = last_change_day(plot) or plot.registered_at.date()
        move(op, plot, "cancelled", on_day=day, evidence="cancellation", reason=reason)
