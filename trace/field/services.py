"""Recording harvests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid
from trace.core.text import Message
from trace.core.units import Weight, format_kg
from trace.db.among import among
from trace.db.memo import correct, remembered, seed
from trace.db.rows import add
from trace.field import duplicates, plausibility, rules, safety, weighing
from trace.field.models import Harvest
from trace.field.plausibility import Trees
from trace.field.weigh_models import Weighing
from trace.field.weighing import WeighIn
from trace.land import queries as land
from trace.land.models import Plot
from trace.land.stands import expect_stands
from trace.lots import queries as lots
from trace.lots.models import Lot, Movement
from trace.lots.rules import OperationKind
from trace.lots.services import Make, perform, series_of
from trace.registry import queries as register


@dataclass(frozen=True)
class Recorded:
    """A harvest as kept, with what the recorder should still look at."""

    harvest: Harvest
    lot: Lot
    warnings: list[Message]
    weighing: Weighing
    suspected: bool = False
    held: bool = False


def record_harvest(
    actor: Actor,
    *,
    plot_code: str,
    part: str,
    harvested_on: date,
    weight: Weight | None = None,
    yield_reason: str = "",
    late_reason: str = "",
    note: str = "",
    weigh: WeighIn | None = None,
) -> Recorded:
    """Keep a harvest and make its lot; the lot belongs to the party that records it.

    Weighed in containers (``weigh``) or as one figure (``weight``); given both, they must agree. Impossible yields are refused; unusual
    ones need a reason; late entries are marked 补录 with their lag; what looks like a record of another phone is kept and flagged.
    """
    weigh = weigh or WeighIn()
    weight = _weight(weight, weigh)
    with operation(actor, Permission.HARVEST_RECORD) as op:
        plot = land.lock_plot(land.get_plot(actor, plot_code))
        weighing.check(weigh)
        late_days = _check_dates(
            plot, harvested_on, business_date(op.at), weighing.written_on(weigh, op.at), late_reason
        )
        trees = plausibility.trees_of(plot, part, harvested_on)
        season = weight.grams + season_grams(plot, part, harvested_on.year)
        flagged = plausibility.judge_season(plot, part, trees, season, yield_reason)
        holder = register.party_by_id(actor.party_id) if actor.party_id else plot.operator
        done = perform(
            op,
            OperationKind.HARVEST,
            holder,
            harvested_on,
            draws=[],
            makes=[
                Make(
                    product=register.fresh_product(plot.taxon, part),
                    kind="harvest",
                    quantity=weight.grams,
                    holder=holder,
                    plot=plot,
                    typed=(weight.typed_quantity, weight.typed_unit),
                )
            ],  # fmt: skip
            note=note,
        )
        lot = done.lots[0]
        harvest = add(
            Harvest, lot=lot, part=part, late_days=late_days, late_reason=late_reason.strip(), yield_reason=yield_reason.strip(),
            flagged=flagged, note=note,
        )  # fmt: skip
        correct(season_grams, season, plot, part, harvested_on.year)
        op.record(
            "harvest.record",
            lot,
            plot=plot.code,
            grams=weight.grams,
            typed=f"{weight.typed_quantity}{weight.typed_unit}",
        )
        early, held = safety.judge_new_harvest(op, lot, plot, harvested_on)
        kept = weighing.keep(op, harvest, lot, plot, weigh)
        suspicions = duplicates.suspect(op, harvest, kept, weight.grams)
        warnings = _warnings(plot, part, harvested_on, trees) + (weigh.fix.warnings if weigh.fix else [])
        return Recorded(harvest, lot, warnings + early + suspicions, kept, bool(suspicions), held)


def _weight(weight: Weight | None, weigh: WeighIn) -> Weight:
    net = weigh.net
    if net is None and weight is None:
        raise Invalid("请填写重量。", field="quantity", code="MISSING")
    if net and weight and net.grams != weight.grams:
        raise Invalid(
            "重量 %(one)s 公斤与各筐净重合计 %(net)s 公斤不符，请核对。", field="quantity", code="NET_DIFFERS",
            one=format_kg(weight.grams), net=format_kg(net.grams),
        )  # fmt: skip
    return net or weight  # type: ignore[return-value]


def _check_dates(plot: Plot, harvested_on: date, today: date, written: date, late_reason: str) -> int:
    if harvested_on > today:
        raise Invalid("采收日期不能晚于今天。", field="harvested_on", code="DATE_FUTURE")
    if plot.planted_on and harvested_on < plot.planted_on:
        raise Invalid("采收日期早于栽植日期 %(day)s。", field="harvested_on", code="DATE_ORDER", day=plot.planted_on)
    late = max(0, (written - harvested_on).days)
    if late > rules.LATE_DAYS_NEED_REASON and not late_reason.strip():
        raise Invalid("补录已晚 %(days)s 天，请填写补录原因。", field="late_reason", code="LATE_REASON", days=late)
    return late if late > 1 else 0


@remembered
def season_grams(plot: Plot, part: str, year: int) -> int:
    """What one plot has yielded of one part in a calendar year, undone harvests excluded."""
    return _season_totals([plot], year).get((plot.id, part), 0)


def series_of_harvest(year: int) -> list[str]:
    """The running numbers a harvest takes, in the order it takes them: operation, lot, weigh ticket."""
    return [*series_of("harvest", year), f"CG{year}"]


def expect_harvests(actor: Actor, codes: list[str], year: int, device: str, instants: list[datetime]) -> None:
    """Many harvests of these plots follow, written down on a device at these instants.

    Reads plots, season totals and what may be repeated at once instead of one by one (only within ``remembering``).
    """
    plots = land.expect_plots(actor, codes)
    if not plots:
        return
    safety.expect_harvests(plots)
    expect_stands(plots)
    duplicates.expect(actor, plots, device, instants)
    totals = _season_totals(plots, year)
    for plot in plots:
        for part in rules.WINDOWS:
            seed(season_grams, totals.get((plot.id, part), 0), plot, part, year)


def _season_totals(plots: list[Plot], year: int) -> dict[tuple[int, str], int]:
    rows = (
        Movement.select(Lot.plot, Harvest.part, fn.SUM(Movement.quantity))
        .join(Lot, on=(Movement.lot == Lot.id))
        .join(Harvest, on=(Harvest.lot == Lot.id))
        .where(among(Lot.plot, [plot.id for plot in plots]), Lot.made_on.between(date(year, 1, 1), date(year, 12, 31)))
        .where(Movement.operation == Lot.made_by, Lot.made_by.not_in(lots.undone_operations()))
        .group_by(Lot.plot, Harvest.part)
    )
    return {(plot, part): int(grams) for plot, part, grams in rows.tuples()}


def _warnings(plot: Plot, part: str, harvested_on: date, trees: Trees) -> list[Message]:
    found = []
    young = plausibility.young_trees(plot, part, trees, harvested_on)
    if young:
        found.append(young)
    if not rules.in_window(part, harvested_on):
        found.append(Message("采收日期不在常见采收期内，请确认。"))
    return found
