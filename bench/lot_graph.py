"""A ledger of any size, written in bulk, and the same edges kept as dictionaries in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from trace.db import db, is_postgres
from trace.land.models import Plot
from trace.lots.models import Edge, Lot, Movement, Operation
from trace.registry.models import Party, Product, Taxon, Village

GROUP = 60
"""Harvest lots behind one batch: with receipts, batch and packs an answer reaches about 120 lots."""
WIDE = 1_500
"""Harvest lots behind each of the few wide batches: an answer of 3 000 lots."""
WIDES = 3
PLOTS, PARTIES = 240, 24
SAMPLES = 400
"""So many different lots that neither side finds them warm in the processor's cache."""
NOW, DAY = datetime(2026, 7, 1, tzinfo=UTC), date(2026, 7, 1)


class Graph:
    """The edges as dictionaries."""

    def __init__(self, rows: list[tuple[int, int, int]], batches: list[int], wide: list[int]) -> None:
        """``rows``: (parent, child, grams)."""
        self.parents: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.children: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for parent, child, grams in rows:
            self.parents[child].append((parent, grams))
            self.children[parent].append((child, grams))
        self.batches, self.wide = batches, wide

    def targets(self) -> list[int]:
        """Batches to trace, spread over the graph."""
        return Random(1).sample(self.batches, min(SAMPLES, len(self.batches)))

    def walk(self, target: int) -> tuple[list[Any], list[Any]]:
        """Breadth-first both ways, collecting the same edges as the queries."""
        return self._reach(target, self.parents, back=True), self._reach(target, self.children, back=False)

    def _reach(
        self, target: int, onward: dict[int, list[tuple[int, int]]], *, back: bool
    ) -> list[tuple[int, int, int]]:
        seen, waiting, edges = {target}, [target], []
        while waiting:
            node = waiting.pop()
            for other, grams in onward.get(node, ()):
                edges.append((other, node, grams) if back else (node, other, grams))
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return edges


class Plan:
    """The lots and edges to write: harvest → receipt → batch → packs, each group from many plots and parties."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.rng = Random(7)
        self.lots: list[tuple[int, str]] = []
        self.edges: list[tuple[int, int, int]] = []

    def lot(self, kind: str) -> int:
        """One more lot; its number is its key."""
        self.lots.append((len(self.lots) + 1, kind))
        return len(self.lots)

    def batch(self, inputs: int) -> int:
        """A batch of so many receipts, and four packs out of it."""
        receipts = []
        for _ in range(inputs):
            harvest = self.lot("harvest")
            receipts.append(self.lot("receipt"))
            self.edges.append((harvest, receipts[-1], 100_000 + self.rng.randrange(50_000)))
        batch = self.lot("batch")
        self.edges += [(receipt, batch, 90_000) for receipt in receipts]
        self.edges += [(batch, self.lot("pack"), 5_000) for _ in range(4)]
        return batch


def build(size: int, wides: int = WIDES) -> Graph:
    """Valid rows straight into the tables of an empty, migrated database (on PostgreSQL by a superuser: triggers rest meanwhile)."""
    plan = Plan()
    wide = [plan.batch(WIDE) for _ in range(wides)]
    batches = []
    while len(plan.lots) < size:
        batches.append(plan.batch(GROUP))
    with db.atomic():
        _write(plan)
    db.execute_sql("ANALYZE")
    return Graph(plan.edges, batches, wide)


def _write(plan: Plan) -> None:
    villages = list(Village.select().limit(PLOTS))
    parties = [
        Party.create(code=f"B{n}", kind="enterprise", name=f"bench {n}", village=villages[n], registered_at=NOW)
        for n in range(PARTIES)
    ]
    plots = [_plot(n, villages[n % len(villages)], parties[n % PARTIES]) for n in range(PLOTS)]
    fresh, dried = Product.get(Product.code == "TF"), Product.get(Product.code == "TD")
    if is_postgres():
        db.execute_sql("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys while loading
    _load(Operation, "id code kind party_id business_date recorded_at recorded_by recorder_name note detail", (
        (key, f"OP{key}", "harvest" if kind == "harvest" else "merge", parties[key % PARTIES].id, DAY, NOW.replace(tzinfo=None), 1, "bench", "", "{}")
        for key, kind in plan.lots
    ))  # fmt: skip
    _load(Lot, "id code kind product_id holder_id made_by_id made_on plot_id piece_g unit name", (
        (
            key, f"{kind[0].upper()}{key}", kind, fresh.id if kind in ("harvest", "receipt") else dried.id, parties[key % PARTIES].id, key, DAY,
            plots[key % PLOTS].id if kind == "harvest" else None, 250 if kind == "pack" else None, "pcs" if kind == "pack" else "g", "",
        )
        for key, kind in plan.lots
    ))  # fmt: skip
    _load(Movement, "operation_id lot_id quantity typed_quantity typed_unit", (
        (key, key, 1_000_000, "", "") for key, _ in plan.lots
    ))  # fmt: skip
    _load(Edge, "parent_id child_id operation_id weight_g", ((p, c, c, w) for p, c, w in plan.edges))


def _plot(number: int, village: Village, operator: Party) -> Plot:
    return Plot.create(
        code=f"{village.code}-{number:04d}", village=village, operator=operator, taxon=Taxon.select().first(), state="bearing",
        land_class="forest", management="conventional", area_m2=10_000, registered_at=NOW,
    )  # fmt: skip


def _load(model: Any, names: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """COPY, or the nearest thing SQLite has."""
    table, columns = model._meta.table_name, names.split()
    connection = db.obj.connection()
    if is_postgres():
        with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({", ".join(columns)}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    connection.executemany(
        f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})',
        ([str(value) if isinstance(value, date) else value for value in row] for row in rows),
    )
