"""Output value through the graph of lots (domain brief §6.3, feature X6). Pure: lots, edges and prices in, rows with exact parts out.

Fruit counts once, when it leaves the farm stage, at the price paid for it; a firm's run counts what it made at the firm's own price, less what
the same firm had made before (a transfer inside one legal person is worth nothing). The net figure also takes off the local tupipa that was
bought or picked for it. Reselling counts as its margin only. Goods from outside the county are no local input and no primary output.
Every amount is split among the townships whose plots fed it, by exact shares; the parts of one row sum to the row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from trace.lots.genealogy import split_exactly, topological

PROCESSED = ("batch", "byproduct", "pack")
UNTRACED = ""
"""The key of the share that leads to no plot of the county."""
ZERO = Fraction(0)


class LotRow(NamedTuple):
    """A lot as the valuation sees it. ``grams`` and ``measure`` (g or ml) are what its operation made of it."""

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
    grams: int
    measure: int


class Price(NamedTuple):
    """Fen per 1 000 base units and its evidence grade."""

    fen: int
    grade: str


class Cost(NamedTuple):
    """What a gram of a lot carries, in fen: made by the same firm, bought locally, picked by oneself."""

    internal: Fraction = ZERO
    bought: Fraction = ZERO
    own: Fraction = ZERO

    def total(self) -> Fraction:
        """Everything."""
        return self.internal + self.bought + self.own


@dataclass(frozen=True)
class ValueRow:
    """What one operation added: whole fen, and the same split by township. ``parts``: township → (gross, taken off)."""

    stage: str
    op: str
    lot: str
    holder: int
    day: date
    grade: str
    gross_fen: int
    off_fen: int
    parts: Mapping[str, tuple[int, int]]

    @property
    def net_fen(self) -> int:
        """Gross without the local tupipa that went in."""
        return self.gross_fen - self.off_fen


@dataclass
class Valuation:
    """All rows of a span of days, and the grams that nobody has priced."""

    rows: list[ValueRow] = field(default_factory=list)
    unpriced_g: int = 0


@dataclass(frozen=True)
class Prices:
    """Prices known: of each receipt, the mean paid for a raw product, and a firm's own for what it makes."""

    received: Mapping[int, int]
    mean: Mapping[int, Fraction]
    factory: Callable[[int, int, date], Price | None]


def value(
    lots: Mapping[int, LotRow], edges: Sequence[tuple[int, int, int]], prices: Prices, first: date, last: date
) -> Valuation:
    """Rows of the operations from ``first`` to ``last``; ``edges`` hold every input of every lot given."""
    walk = _Walk(lots, edges, prices)
    found = Valuation()
    for lot_id in topological(edges, lots):
        walk.visit(lots[lot_id])
    for making in walk.operations:
        if first <= making[0].day <= last:
            walk.count(making, found)
    return found


