"""Four seasons of the demo county: harvests, receipts, runs, packs, labels, scans, a recall and two holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random

from trace.audit import Operation
from trace.core.actor import Actor
from trace.db import db
from trace.db.counters import next_number
from trace.demo.people import People
from trace.demo.plots import TODAY
from trace.field.models import Harvest
from trace.labels.models import LabelRun
from trace.labels.services import activate_run, make_run
from trace.land.models import Plot
from trace.lots import queries
from trace.lots.models import Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Done, Draw, Make, perform, place_hold, release_hold
from trace.processing.models import Dispatch, ProcessRun, Receipt
from trace.quality.services import open_recall
from trace.registry import queries as register
from trace.registry.models import Party
from trace.scan.models import UnitScan

SEASONS = (2023, 2024, 2025, 2026)
HARVESTS_A_SEASON = 150
MAIN = {"drying": "TD", "candying": "TC", "fermenting": "TJ", "leaf_tea": "TT"}
PACKS = {
    "TD": ("土枇杷干果 250克", 250, None), "TC": ("土枇杷果脯 200克", 200, None), "TJ": ("土枇杷果酒 500毫升", 493, 500),
    "TT": ("土枇杷叶茶 100克", 100, None),
}  # fmt: skip
LAST_SEASON_OPEN = 12
"""Harvest lots of the last season that stay with the cooperatives, so that there is something to do."""


class Chain:
    """Writes the seasons as the demo accounts would have, each operation on its own day."""

    def __init__(self, rng: Random, people: People, plots: list[Plot], scale: float) -> None:
        """``plots`` with village and operator joined."""
        self.rng, self.people, self.scale = rng, people, scale
        self.clerk, self.plant = people.actor("coop"), people.actor("plant")
        bearing = [p for p in plots if p.state == "bearing" and p.steward_id]
        self.coop_plots: dict[int, list[Plot]] = {coop.id: [p for p in bearing if p.steward_id == coop.id] for coop in people.coops}
        self.parties = {party.id: party for party in (*people.coops, *people.firms)}
        self.makers = people.firms[:6]
        self.packs: list[Lot] = []

    def run(self) -> None:
        """All seasons, then what is going on today."""
        for year in SEASONS:
            self._season(year)
        self._labels()
        self._troubles()

    def _season(self, year: int) -> None:
        lots = [lot for lot in (self._harvest(year) for _ in range(max(8, round(HARVESTS_A_SEASON * self.scale)))) if lot]
        lots.sort(key=lambda lot: lot.made_on)
        keep = LAST_SEASON_OPEN if year == SEASONS[-1] else 0
        arrived: dict[tuple[int, str], list[Lot]] = {}
        for n, lot in enumerate(lots[: len(lots) - keep]):
            firm = self.makers[n % len(self.makers)] if n % 3 else self.makers[0]
            arrived.setdefault((firm.id, lot.product.part), []).append(self._receive(lot, firm))
        for (firm_id, part), received in arrived.items():
            for start in range(0, len(received), 4):
                self._process(self.parties[firm_id], part, received[start : start + 4])
        if keep:
            self._send(lots[-1], self.makers[0], 200_000)

    def _harvest(self, year: int) -> Lot | None:
        coop = self.rng.choice(self.people.coops)
        old = [p for p in self.coop_plots[coop.id] if year - p.planted_on.year >= 5]
        if not old:
            return None
        plot = self.rng.choice(old)
        part = "leaf" if self.rng.random() < 0.15 else "fruit"
        span = (date(year, 6, 15), date(year, 10, 10)) if part == "fruit" else (date(year, 4, 5), date(year, 9, 20))
        day = span[0] + timedelta(days=self.rng.randrange((span[1] - span[0]).days))
        grams = max(60_000, round(plot.area_m2 * 15 / 10_000 * self.rng.uniform(20, 60)) * 1000 + self.rng.randrange(0, 1000, 100))
        grams = min(grams, 900_000)
        product = register.fresh_product(register.default_taxon(), part)
        with self._on(self.clerk, day) as op:
            lot = perform(
                op, OperationKind.HARVEST, coop, day, draws=[],
                makes=[Make(product, "harvest", grams, coop, plot=plot, typed=(f"{grams / 1000:g}", "公斤"))],
            ).lots[0]  # fmt: skip
            Harvest.create(lot=lot, part=part)
            op.record("harvest.record", lot, plot=plot.code, grams=grams)
        return lot

    def _send(self, lot: Lot, firm: Party, grams: int) -> Dispatch:
        with self._on(self.clerk, lot.made_on + timedelta(days=1)) as op:
            row = Dispatch.create(
                code=f"FH{lot.made_on.year % 100:02d}-{next_number(f'FH{lot.made_on.year}'):04d}", lot=lot, receiver=firm,
                quantity=min(grams, queries.balance(lot)), sent_at=op.at, sent_by=self.clerk.user_id,
            )  # fmt: skip
            op.record("lot.dispatch", row, lot=lot.code)
        return row

    def _receive(self, lot: Lot, firm: Party) -> Lot:
        row = self._send(lot, firm, queries.balance(lot))
        received = row.quantity - self.rng.choice((0, 0, 500, 1200, 2500))
        day = lot.made_on + timedelta(days=1)
        with self._on(self.plant, day) as op:
            done = perform(
                op, OperationKind.RECEIVE, firm, day, draws=[Draw(lot, row.quantity)],
                makes=[Make(lot.product, "receipt", received, firm)], detail={"loss_g": row.quantity - received},
            )  # fmt: skip
            Receipt.create(
                dispatch=row, operation=done.operation, received=received, shortage=row.quantity - received,
                price_fen_per_kg=self.rng.randrange(600, 1200, 10),
            )  # fmt: skip
            Dispatch.update(state="received").where(Dispatch.id == row.id).execute()
            op.record("lot.receive", done.lots[0], dispatch=row.code)
        return done.lots[0]

    def _process(self, firm: Party, part: str, lots: list[Lot]) -> None:
        step = "leaf_tea" if part == "leaf" else self.rng.choices(("drying", "candying", "fermenting"), weights=(5, 3, 2))[0]
        process, product = register.get_process(step), register.get_product(MAIN[step])
        day = max(lot.made_on for lot in lots) + timedelta(days=2)
        draws = [Draw(lot, queries.balance(lot)) for lot in lots]
        total = sum(draw.quantity for draw in draws)
        unusual = self.rng.random() < 0.04 and step == "drying"
        ratio = 0.38 if unusual else self.rng.uniform(process.low_milli + 10, process.high_milli - 10) / 1000
        made = int(total * ratio) // 100 * 100
        with self._on(self.plant, day) as op:
            done = perform(
                op, OperationKind(step), firm, day, draws=draws, makes=[Make(product, "batch", made, firm)],
                note="果子偏干，含水低" if unusual else "",
            )  # fmt: skip
            ProcessRun.create(operation=done.operation, process=process, flagged=unusual, reason="果子偏干，含水低" if unusual else "")
            op.record("run.record", done.operation, process=process.code)
        if self.rng.random() < 0.6:
            self._pack(firm, done, day + timedelta(days=5))

    def _pack(self, firm: Party, run: Done, day: date) -> None:
        batch = run.lots[0]
        name, net_g, net_ml = PACKS[batch.product.code]
        piece = net_ml or net_g
        pieces = min(2000, int(queries.balance(batch) * self.rng.uniform(0.5, 0.95)) // piece)
        if pieces < 24 or day > TODAY:
            return
        with self._on(self.plant, day) as op:
            done = perform(
                op, OperationKind.PACK, firm, day, draws=[Draw(batch, pieces * piece)],
                makes=[Make(batch.product, "pack", pieces, firm, piece_g=net_g, piece_ml=net_ml, name=name)],
            )  # fmt: skip
            op.record("pack.record", done.lots[0], pieces=pieces)
        self.packs.append(done.lots[0])

    def _labels(self) -> None:
        """Labels for most packs, activated; scans on some."""
        for n, lot in enumerate(self.packs):
            if n % 4 == 3:
                continue
            maker = _as_party(self.plant, lot.holder_id)
            run = make_run(maker, lot.code, min(480, queries.made_quantities([lot.id])[lot.id]))
            if n % 9 != 8:
                activate_run(maker, run.no)
                self._scans(run, lot)

    def _scans(self, run: LabelRun, lot: Lot) -> None:
        rows = []
        for offset in sorted(self.rng.sample(range(min(run.count, 200)), self.rng.randint(0, 20))):
            first = datetime.combine(lot.made_on, datetime.min.time(), UTC) + timedelta(days=self.rng.randint(10, 60), hours=3)
            times = self.rng.choices((1, 2, 3, 12), weights=(70, 20, 8, 2))[0]
            last = first + timedelta(days=times - 1)
            rows.append({"serial": run.first_serial + offset, "run": run.id, "count": times, "first_at": first, "last_at": last})
        if rows:
            UnitScan.insert_many(rows).execute()

    def _troubles(self) -> None:
        """One recall in force, one hold released again, one hold for a harvest before the safety interval."""
        bureau, market = self.people.actor("bureau"), self.people.actor("market")
        own = [lot for lot in self.packs if lot.holder_id == self.people.firms[0].id]
        if len(own) > 2:
            source = queries.edges_back(own[-1].id)[-1][0]
            open_recall(bureau, Lot.get_by_id(source).code, "抽检发现农药残留超标（演示）", "农药残留超标", "0734-8500000")
            hold = place_hold(bureau, own[0].code, "标签信息核对（演示）")
            release_hold(market, hold.code, "核对无误")
        last = Lot.select().where(Lot.kind == "harvest").order_by(Lot.made_on.desc(), Lot.id.desc()).offset(3).first()
        place_hold(bureau, last.code, "距最近一次施药（6月30日，安全间隔期21天）仅18天，本批已锁定，最早可于7月21日采收。")

    @contextmanager
    def _on(self, actor: Actor, day: date) -> Iterator[Operation]:
        """An operation that happened, and was recorded, on a past day."""
        with db.atomic():
            op = Operation(actor)
            op.at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
            yield op


def _as_party(actor: Actor, party_id: int) -> Actor:
    return Actor(actor.user_id, actor.username, actor.display_name, actor.roles, party_id)
