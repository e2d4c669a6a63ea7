"""Per plant and year: what it made against what it bought (domain brief §4.5), and how complete the traces of its lots are (E2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from peewee import fn

from trace.ceilings.rules import PlantBalance
from trace.core.actor import Actor
from trace.lots import queries as lots
from trace.lots.genealogy import origin_shares
from trace.lots.models import Lot, Movement, Operation
from trace.registry import queries as register
from trace.registry.models import Party, Process, Product, Township

RAW_KINDS = ("receipt", "harvest", "outside")
NEWEST = 200
"""Lots looked at for completeness in one answer."""


@dataclass(frozen=True)
class Plant:
    """One process of one plant in a year."""

    code: str
    name: str
    process: Process
    balance: PlantBalance


@dataclass(frozen=True)
class Completeness:
    """How much of what a holder made leads back to registered plots, by weight, over its newest lots."""

    code: str
    name: str
    kind: str
    lots: int
    whole: int
    share: Fraction


def plants(actor: Actor, year: int) -> list[Plant]:
    """Every visible holder with an output in a year, broken balances first."""
    found = []
    for process in register.processes():
        made, bought = _made(actor, process, year), _bought(actor, process.input_part, year)
        for (code, name), grams in made.items():
            density = _density(process)
            low, high, hard = (
                Fraction(milli, 1000) * density
                for milli in (process.low_milli, process.high_milli, process.hard_max_milli)
            )
            found.append(Plant(code, name, process, PlantBalance(grams, bought.get(code, 0), low, high, hard)))
    found = [replace(one, balance=replace(one.balance, shared_g=_shared(one, found))) for one in found]
    order = {"broken": 0, "flagged": 1, "ok": 2}
    return sorted(found, key=lambda one: (order[one.balance.state], one.code, one.process.code))


def _shared(one: Plant, found: list[Plant]) -> int:
    """Raw material the same plant's other processes used at least; sorting only passes it on and is left out."""
    if one.process.keeps_weight:
        return 0
    same = (p for p in found if p is not one and p.code == one.code and p.process.input_part == one.process.input_part)
    return sum(p.balance.least_g for p in same if not p.process.keeps_weight)


def _density(process: Process) -> Fraction:
    product = Product.get_or_none(Product.form == process.output_form, Product.part == process.input_part)
    return Fraction(product.density_g_per_l, 1000) if product and product.density_g_per_l else Fraction(1)


def _year(actor: Actor, year: int) -> Any:
    """What visible holders made in a year and did not undo: the movement of each lot's own making."""
    mine = lots.visible_lots(actor).select(Lot.id)
    return (
        Movement.select(Party.code, Party.name, fn.SUM(Movement.quantity))
        .join(Lot, on=((Movement.lot == Lot.id) & (Movement.operation == Lot.made_by)))
        .join(Party, on=(Lot.holder == Party.id))
        .join_from(Lot, Product)
        .join_from(Lot, Operation, on=(Lot.made_by == Operation.id))
        .where(Lot.id.in_(mine), Lot.made_on.between(date(year, 1, 1), date(year, 12, 31)))
        .where(Lot.made_by.not_in(lots.undone_operations()))
        .group_by(Party.code, Party.name)
    )


def _made(actor: Actor, process: Process, year: int) -> dict[tuple[str, str], int]:
    rows = _year(actor, year).where(
        Operation.kind == process.step, Lot.kind == "batch", Product.form == process.output_form
    )
    density = _density(process)
    return {(code, name): int(int(total) * density) for code, name, total in rows.tuples()}


def _bought(actor: Actor, part: str, year: int) -> dict[str, int]:
    """Raw material that came in: received, bought outside, or picked by the holder's own people."""
    rows = _year(actor, year).where(Lot.kind.in_(RAW_KINDS), Product.part == part, Lot.unit == "g")
    return {code: int(total) for code, _name, total in rows.tuples()}


def raw_lots(actor: Actor, holder: str, part: str, year: int) -> list[tuple[Lot, int]]:
    """The records behind a plant's raw material, newest first."""
    return _records(actor, holder, year, (Lot.kind.in_(RAW_KINDS)) & (Product.part == part) & (Lot.unit == "g"))


def made_lots(actor: Actor, holder: str, process: Process, year: int) -> list[tuple[Lot, int]]:
    """The records behind a plant's output, newest first."""
    return _records(
        actor, holder, year,
        (Operation.kind == process.step) & (Lot.kind == "batch") & (Product.form == process.output_form),
    )  # fmt: skip


def _records(actor: Actor, holder: str, year: int, which: Any) -> list[tuple[Lot, int]]:
    query = lots.visible_lots(actor).where(
        Party.code == holder, which, Lot.made_on.between(date(year, 1, 1), date(year, 12, 31)),
        Lot.made_by.not_in(lots.undone_operations()),
    )  # fmt: skip
    found = list(query.order_by(Lot.id.desc()).limit(500))
    amounts = lots.made_quantities([lot.id for lot in found])
    return [(lot, amounts[lot.id]) for lot in found]


def completeness(actor: Actor, township: str = "") -> list[Completeness]:
    """Each holder's newest lots: the share by weight that leads back to a harvest; least complete first."""
    query = lots.visible_lots(actor).where(Lot.kind.in_(["batch", "blend", "part", "pack", "receipt"]))
    if township:
        near = Party.select(Party.id).join(Township, on=Party.township).where(Township.code == township)
        query = query.where(Lot.holder.in_(near))
    newest = list(query.order_by(Lot.id.desc()).limit(NEWEST))
    by_holder: dict[int, list[Lot]] = {}
    for lot in newest:
        by_holder.setdefault(lot.holder_id, []).append(lot)
    return sorted(
        (_complete(several) for several in by_holder.values()), key=lambda one: (one.share, one.code)
    )  # fmt: skip


def _complete(several: list[Lot]) -> Completeness:
    known = [share_of(lot) for lot in several]
    made = lots.made_quantities([lot.id for lot in several])
    weights = [max(1, made.get(lot.id, 0) * (lot.piece_g or 1)) for lot in several]
    share = sum((part * weight for part, weight in zip(known, weights, strict=True)), Fraction(0)) / sum(weights)
    holder = several[0].holder
    return Completeness(
        holder.code, holder.name, holder.kind, len(several), sum(part == 1 for part in known), Fraction(share)
    )


def share_of(lot: Lot) -> Fraction:
    """The exact part of a lot that leads back to harvests."""
    shares = origin_shares(lot.id, lots.edges_back(lot.id))
    keys, picked = sorted(shares), set()
    for start in range(0, len(keys), 500):
        rows = Lot.select(Lot.id).where(Lot.id.in_(keys[start : start + 500]), Lot.kind == "harvest")
        picked |= {key for (key,) in rows.tuples()}
    return sum((shares[key] for key in picked), Fraction(0))