class _Walk:
    """State of one pass: shares, costs and farm part of each lot already visited."""

    def __init__(self, lots: Mapping[int, LotRow], edges: Sequence[tuple[int, int, int]], prices: Prices) -> None:
        self.lots, self.prices = lots, prices
        self.inputs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for parent, child, weight in edges:
            self.inputs[child].append((parent, weight))
        by_op: dict[int, list[LotRow]] = defaultdict(list)
        for lot in lots.values():
            by_op[lot.op].append(lot)
        self.by_op = by_op
        self.operations = sorted(by_op.values(), key=lambda made: (made[0].day, made[0].op))
        self.shares: dict[int, dict[str, Fraction]] = {}
        self.cost: dict[int, Cost] = {}
        self.farm: dict[int, Fraction] = {}

    def visit(self, lot: LotRow) -> None:
        """Settle one lot; its parents are settled."""
        inputs = self.inputs.get(lot.id, [])
        if not inputs:
            grown = lot.kind == "harvest"
            self.shares[lot.id] = {lot.township if grown else UNTRACED: Fraction(1)}
            self.farm[lot.id] = Fraction(int(grown))
            self.cost[lot.id] = Cost(own=self.prices.mean.get(lot.product, ZERO)) if grown else Cost()
            return
        total = sum(weight for _, weight in inputs)
        shares: dict[str, Fraction] = defaultdict(Fraction)
        for parent, weight in inputs:
            for township, share in self.shares[parent].items():
                shares[township] += share * Fraction(weight, total)
        self.shares[lot.id] = dict(shares)
        through = lot.kind in ("part", "blend")
        self.farm[lot.id] = sum((self.farm[p] * w for p, w in inputs), ZERO) / total if through else ZERO
        self.cost[lot.id] = self._cost(lot, inputs)

    def _cost(self, lot: LotRow, inputs: list[tuple[int, int]]) -> Cost:
        if lot.kind == "receipt":
            return Cost(bought=self._paid(lot, inputs))
        price = self._own_price(lot)
        if price is not None:
            return Cost(internal=Fraction(price.fen * lot.measure, 1000 * lot.grams))
        if lot.kind in PROCESSED and any(self._own_price(other) for other in self.by_op[lot.op]):
            return Cost()
        made = sum(other.grams for other in self.by_op[lot.op])
        sums = (sum((part * w for part, w in pairs), ZERO) / made for pairs in self._columns(inputs))
        return Cost(*sums)

    def _columns(self, inputs: list[tuple[int, int]]) -> Iterable[list[tuple[Fraction, int]]]:
        for n in range(3):
            yield [(self.cost[parent][n], weight) for parent, weight in inputs]

    def _paid(self, lot: LotRow, inputs: list[tuple[int, int]]) -> Fraction:
        """Fen for a gram of a receipt: its price, else what the parent carries (of raw fruit the mean price)."""
        price = self.prices.received.get(lot.id)
        if price is not None:
            return Fraction(price, 1000)
        parent = inputs[0][0]
        return self.cost[parent].total() or self.prices.mean.get(lot.product, ZERO)

    def _own_price(self, lot: LotRow) -> Price | None:
        return self.prices.factory(lot.holder, lot.product, lot.day) if lot.kind in PROCESSED else None

    def count(self, making: list[LotRow], found: Valuation) -> None:
        """What one operation adds."""
        inputs = self.inputs.get(making[0].id, [])
        if not inputs:
            return
        first = making[0]
        if first.kind == "receipt":
            self._receipt(first, inputs, found)
        elif first.kind not in ("part", "blend"):
            self._own_use(first, inputs, found)
        if first.kind in PROCESSED:
            self._run(making, inputs, found)

    def _receipt(self, lot: LotRow, inputs: list[tuple[int, int]], found: Valuation) -> None:
        """Fruit that changes hands: primary where it leaves the farm, a margin where it is sold on."""
        parent, weight = inputs[0]
        if self.cost[parent].internal:
            return
        grade = "A" if lot.id in self.prices.received else "C"
        amount = self.cost[lot.id].bought * lot.grams
        grown = self.farm[parent]
        if not amount:
            found.unpriced_g += lot.grams
            return
        if grown:
            found.rows.append(self._row("primary", lot, grade, amount * grown, ZERO, parent))
        if grown < 1 and self.shares[parent].get(UNTRACED) != 1:
            margin = amount * (1 - grown) - self.cost[parent].bought * weight
            if margin:
                found.rows.append(self._row("tertiary", lot, grade, margin, ZERO, parent))

    def _own_use(self, lot: LotRow, inputs: list[tuple[int, int]], found: Valuation) -> None:
        """Fruit of one's own that goes into one's own run: primary at the mean price."""
        for parent, weight in inputs:
            if grown := self.farm[parent]:
                amount = self.cost[parent].own * weight
                if amount:
                    found.rows.append(self._row("primary", lot, "C", amount, ZERO, parent))
                else:
                    found.unpriced_g += int(weight * grown)

    def _run(self, making: list[LotRow], inputs: list[tuple[int, int]], found: Valuation) -> None:
        priced = [(lot, price) for lot in making if (price := self._own_price(lot)) is not None]
        found.unpriced_g += sum(lot.grams for lot in making if self._own_price(lot) is None)
        if not priced:
            return
        made = sum((Fraction(price.fen * lot.measure, 1000) for lot, price in priced), ZERO)
        before = sum((self.cost[parent].internal * weight for parent, weight in inputs), ZERO)
        local = sum(((self.cost[p].bought + self.cost[p].own) * w for p, w in inputs), ZERO)
        grade = max(price.grade for _, price in priced)
        found.rows.append(self._row("secondary", priced[0][0], grade, made - before, local, priced[0][0].id))

    def _row(self, stage: str, lot: LotRow, grade: str, gross: Fraction, off: Fraction, source: int) -> ValueRow:
        """Whole fen, split by the origin shares of ``source``; what leads to no plot stays with the seat of the holder."""
        whole_gross, whole_off = rounded(gross), rounded(off)
        shares: dict[str, Fraction] = defaultdict(Fraction)
        for township, share in self.shares[source].items():
            shares[township or lot.seat] += share
        ours, taken = split_exactly(whole_gross, shares), split_exactly(whole_off, shares)
        parts = {key: (ours[key], taken[key]) for key in sorted(shares)}
        return ValueRow(stage, lot.op_code, lot.code, lot.holder, lot.day, grade, whole_gross, whole_off, parts)


def rounded(amount: Fraction) -> int:
    """Nearest whole fen, halves up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


@dataclass(frozen=True)
class StageSum:
    """One township's sum of one stage: fen by evidence grade, and what was taken off."""

    gross: Mapping[str, int]
    off_fen: int

    @property
    def gross_fen(self) -> int:
        """All grades together."""
        return sum(self.gross.values())


def by_township(found: Valuation) -> dict[str, dict[str, StageSum]]:
    """Township → stage → sums; exactly the parts of the rows, added."""
    gross: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys("ABC", 0))
    off: dict[tuple[str, str], int] = defaultdict(int)
    for row in found.rows:
        for township, (part, taken) in row.parts.items():
            gross[township, row.stage][row.grade] += part
            off[township, row.stage] += taken
    result: dict[str, dict[str, StageSum]] = defaultdict(dict)
    for (township, stage), grades in gross.items():
        result[township][stage] = StageSum(grades, off[township, stage])
    return dict(result)
