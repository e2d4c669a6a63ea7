"""County progress for 23 townships against one bare aggregate over the harvests of the same database (goal P9).

Small by default; ``TRACE_BENCH_PROGRESS=full`` builds 50 000 plots and 10⁶ harvest operations on each engine, which takes many minutes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from bench.harness import Ratio, Skipped, compare, engines, timed
from trace.db import db
from trace.land.dossier import PlotStateChange
from trace.land.models import Plot, SurvivalVisit
from trace.lots.models import Lot, Movement, Operation
from trace.registry.models import Party, Product, Taxon, Township, Village
from trace.targets import queries

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SIZES = {"small": (2_000, 20_000), "medium": (10_000, 200_000), "full": (50_000, 1_000_000)}
STATES = ("planted", "survived", "established", "bearing", "bearing", "bearing", "failed")
BARE = """
SELECT township.code, SUM(picked.grams) FROM (
    SELECT lot.plot_id, SUM(movement.quantity) AS grams FROM lot JOIN movement ON movement.lot_id = lot.id
    WHERE lot.kind = 'harvest' GROUP BY lot.plot_id
) AS picked JOIN plot ON plot.id = picked.plot_id
JOIN village ON village.id = plot.village_id JOIN township ON township.id = village.township_id
GROUP BY township.code
"""
"""Summed by plot first: joined the straightforward way SQLite needs five times as long, and a slow baseline proves nothing."""


def run(rounds: int) -> list[Ratio | Skipped]:
    """Each engine: everything the county's page computes, against the bare sum of all harvests by township."""
    size = os.environ.get("TRACE_BENCH_PROGRESS", "small")
    plots, harvests = SIZES[size]
    found: list[Ratio | Skipped] = []
    for engine, skipped in engines("county progress"):
        if skipped:
            found.append(skipped)
            continue
        build(plots, harvests)
        check_equal(harvests)
        name = f"county progress, {plots:,} plots, {harvests:,} harvests, {engine}"
        found.append(
            compare(
                name, "one bare sum over the harvests", theirs=lambda: timed(bare), ours=lambda: timed(ours), at_most=5, rounds=rounds
            )
        )  # fmt: skip
    return found


def bare() -> list[Any]:
    """The baseline."""
    return list(db.execute_sql(BARE).fetchall())


def ours() -> queries.Progress:
    """What the page shows: areas in five figures, harvest, output value, tasks, counters."""
    return queries.progress("2026Q3")


def check_equal(harvests: int) -> None:
    """Both count the same kilograms before anything is timed."""
    picked = ours().total("harvested_g")
    assert picked == sum(int(row[1]) for row in bare()) and harvests > 0


def build(plots: int, harvests: int) -> None:
    """Valid rows straight into the tables, all harvests in the year that is asked for."""
    rng = Random(9)
    villages = list(Village.select().join(Township).order_by(Village.id))
    taxon, product = Taxon.get(Taxon.is_default), Product.get(Product.code == "TF")
    party = Party.create(
        code="B1",
        kind="cooperative",
        name="bench",
        village=villages[0],
        township=villages[0].township_id,
        registered_at=NOW,
    )
    with db.atomic():
        for part in _parts(_plots(rng, plots, villages, party, taxon)):
            Plot.insert_many(part).execute()
        for part in _parts(_changes(plots)):
            PlotStateChange.insert_many(part).execute()
        for part in _parts(_visits(rng, plots)):
            SurvivalVisit.insert_many(part).execute()
        for numbers in _parts(range(1, harvests + 1)):
            _harvest(numbers, plots, party, product)
    db.execute_sql("ANALYZE")


def _state(number: int) -> str:
    return STATES[number % len(STATES)]


def _plots(rng: Random, count: int, villages: list[Village], party: Party, taxon: Taxon) -> Iterator[dict[str, Any]]:
    for n in range(1, count + 1):
        village = villages[n % len(villages)]
        yield {
            "code": f"{village.code}-{n % 10_000:04d}"[:17] if count < 10_000 else f"{n:017d}", "village": village.id, "operator": party.id,
            "taxon": taxon.id, "state": _state(n), "land_class": "forest", "management": "conventional", "planted_on": date(2019 + n % 6, 3, 1),
            "area_m2": 2_000 + rng.randrange(20_000), "registered_at": NOW,
        }  # fmt: skip


def _changes(count: int) -> Iterator[dict[str, Any]]:
    for n in range(1, count + 1):
        row = {"evidence": "registration", "recorded_at": NOW, "from_state": "", "changed_by": None}
        yield {**row, "plot": n, "to_state": "planted", "on_day": date(2020 + n % 5, 3, 1)}
        if _state(n) != "planted":
            yield {**row, "plot": n, "from_state": "planted", "to_state": _state(n), "on_day": date(2025, 5, 1)}


def _visits(rng: Random, count: int) -> Iterator[dict[str, Any]]:
    for n in range(1, count + 1):
        if _state(n) != "planted":
            yield {
                "plot": n, "kind": "year1", "visited_on": date(2025, 5, 1), "sampled": 100, "alive": 60 + rng.randrange(41), "verified_m2": 2_000,
                "verifier_id": 1, "verifier_name": "bench", "recorded_at": NOW,
            }  # fmt: skip


def _harvest(numbers: Any, plots: int, party: Party, product: Product) -> None:
    days = [date(2026, 6 + n % 4, 1 + n % 28) for n in numbers]
    Operation.insert_many(
        [
            {
                "id": n, "code": f"OP{n}", "kind": "harvest", "party": party.id, "business_date": day, "recorded_at": NOW, "recorded_by": 1,
                "recorder_name": "bench",
            }
            for n, day in zip(numbers, days, strict=True)
        ]
    ).execute()  # fmt: skip
    Lot.insert_many(
        [
            {
                "id": n, "code": f"H{n}", "kind": "harvest", "product": product.id, "holder": party.id, "made_by": n, "made_on": day,
                "plot": n % plots + 1, "unit": "g",
            }
            for n, day in zip(numbers, days, strict=True)
        ]
    ).execute()  # fmt: skip
    Movement.insert_many([{"operation": n, "lot": n, "quantity": 100_000 + n % 50_000} for n in numbers]).execute()


def _parts(rows: Any, size: int = 1_000) -> Iterator[list[Any]]:
    part: list[Any] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
