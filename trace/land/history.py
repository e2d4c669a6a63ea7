"""Reading what happened to a plot: states, management, papers, external numbers, each with its dates."""

from __future__ import annotations

from datetime import date
from typing import Any

from peewee import JOIN, fn

from trace.land.dossier import DemoGarden, DemoGardenPlot, ManagementChange, PlotReference, PlotStateChange, TenureDoc
from trace.land.models import Plot, SurvivalVisit, superseded


def state_changes(plot: Plot) -> list[PlotStateChange]:
    """Every change of state ever recorded, newest first; ``undone`` marks those of a visit corrected since."""
    return list(
        PlotStateChange.select(PlotStateChange, superseded().alias("undone"))
        .join(SurvivalVisit, JOIN.LEFT_OUTER)
        .where(PlotStateChange.plot == plot)
        .order_by(PlotStateChange.on_day.desc(), PlotStateChange.id.desc())
    )


def state_on(plot: Plot, day: date) -> str | None:
    """The state a plot was in at the end of a day, as known now; None before its first."""
    return _newest_change(day, plot.id).scalar()


def state_at(day: date) -> Any:
    """The state of each plot of the surrounding query at the end of a day, "" before its first, as an SQL expression."""
    return fn.COALESCE(_newest_change(day, Plot.id), "")


def _newest_change(day: date, plot: Any) -> Any:
    """What the last change up to a day led to; what a corrected visit had led to is left out."""
    change, visit = PlotStateChange.alias(), SurvivalVisit.alias()
    return (
        change.select(change.to_state)
        .join(visit, JOIN.LEFT_OUTER, on=(change.visit == visit.id))
        .where(change.plot == plot, change.on_day <= day, ~superseded(visit))
        .order_by(change.on_day.desc(), change.id.desc())
        .limit(1)
    )


def last_change_day(plot: Plot) -> date | None:
    """The day of the newest change that still counts."""
    query = PlotStateChange.select(fn.MAX(PlotStateChange.on_day)).join(SurvivalVisit, JOIN.LEFT_OUTER)
    return query.where(PlotStateChange.plot == plot, ~superseded()).scalar()


def management_changes(plot: Plot) -> list[ManagementChange]:
    """The modes a plot was managed in, newest first."""
    found = ManagementChange.select().where(ManagementChange.plot == plot)
    return list(found.order_by(ManagementChange.on_day.desc()))


def management_on(plot: Plot, day: date) -> str | None:
    """The management mode in force on a day; None before the first."""
    return next((row.mode for row in management_changes(plot) if row.on_day <= day), None)


def conversion_started(plot: Plot) -> date | None:
    """The day the running organic conversion began: the first of the newest unbroken run of conversion or organic."""
    started = None
    for row in management_changes(plot):
        if row.mode not in ("organic_conversion", "organic"):
            break
        started = row.on_day
    return started


def tenure_docs(plot: Plot) -> list[TenureDoc]:
    """All papers of a plot, voided ones too, newest first."""
    return list(TenureDoc.select().where(TenureDoc.plot == plot).order_by(TenureDoc.seq.desc()))


def valid_tenure(plot: Plot, on: date) -> list[TenureDoc]:
    """Papers that give the right to the ground on a day."""
    return [doc for doc in tenure_docs(plot) if doc.voided_at is None and covers(doc.valid_from, doc.valid_to, on)]


def references(plot: Plot) -> list[PlotReference]:
    """The numbers other registers gave the ground, newest first."""
    found = PlotReference.select().where(PlotReference.plot == plot)
    return list(found.order_by(PlotReference.valid_from.desc(), PlotReference.scheme))


def gardens_of(plot: Plot) -> list[DemoGarden]:
    """The demonstration gardens a plot belongs to."""
    return list(DemoGarden.select().join(DemoGardenPlot).where(DemoGardenPlot.plot == plot).order_by(DemoGarden.code))


def covers(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Does an open span of days contain a day? Both ends count."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)
