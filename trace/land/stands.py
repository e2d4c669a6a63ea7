"""Stands: seedlings in the ground. A planting sets the plot's count, its day and, the first time, its state."""

from __future__ import annotations

from datetime import date

from peewee import fn

from trace.audit import Operation
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid
from trace.core.text import Message
from trace.db.among import among
from trace.db.counters import next_number
from trace.db.memo import remembered, seed
from trace.land import life, states
from trace.land.models import Plot, Stand
from trace.registry import queries as register
from trace.registry.models import Taxon


def plant_stand(
    op: Operation,
    plot: Plot,
    taxon: Taxon,
    *,
    planted_on: date,
    count: int,
    spacing: str = "",
    density_reason: str = "",
) -> Stand:
    """A stand of ``count`` plants. Density (株/亩) above the possible is refused, outside the usual range needs a reason.

    Range: register of reference ranges, metric ``density`` (domain brief §4.1, 参考值). A first planting, or one after failure or a call for
    replanting, moves the plot to 已栽待查 and so starts its survival visits.
    """
    errors = _mistakes(plot, taxon, planted_on, count, density_reason, business_date(op.at))
    if errors:
        raise Invalid(errors=errors)
    number = next_number(f"stand-{plot.code}")
    stand = Stand.create(
        code=f"{plot.code}-L{number}", plot=plot, taxon=taxon, planted_on=planted_on, planted_count=count, spacing=spacing.strip(),
        density_reason=density_reason.strip(), recorded_at=op.at,
    )  # fmt: skip
    plot.tree_count = standing(plot)
    plot.save(only=[Plot.tree_count])
    if any(step.to == "planted" for step in states.TRANSITIONS[plot.state]):
        life.planted(op, plot, planted_on)
    return stand


def standing(plot: Plot) -> int:
    """Plants ever put into a plot by its stands, or what was declared where there are none."""
    return (
        int(Stand.select(fn.COALESCE(fn.SUM(Stand.planted_count), 0)).where(Stand.plot == plot).scalar())
        or plot.tree_count
    )


@remembered
def stands_of(plot: Plot) -> list[Stand]:
    """The stands of a plot, newest first."""
    return list(Stand.select(Stand, Taxon).join(Taxon).where(Stand.plot == plot).order_by(Stand.id.desc()))


def _mistakes(plot: Plot, taxon: Taxon, on: date, count: int, reason: str, today: date) -> list[FieldError]:
    found = []
    if taxon.id != plot.taxon_id:
        values = {"seedling": taxon.name_zh, "plot": _common_name(plot.taxon)}
        message = Message("该苗木为%(seedling)s，与地块登记树种（%(plot)s）不符。", values)
        found.append(FieldError("plot", "TAXON_OTHER", message))
    if states.is_final(plot.state):
        found.append(FieldError("plot", "PLOT_GONE", Message("地块已改种、灭失或撤销，不能定植。")))
    if on > today:
        found.append(FieldError("planted_on", "DATE_FUTURE", Message("栽植日期不能晚于今天。")))
    span = register.reference_range(taxon, "density")
    if span is not None and plot.area_m2:
        density = count * 10_000 / (plot.area_m2 * 15)
        values = {"density": f"{density:.0f}", "low": span.low, "high": span.high, "most": span.hard_max}
        if span.hard_max and density > span.hard_max:
            message = Message("每亩 %(density)s 株，超过上限 %(most)s 株，请核对株数和地块。", values)
            found.append(FieldError("count", "DENSITY_IMPOSSIBLE", message))
        elif not span.low <= density <= span.high and not reason.strip():
            message = Message("每亩 %(density)s 株，不在常见的 %(low)s—%(high)s 株之间，请填写原因。", values)
            found.append(FieldError("density_reason", "DENSITY_ODD", message))
    return found


def _common_name(taxon: Taxon) -> str:
    return taxon.other_names.split(";")[0] or taxon.name_zh


def expect_stands(plots: list[Plot]) -> None:
    """Read the stands of many plots at once for :func:`stands_of` to find (only within ``remembering``)."""
    found: dict[int, list[Stand]] = {plot.id: [] for plot in plots}
    for stand in (
        Stand.select(Stand, Taxon)
        .join(Taxon)
        .where(among(Stand.plot, [plot.id for plot in plots]))
        .order_by(Stand.id.desc())
    ):
        found[stand.plot_id].append(stand)
    for plot in plots:
        seed(stands_of, found[plot.id], plot)
