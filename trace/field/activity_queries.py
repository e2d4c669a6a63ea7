"""Reading production records: the version that counts, what was sprayed where, when use stopped, what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.db.among import among
from trace.field.activity_models import Activity, ActivityVersion, FieldIncident, IntervalJudgement
from trace.field.activity_rules import SETTINGS, ActivityKind
from trace.land import queries as land
from trace.land.models import Plot
from trace.lots import queries as ledger
from trace.lots.models import Hold, Lot
from trace.pesticides import queries as pesticides
from trace.pesticides import rules as pesticide_rules
from trace.registry.models import Party, Product, Taxon, Township, Village
from trace.registry.queries import site_setting


@dataclass(frozen=True)
class Applied:
    """One valid spraying of a plot: its record, day, product and actives."""

    code: str
    day: date
    reg_no: str
    product: str
    actives: tuple[str, ...]
    phi_days: int | None


@dataclass(frozen=True)
class Stopped:
    """When the use of an input ended in a season: set by itself to the last use, or by hand."""

    product: str
    reg_no: str
    last_use: date
    day: date
    by_hand: bool


def setting(key: str) -> int:
    """A number of :data:`trace.field.activity_rules.SETTINGS`, as set or as assumed."""
    return int(site_setting(key, SETTINGS[key]))


def newest(version: Any = ActivityVersion) -> Any:
    """Is no later version there? An SQL condition."""
    later = ActivityVersion.alias()
    newer = later.select(later.id).where(later.activity == version.activity, later.version > version.version)
    return ~fn.EXISTS(newer)


def current(plot_ids: list[int]) -> Any:
    """The version of every record of these plots that counts, records joined."""
    query = ActivityVersion.select(ActivityVersion, Activity).join(Activity)
    return query.where(among(Activity.plot, plot_ids or [0]), newest())


def in_season(query: Any, season: int) -> Any:
    """A query of versions narrowed to the acts of a calendar year."""
    return query.where(ActivityVersion.on_day.between(date(season, 1, 1), date(season, 12, 31)))


def visible_records(actor: Actor, *, kind: str = "", season: int | None = None, text: str = "") -> Any:
    """Current versions of records of plots the actor may see, plot, village, township and operator joined."""
    plots = land.visible_plots(actor).select(Plot.id)
    query = (
        ActivityVersion.select(ActivityVersion, Activity, Plot, Village, Township, Party)
        .join(Activity)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Plot)
        .join(Party, on=(Plot.operator == Party.id))
        .where(Activity.plot.in_(plots), newest())
    )
    if kind:
        query = query.where(Activity.kind == kind)
    if season:
        query = in_season(query, season)
    if text:
        query = query.where(Plot.code.contains(text) | Party.name.contains(text) | Activity.code.contains(text))
    return query


def records_of(plot: Plot, season: int | None = None) -> list[ActivityVersion]:
    """The records of a plot, the last act first; voided ones too, they say so."""
    query = current([plot.id])
    if season:
        query = in_season(query, season)
    return list(query.order_by(ActivityVersion.on_day.desc(), ActivityVersion.started_at.desc(), Activity.id.desc()))


def days_of(plot: Plot) -> list[date]:
    """The days on which something is on record for a plot, harvests included."""
    acts = [day for (day,) in current([plot.id]).select(ActivityVersion.on_day).distinct().tuples()]
    picked = Lot.select(Lot.made_on).where(Lot.plot == plot, Lot.kind == "harvest").distinct().tuples()
    return acts + [day for (day,) in picked]


def get_record(actor: Actor, code: str) -> Activity:
    """A record of a plot the actor may see, plot with operator, village and taxon joined."""
    found = (
        Activity.select(Activity, Plot, Village, Township, Party, Taxon)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Plot)
        .join(Party, on=(Plot.operator == Party.id))
        .switch(Plot)
        .join(Taxon)
        .where(Activity.code == code, Activity.plot.in_(land.visible_plots(actor).select(Plot.id)))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def versions_of(record: Activity) -> list[ActivityVersion]:
    """All versions, newest first."""
    return list(
        ActivityVersion.select().where(ActivityVersion.activity == record).order_by(ActivityVersion.version.desc())
    )


def last_of(plot: Plot, kind: str) -> ActivityVersion | None:
    """The latest valid record of a kind on a plot, for what a form begins with."""
    found = current([plot.id]).where(Activity.kind == kind, ActivityVersion.state == "valid")
    return found.order_by(ActivityVersion.on_day.desc(), ActivityVersion.id.desc()).first()


def versions_before(record_ids: list[int]) -> dict[int, list[ActivityVersion]]:
    """All versions of several records, by record, oldest first."""
    rows = (
        ActivityVersion.select()
        .where(ActivityVersion.activity.in_(record_ids or [0]))
        .order_by(ActivityVersion.version)
    )
    found: dict[int, list[ActivityVersion]] = {}
    for row in rows:
        found.setdefault(row.activity_id, []).append(row)
    return found


def applied(plots: list[Plot]) -> dict[int, list[Applied]]:
    """Valid sprayings by plot, oldest first. The interval is the longer of what the label said when it was recorded and what is loaded now."""
    rows = list(
        current([plot.id for plot in plots])
        .where(Activity.kind == ActivityKind.SPRAY, ActivityVersion.state == "valid")
        .order_by(ActivityVersion.on_day, ActivityVersion.id)
    )
    scopes = pesticides.scopes_of_many(sorted({row.content["reg_no"] for row in rows}))
    names = {plot.id: pesticides.names_of(plot.taxon) for plot in plots}
    found: dict[int, list[Applied]] = {plot.id: [] for plot in plots}
    for row in rows:
        content = row.content
        covering = pesticide_rules.covering(scopes[content["reg_no"]], names[row.activity.plot_id], content["pest"])
        known = [
            days
            for days in (content.get("phi_days"), pesticide_rules.interval(covering, content["pest"]))
            if days is not None
        ]
        found[row.activity.plot_id].append(
            Applied(
                row.activity.code, row.on_day, content["reg_no"], content.get("product", ""), tuple(content.get("actives", ())),
                max(known) if known else None,
            )
        )  # fmt: skip
    return found


def stops_of(plot: Plot, season: int) -> list[Stopped]:
    """停用日期 of every pesticide and fertiliser used in a season: the last use, or a later day somebody wrote down."""
    rows = [row for row in records_of(plot, season) if row.state == "valid"]
    used: dict[tuple[str, str], date] = {}
    by_hand: dict[str, date] = {}
    for row in reversed(rows):
        if row.activity.kind in (ActivityKind.SPRAY, ActivityKind.FERTILISE):
            used[row.content.get("product", ""), row.content.get("reg_no", "")] = row.on_day
        elif row.activity.kind == ActivityKind.STOP_USE:
            by_hand[row.content["product"]] = row.on_day
    found = []
    for (product, reg_no), last in used.items():
        told = by_hand.get(product)
        late = told is not None and told >= last
        found.append(Stopped(product, reg_no, last, told if told is not None and late else last, late))
    return sorted(found, key=lambda item: (item.day, item.product), reverse=True)


def harvests_of(plot: Plot, season: int | None = None) -> list[Lot]:
    """The harvest lots of a plot that were not taken back, the last first."""
    query = Lot.select(Lot, Product, Party).join(Product).switch(Lot).join(Party, on=(Lot.holder == Party.id))
    query = query.where(Lot.plot == plot, Lot.kind == "harvest", Lot.made_by.not_in(ledger.undone_operations()))
    if season:
        query = query.where(Lot.made_on.between(date(season, 1, 1), date(season, 12, 31)))
    return list(query.order_by(Lot.made_on.desc(), Lot.id.desc()))


def last_judgements(lot_ids: list[int]) -> dict[int, IntervalJudgement]:
    """The newest P8 judgement of each lot that has one."""
    rows = (
        IntervalJudgement.select(IntervalJudgement, Hold, Activity)
        .join(Hold, JOIN.LEFT_OUTER)
        .switch(IntervalJudgement)
    )
    rows = (
        rows.join(Activity, JOIN.LEFT_OUTER)
        .where(IntervalJudgement.lot.in_(lot_ids or [0]))
        .order_by(IntervalJudgement.id)
    )
    return {row.lot_id: row for row in rows}


def judgements_of(lot_id: int) -> list[IntervalJudgement]:
    """Every P8 judgement of a lot, newest first."""
    rows = IntervalJudgement.select().where(IntervalJudgement.lot == lot_id)
    return list(rows.order_by(IntervalJudgement.id.desc()))


def held_lots(actor: Actor) -> list[tuple[Lot, IntervalJudgement, Hold]]:
    """Visible lots that P8 holds and nobody has released, with the first hold and what the rule says now; newest first."""
    rows = (
        IntervalJudgement.select(IntervalJudgement, Hold)
        .join(Hold)
        .where(Hold.released_at.is_null(), IntervalJudgement.outcome == "held")
        .order_by(IntervalJudgement.id)
    )
    holds = {row.lot_id: row.hold for row in rows}
    lots = ledger.visible_lots(actor).where(Lot.id.in_(list(holds) or [0])).order_by(Lot.id.desc())
    last = last_judgements(list(holds))
    return [(lot, last[lot.id], holds[lot.id]) for lot in lots]


def visible_incidents(actor: Actor, state: str = "") -> Any:
    """Incidents of plots the actor may see, newest first, record, plot and operator joined."""
    query = (
        FieldIncident.select(FieldIncident, Activity, Plot, Village, Township, Party)
        .join(Activity)
        .join(Plot)
        .join(Village)
        .join(Township)
        .switch(Plot)
        .join(Party, on=(Plot.operator == Party.id))
        .where(Activity.plot.in_(land.visible_plots(actor).select(Plot.id)))
    )
    return query.where(FieldIncident.state == state) if state else query
