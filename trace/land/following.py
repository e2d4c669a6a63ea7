"""What the land register does when two entries of one party are merged."""

from __future__ import annotations

from trace.audit import Operation
from trace.land.models import Plot
from trace.registry.models import Party


def move_plots(op: Operation, old: Party, new: Party) -> dict[str, int]:
    """Plots operated or kept by the old entry belong to the new one; each plot's trail says so."""
    moved = 0
    for plot in Plot.select().where((Plot.operator == old) | (Plot.steward == old)).order_by(Plot.id):
        plot.operator = new.id if plot.operator_id == old.id else plot.operator_id
        plot.steward = new.id if plot.steward_id == old.id else plot.steward_id
        plot.save(only=[Plot.operator, Plot.steward])
        op.record("plot.follow_merge", plot, before=old.code, after=new.code)
        moved += 1
    return {"plots": moved}
