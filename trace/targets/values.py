"""The graph of lots as the valuation wants it: one recursive read, prices, and the rows behind a township's figure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from peewee import JOIN, Case, fn

from trace.db import db
from trace.land.models import Plot
from trace.lots.models import Lot, Movement, Operation
from trace.lots.queries import undone_operations
from trace.lots.rules import OperationKind
from trace.processing.models import Receipt
from trace.registry.models import Party, Product, Township, Village
from trace.targets.models import FactoryPrice
from trace.targets.valuation import LotRow, Price, Prices, StageSum, Valuation, by_township, value

VALUED = tuple(
    kind.value
    for kind in OperationKind
    if kind.value in ("receive", "grading", "drying", "candying", "fermenting", "leaf_tea", "pack", "rework", "repack")
)
"""Operations that add value; harvests, splits and merges only carry it."""
AT_ONCE = 500

_UP = (
    "WITH RECURSIVE up(id) AS ("
    " SELECT l.id FROM lot l JOIN operation o ON o.id = l.made_by_id WHERE o.business_date BETWEEN ? AND ? AND o.kind IN ({kinds})"
    " UNION SELECT e.parent_id FROM edge e JOIN up ON e.child_id = up.id) "
    "SELECT e.parent_id, e.child_id, e.weight_g FROM up CROSS JOIN edge e WHERE e.child_id = up.id"
)


def valuation(first: date, last: date) -> Valuation:
    """What all operations of a span added, with the townships' exact parts."""
    edges = _edges(first, last)
    lots = _lots({key for edge in edges for key in edge[:2]})
    edges = [edge for edge in edges if edge[0] in lots and edge[1] in lots]
    return value(lots, edges, _prices(first, last, lots), first, last)


def stage_sums(first: date, last: date) -> dict[str, dict[str, StageSum]]:
    """Township → stage → sums of the span, computed from the ledger."""
    return by_township(valuation(first, last))


def _edges(first: date, last: date) -> list[tuple[int, int, int]]:
    statement = _UP.format(kinds=",".join(f"'{kind}'" for kind in VALUED)).replace("?", db.obj.param)
    days = tuple(Operation.business_date.db_value(day) for day in (first, last))
    return [tuple(row) for row in db.execute_sql(statement, days).fetchall()]


def _lots(ids: set[int]) -> dict[int, LotRow]:
    """The lots that still stand; those whose making was reversed are gone."""
    made, seat, ground = Movement.alias(), Township.alias(), Township.alias()
    columns = (
        Lot.id, Lot.code, Lot.kind, Lot.product, Lot.holder, fn.COALESCE(seat.code, ""), fn.COALESCE(ground.code, ""), Lot.made_by,
        Operation.code, Operation.business_date, made.quantity, Lot.unit, Lot.piece_g, Lot.piece_ml, Product.density_g_per_l,
    )  # fmt: skip
    found: dict[int, LotRow] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), AT_ONCE):
        query = (
            Lot.select(*columns)
            .join(Operation, on=Lot.made_by)
            .switch(Lot).join(made, on=((made.lot == Lot.id) & (made.operation == Lot.made_by)))
            .switch(Lot).join(Product)
            .switch(Lot).join(Party, on=Lot.holder).join(seat, JOIN.LEFT_OUTER, on=(seat.id == Party.township))
            .switch(Lot).join(Plot, JOIN.LEFT_OUTER, on=Lot.plot).join(Village, JOIN.LEFT_OUTER)
            .join(ground, JOIN.LEFT_OUTER, on=(ground.id == Village.township))
            .where(Lot.id.in_(wanted[start : start + AT_ONCE]), Lot.made_by.not_in(undone_operations()))
        )  # fmt: skip
        for row in map(_Loaded._make, query.tuples()):
            found[row.id] = row.lot()
    return found


class _Loaded(NamedTuple):
    """A row as read: what was made, in the lot's own unit."""

    id: int
    code: str
    kind: str
    product: int
    holder: int
    seat: str
    township: str
    op: int
    op_code: str
    day: date
    made: int
    unit: str
    piece_g: int | None
    piece_ml: int | None
    density: int | None

    def lot(self) -> LotRow:
        """In grams and in the measure its price is for."""
        if self.unit == "pcs":
            grams, measure = self.made * (self.piece_g or 0), self.made * (self.piece_ml or self.piece_g or 0)
        elif self.unit == "ml":
            grams, measure = self.made * (self.density or 1000) // 1000, self.made
        else:
            grams = measure = self.made
        return LotRow(*self[:10], max(grams, 1), measure)


