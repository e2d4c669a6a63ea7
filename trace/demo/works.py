"""What the demo county's plants do: grading, runs, packs, labels; and the scans of consumers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from trace.db.counters import next_number
from trace.demo.calendar import TODAY, on
from trace.demo.people import People
from trace.labels.models import LabelRun
from trace.labels.sheets import published_facts
from trace.lots import queries
from trace.lots.models import Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Draw, Make, perform
from trace.processing.models import ProcessRun
from trace.registry import queries as register
from trace.registry.models import Party, Process
from trace.scan.models import ScanDay, UnitScan

LOTS_A_RUN = 5
MAIN = {"drying": "TD", "candying": "TC", "fermenting": "TJ", "leaf_tea": "TT"}
PACKS = {
    "TD": ("土枇杷干果 250克", 250, None), "TC": ("土枇杷果脯 200克", 200, None), "TJ": ("土枇杷果酒 500毫升", 493, 500),
    "TT": ("土枇杷叶茶 100克", 100, None),
}  # fmt: skip
GRADED, PACKED, UNUSUAL = 0.2, 0.52, 0.04
SHOWN_PACKS = 4
"""The demo plant packs at least so often, at any scale."""
ANOMALY_MILLI, ANOMALY_REASON = 380, "果子偏干，含水低，已复称"
LOW_REASON = "雨后采收，含水高，出品偏少"
MOST_PIECES, FEWEST_PIECES, MOST_LABELS = 2000, 24, 480
UNLABELLED_EVERY, NOT_ACTIVATED_EVERY = 4, 9


class Works:
    """Runs, packs and labels, each on its own day."""

    def __init__(self, rng: Random, people: People) -> None:
        """Nothing is made yet."""
        self.rng, self.people = rng, people
        self.packs: list[Lot] = []
        self.labelled: list[Lot] = []
        self.anomaly_done = False
        self.processes = {process.code: process for process in register.processes()}
        self.products = {product.code: product for product in register.products()}

    def process(self, firm: Party, part: str, lots: list[Lot]) -> None:
        """One plant's receipts of a season, some lots at a time."""
        for start in range(0, len(lots), LOTS_A_RUN):
            batch = lots[start : start + LOTS_A_RUN]
            day = max(lot.made_on for lot in batch) + timedelta(days=1)
            if part == "fruit" and self.rng.random() < GRADED:
                batch = [self._grade(firm, batch, day)]
            self._make(firm, part, batch, day + timedelta(days=1))

    def label_packs(self) -> None:
        """Labels for most packs in the order they were packed, most of them activated, and scanned since."""
        for n, lot in enumerate(sorted(self.packs, key=lambda pack: (pack.made_on, pack.id))):
            if n % UNLABELLED_EVERY == UNLABELLED_EVERY - 1 and lot.holder_id != self.people.firms[0].id:
                continue
            run = self._label(lot, activate=n % NOT_ACTIVATED_EVERY != NOT_ACTIVATED_EVERY - 1)
            if run.state == "activated":
                self._scans(run)
                self.labelled.append(lot)

    def _grade(self, firm: Party, lots: list[Lot], day: date) -> Lot:
        """Weight is kept: good fruit, culls and loss are what went in."""
        process = self.processes["grading"]
        draws, total = _all_of(lots)
        culls, loss = (int(total * self.rng.uniform(*span)) // 100 * 100 for span in ((0.03, 0.12), (0.002, 0.015)))
        outputs = (("TG", "batch", total - culls - loss), ("TX", "byproduct", culls))
        with on(self.people.recorder(firm), day) as op:
            done = perform(
                op, OperationKind.GRADING, firm, day, draws=draws, detail={"loss_g": loss},
                makes=[Make(self.products[code], kind, grams, firm) for code, kind, grams in outputs],
            )  # fmt: skip
            ProcessRun.create(operation=done.operation, process=process, loss_g=loss)
            op.record(
                "run.record", done.operation, process=process.code, lots=[lot.code for lot in done.lots], flagged=False
            )
        return done.lots[0]

    def _make(self, firm: Party, part: str, lots: list[Lot], day: date) -> None:
        step = (
            "leaf_tea"
            if part == "leaf"
            else self.rng.choices(("drying", "candying", "fermenting"), weights=(5, 3, 2))[0]
        )
        process, product = self.processes[step], self.products[MAIN[step]]
        draws, total = _all_of(lots)
        ratio, reason = self._yield(process)
        with on(self.people.recorder(firm), day) as op:
            done = perform(
                op, OperationKind(step), firm, day, draws=draws,
                makes=[Make(product, "batch", total * ratio // 1000 // 100 * 100, firm)], note=reason, detail={"loss_g": 0},
            )  # fmt: skip
            ProcessRun.create(operation=done.operation, process=process, flagged=bool(reason), reason=reason)
            lot = done.lots[0]
            op.record("run.record", done.operation, process=process.code, lots=[lot.code], flagged=bool(reason))
        own = firm.id == self.people.firms[0].id and sum(pack.holder_id == firm.id for pack in self.packs) < SHOWN_PACKS
        if own or self.rng.random() < PACKED:
            self._pack(firm, lot, day + timedelta(days=5))

    def _yield(self, process: Process) -> tuple[int, str]:
        """Thousandths, and the reason where they lie outside the register's range; the first drying run is the anomaly."""
        if process.code == "drying" and not self.anomaly_done:
            self.anomaly_done = True
            return ANOMALY_MILLI, ANOMALY_REASON
        if self.rng.random() < UNUSUAL:
            return process.low_milli * 9 // 10, LOW_REASON
        return self.rng.randint(process.low_milli + 10, process.high_milli - 10), ""

    def _pack(self, firm: Party, batch: Lot, day: date) -> None:
        name, net_g, net_ml = PACKS[batch.product.code]
        piece = net_ml or net_g
        pieces = min(MOST_PIECES, int(queries.balance(batch) * self.rng.uniform(0.5, 0.95)) // piece)
        if pieces < FEWEST_PIECES:
            return
        with on(self.people.recorder(firm), day) as op:
            done = perform(
                op, OperationKind.PACK, firm, day, draws=[Draw(batch, pieces * piece)],
                makes=[Make(batch.product, "pack", pieces, firm, piece_g=net_g, piece_ml=net_ml, name=name)], detail={"loss_g": 0},
            )  # fmt: skip
            op.record("pack.record", done.lots[0], pieces=pieces, net_g=net_g)
        self.packs.append(done.lots[0])

    def _label(self, lot: Lot, *, activate: bool) -> LabelRun:
        """As the label services write it, on the day after packing."""
        clerk, day = self.people.recorder(lot.holder), lot.made_on + timedelta(days=1)
        count = min(MOST_LABELS, queries.made_quantities([lot.id])[lot.id])
        shelf = lot.product.shelf_days
        with on(clerk, day) as op:
            run = LabelRun.create(
                no=f"BQ{day.year % 100:02d}-{next_number(f'BQ{day.year}'):04d}", lot=lot,
                first_serial=next_number("label-serial", count), count=count,
                best_before=lot.made_on + timedelta(days=shelf) if shelf else None, made_at=op.at, made_by=clerk.user_id,
                state="activated" if activate else "made", activated_at=op.at if activate else None,
            )  # fmt: skip
            op.record("label.make", run, lot=lot.code, count=count)
            if activate:
                op.record("label.activate", run)
                op.publish("label.published", run, **published_facts(run))
        return run

    def _scans(self, run: LabelRun) -> None:
        """Some packs were looked up, a few often; never before their labels were activated, never after today."""
        rows: list[dict[str, Any]] = []
        begin = datetime.combine(run.activated_at.date(), datetime.min.time(), UTC) + timedelta(hours=3)
        days = (TODAY - begin.date()).days
        for offset in sorted(self.rng.sample(range(min(run.count, 200)), self.rng.randint(0, min(20, run.count)))):
            times = self.rng.choices((1, 2, 3, 12), weights=(70, 20, 8, 2))[0]
            first = min(self.rng.randint(10, 60), days)
            last = min(first + times - 1, days)
            rows.append(
                {
                    "serial": run.first_serial + offset, "run": run.id, "count": times,
                    "first_at": begin + timedelta(days=first), "last_at": begin + timedelta(days=last),
                }
            )  # fmt: skip
        if rows:
            UnitScan.insert_many(rows).execute()
            ScanDay.insert_many(_days_of(run, rows)).execute()


def _days_of(run: LabelRun, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same scans by day, all of a code on the day of its first."""
    found: dict[date, dict[str, Any]] = {}
    for row in rows:
        day = found.setdefault(
            row["first_at"].date(),
            {"run": run.id, "day": row["first_at"].date(), "count": 0, "first_opened": 0, "batch_count": 0},
        )
        day["count"] += row["count"]
        day["first_opened"] += 1
    return list(found.values())


def _all_of(lots: list[Lot]) -> tuple[list[Draw], int]:
    """Everything that is left of some lots, and how much that is."""
    left = queries.balances([lot.id for lot in lots])
    return [Draw(lot, left[lot.id]) for lot in lots], sum(left.values())
