"""Four seasons of the demo county: harvests, dispatches, receipts, and what the plants make of them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from trace.db.counters import next_number
from trace.demo import papers, records
from trace.demo.calendar import on
from trace.demo.incidents import Incidents
from trace.demo.people import People
from trace.demo.weighings import TWICE_ON, look_at_records, put_on_scales, write_down_twice
from trace.demo.works import Works
from trace.field.models import Harvest
from trace.field.safety import judge_new_harvest
from trace.land.models import Plot
from trace.lots import queries
from trace.lots.models import Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, Make, perform
from trace.processing.models import Dispatch, Receipt
from trace.processing.rules import shortage_needs_reason
from trace.registry import queries as register
from trace.registry.models import Party

SEASONS = (2023, 2024, 2025, 2026)
HARVESTS_A_SEASON = 150
LEAST_HARVESTS = 54
BEARING_AGE = 5
MAKERS = 6
KEPT_BY_COOP = 3
KEPT_BY_PLANT = 3
"""Lots of the last season left in stock, so that the demo accounts have something to do."""
UNDER_WAY_G = 200_000
WEEKS_DRAWN = 3
LEAST_G, MOST_G = 60_000, 900_000
SPANS = {"fruit": ((6, 15), (10, 10)), "leaf": ((4, 5), (9, 20))}


class Chain:
    """Writes the seasons as the parties would have, each operation on its own day."""

    def __init__(self, rng: Random, people: People, plots: list[Plot], scale: float) -> None:
        """``plots`` with village and operator joined."""
        self.rng, self.people = rng, people
        self.harvests = max(LEAST_HARVESTS, round(HARVESTS_A_SEASON * scale))
        bearing = [p for p in plots if p.state == "bearing" and p.steward_id]
        self.bearing = {coop.id: [p for p in bearing if p.steward_id == coop.id] for coop in people.coops}
        self.works = Works(rng, people)
        self.fresh = {part: register.fresh_product(register.default_taxon(), part) for part in SPANS}

    def run(self) -> None:
        """All seasons, then what is going on today."""
        for year in SEASONS:
            self._season(year)
        coop = self.people.coops[0]
        write_down_twice(self.people, coop, self.bearing[coop.id][-1])
        look_at_records(self.people, [TWICE_ON, *_last_weeks()])
        self.works.label_packs()
        Incidents(self.people).happen(self.works.labelled)
        self._early_harvest()

    def _season(self, year: int) -> None:
        last = year == SEASONS[-1]
        lots = [lot for coop in self.people.coops for lot in self._harvests(coop, year)]
        waiting = self._keep_some(lots) if last else []
        makers = self.people.firms[:MAKERS]
        arrived: dict[tuple[int, str], list[Lot]] = {}
        for n, lot in enumerate(lot for lot in sorted(lots, key=_by_day) if lot not in waiting):
            firm = makers[n % MAKERS] if n % 3 else makers[0]
            arrived.setdefault((firm.id, lot.product.part), []).append(self._receive(lot, firm))
        for (firm_id, part), received in arrived.items():
            firm = next(maker for maker in makers if maker.id == firm_id)
            kept = KEPT_BY_PLANT if last and firm == makers[0] and part == "fruit" else 0
            self.works.process(firm, part, received[: len(received) - kept])
        if waiting:
            self._send(waiting[0], makers[0], min(UNDER_WAY_G, queries.balance(waiting[0])))

    def _keep_some(self, lots: list[Lot]) -> list[Lot]:
        """The newest lots of every cooperative, those of the demo cooperative first."""
        newest = sorted(lots, key=_by_day, reverse=True)
        own = [[lot for lot in newest if lot.holder_id == coop.id] for coop in self.people.coops]
        return [lot for lots_of_one in own for lot in lots_of_one[:KEPT_BY_COOP]]

    def _harvests(self, coop: Party, year: int) -> list[Lot]:
        """One cooperative's season: its bearing plots in turn."""
        old = [p for p in self.bearing[coop.id] if year - p.planted_on.year >= BEARING_AGE]
        if not old:
            return []
        self.rng.shuffle(old)
        share = -(-self.harvests // len(self.people.coops))
        made = []
        for n in range(min(share, 2 * len(old))):
            part = "leaf" if self.rng.random() < 0.15 else "fruit"
            first, last = (date(year, *day) for day in SPANS[part])
            day = first + timedelta(days=self.rng.randrange((last - first).days))
            made.append(self._harvest(coop, old[n % len(old)], part, day))
        return made

    def _harvest(self, coop: Party, plot: Plot, part: str, day: date) -> Lot:
        mu = plot.area_m2 * 15 / 10_000
        grams = round(mu * self.rng.uniform(20, 60)) * 1000 + self.rng.randrange(0, 1000, 100)
        grams = min(max(grams, LEAST_G), MOST_G)
        with on(self.people.recorder(coop), day) as op:
            lot = perform(
                op, OperationKind.HARVEST, coop, day, draws=[],
                makes=[Make(self.fresh[part], "harvest", grams, coop, plot=plot, typed=(f"{grams / 1000:g}", "公斤"))],
            ).lots[0]  # fmt: skip
            harvest = Harvest.create(lot=lot, part=part)
            if day.year == SEASONS[-1]:
                put_on_scales(op, harvest, lot, plot, grams)
            op.record("harvest.record", lot, plot=plot.code, grams=grams)
        return lot

    def _early_harvest(self) -> None:
        """Picked 18 days after a spraying that asked for 21: the rule holds the lot."""
        coop, day = self.people.coops[1], date(SEASONS[-1], 7, 18)
        sprayed = date(SEASONS[-1], 6, 30)
        picked = {
            lot.plot_id
            for lot in Lot.select(Lot.plot).where(Lot.made_on.between(sprayed, day), Lot.plot.is_null(False))
        }
        plot = next(plot for plot in self.bearing[coop.id] if plot.id not in picked)
        records.spray(self.people, plot, records.SLOW, sprayed, "蚜虫")
        lot = self._harvest(coop, plot, "fruit", day)
        with on(self.people.recorder(coop), day) as op:
            judge_new_harvest(op, lot, plot, day)
        papers.over_the_limit(self.people.recorder(coop), lot)

    def _send(self, lot: Lot, firm: Party, grams: int) -> Dispatch:
        clerk = self.people.recorder(lot.holder)
        with on(clerk, lot.made_on + timedelta(days=1)) as op:
            row = Dispatch.create(
                code=f"FH{lot.made_on.year % 100:02d}-{next_number(f'FH{lot.made_on.year}'):04d}", lot=lot, receiver=firm,
                quantity=grams, sent_at=op.at, sent_by=clerk.user_id,
            )  # fmt: skip
            op.record("lot.dispatch", row, lot=lot.code, to=firm.code, quantity=row.quantity)
        return row

    def _receive(self, lot: Lot, firm: Party) -> Lot:
        """All of a lot goes to a plant; a little is missing at the scales, now and then more than a little."""
        row = self._send(lot, firm, queries.balance(lot))
        missing = self.rng.choice((0, 0, 500, 1200, 2500)) if self.rng.random() < 0.98 else row.quantity * 6 // 100
        reason = "路上颠簸，压坏的果子已剔除" if shortage_needs_reason(row.quantity, row.quantity - missing) else ""
        day = lot.made_on + timedelta(days=1)
        certificate = papers.certify(self.people.recorder(lot.holder), lot, row.quantity)
        with on(self.people.recorder(firm), day) as op:
            Dispatch.update(state="received").where(Dispatch.id == row.id).execute()
            done = perform(
                op, OperationKind.RECEIVE, firm, day, draws=[Draw(lot, row.quantity)],
                makes=[Make(lot.product, "receipt", row.quantity - missing, firm)], note=reason,
                detail={"loss_g": missing, "dispatch": row.code},
            )  # fmt: skip
            receipt = Receipt.create(
                dispatch=row, operation=done.operation, received=row.quantity - missing, shortage=missing, reason=reason,
                price_fen_per_kg=self.rng.randrange(600, 1200, 10),
            )  # fmt: skip
            op.record(
                "lot.receive", done.lots[0], dispatch=row.code, sent=row.quantity, received=row.quantity - missing
            )
            papers.collect(op, receipt, certificate)
        return done.lots[0]


def _last_weeks() -> list[date]:
    """A day of each of the last weeks in which anything was picked."""
    days = Lot.select(Lot.made_on).where(Lot.kind == "harvest").distinct().order_by(Lot.made_on.desc()).tuples()
    weeks = {(day - timedelta(days=day.weekday())): day for (day,) in days}
    return sorted(weeks.values())[-WEEKS_DRAWN:]


def _by_day(lot: Lot) -> tuple[date, int]:
    return lot.made_on, lot.id