def _prices(first: date, last: date, lots: dict[int, LotRow]) -> Prices:
    ids = [lot.id for lot in lots.values() if lot.kind == "receipt"]
    received: dict[int, int] = {}
    for start in range(0, len(ids), AT_ONCE):
        query = Receipt.select(Lot.id, Receipt.price_fen_per_kg).join(Lot, on=(Lot.made_by == Receipt.operation))
        query = query.where(Lot.id.in_(ids[start : start + AT_ONCE]), Receipt.price_fen_per_kg.is_null(False))
        received |= dict(query.tuples())
    return Prices(received, mean_prices(date(first.year, 1, 1), last), factory_prices(last))


def mean_prices(first: date, last: date) -> dict[int, Fraction]:
    """Product → fen for a gram, the weighted mean of what was paid for it in a span."""
    query = (
        Receipt.select(Lot.product, fn.SUM(Receipt.price_fen_per_kg * Receipt.received), fn.SUM(Receipt.received))
        .join(Operation)
        .join(Lot, on=(Lot.made_by == Operation.id))
        .where(Operation.business_date.between(first, last), Receipt.price_fen_per_kg.is_null(False), Lot.unit == "g")
        .group_by(Lot.product)
    )
    return {product: Fraction(int(paid), int(grams) * 1000) for product, paid, grams in query.tuples()}


def factory_prices(last: date) -> Callable[[int, int, date], Price | None]:
    """A look-up (firm, product, day) → the price in force; of one day the newest version."""
    known: dict[tuple[int, int], list[tuple[date, Price]]] = {}
    rows = (
        FactoryPrice.select()
        .where(FactoryPrice.valid_from <= last)
        .order_by(FactoryPrice.valid_from, FactoryPrice.version)
    )
    for row in rows:
        known.setdefault((row.party_id, row.product_id), []).append((row.valid_from, Price(row.fen, row.grade)))

    def price(holder: int, product: int, day: date) -> Price | None:
        return next((p for start, p in reversed(known.get((holder, product), [])) if start <= day), None)

    return price


def harvested(first: date, last: date) -> dict[str, int]:
    """Township → grams picked in a span, all parts; one pass over the harvests.

    Summed by plot before anything is joined, and the making movement picked out by a CASE: with the two-column join PostgreSQL expects one row
    and loops over all townships for every harvest.
    """
    made = Case(None, [(Movement.operation == Lot.made_by, Movement.quantity)], 0)
    by_plot = (
        Lot.select(Lot.plot.alias("plot_id"), fn.SUM(made).alias("grams"))
        .join(Movement, on=(Movement.lot == Lot.id))
        .where(Lot.kind == "harvest", Lot.made_on.between(first, last), Lot.made_by.not_in(undone_operations()))
        .group_by(Lot.plot)
    )
    query = (
        Plot.select(Township.code, fn.SUM(by_plot.c.grams))
        .join(by_plot, on=(by_plot.c.plot_id == Plot.id))
        .switch(Plot).join(Village).join(Township)
        .group_by(Township.code)
    )  # fmt: skip
    return {code: int(grams) for code, grams in query.tuples()}


def harvest_rows(township: str, first: date, last: date) -> list[Any]:
    """The harvest lots behind a township's figure; undone ones stand with nought."""
    net = fn.SUM(Movement.quantity).alias("grams")
    query = (
        Lot.select(Lot.code, Lot.made_on, Plot.code.alias("plot_code"), Product.name.alias("product_name"), net)
        .join(Movement)
        .join(Operation, on=Movement.operation)
        .switch(Lot).join(Product)
        .switch(Lot).join(Plot, on=Lot.plot).join(Village).join(Township)
        .where(
            Lot.kind == "harvest", Township.code == township, Lot.made_on.between(first, last),
            Operation.kind.in_(("harvest", "undo")),
        )
        .group_by(Lot.id, Lot.code, Lot.made_on, Plot.code, Product.name)
        .order_by(Lot.made_on, Lot.code)
    )  # fmt: skip
    return list(query.objects())
