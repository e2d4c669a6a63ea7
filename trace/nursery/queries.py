"""Reading the nursery: lots, phases, papers, dispatches, and what became of the plants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN, fn

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.land.models import Plot, Stand
from trace.lots import queries as ledger
from trace.lots.models import Lot, Operation
from trace.nursery import rules
from trace.nursery.models import (
    Accession,
    NurseryPaper,
    PaperLot,
    PhaseEntry,
    Planting,
    SeedlingDispatch,
    SeedlingLot,
)
from trace.registry import queries as register
from trace.registry.models import Party, Product, Taxon, Title, Township, Village


@dataclass(frozen=True)
class Growth:
    """How a lot has fared: plants begun with, lost by reason, and the rates."""

    made: int
    lost: dict[str, int]
    germination: Any
    loss: Any


def visible_seedlings(actor: Actor) -> Any:
    """Seedling lots in the actor's charge, newest first, with product and holder."""
    mine = ledger.visible_lots(actor).where(Lot.kind == "seedling").select(Lot.id)
    return (
        SeedlingLot.select(SeedlingLot, Lot, Product, Taxon, Party, Accession)
        .join(Lot)
        .join(Product)
        .join(Taxon)
        .switch(Lot)
        .join(Party, on=Lot.holder)
        .switch(SeedlingLot)
        .join(Accession, JOIN.LEFT_OUTER)
        .where(Lot.id.in_(mine))
        .order_by(SeedlingLot.id.desc())
    )


def get_seedling(actor: Actor, code: str) -> SeedlingLot:
    """A seedling lot the actor may see."""
    found = visible_seedlings(actor).where(Lot.code == code).first()
    if found is None:
        raise NotFound()
    return found


def phases_of(lot_ids: list[int]) -> dict[int, dict[str, int]]:
    """Plants in each phase, by lot."""
    found: dict[int, dict[str, int]] = {lot_id: dict.fromkeys(rules.ORDER, 0) for lot_id in lot_ids}
    rows = (
        PhaseEntry.select(PhaseEntry.lot, PhaseEntry.phase, fn.SUM(PhaseEntry.quantity))
        .where(PhaseEntry.lot.in_(lot_ids))
        .group_by(PhaseEntry.lot, PhaseEntry.phase)
    )
    for lot_id, phase, total in rows.tuples():
        found[lot_id][phase] = int(total)
    return found


def growth_of(seedling: SeedlingLot) -> Growth:
    """Germination and loss rates from the entries; an undone entry and its opposite cancel out."""
    rows = PhaseEntry.select(PhaseEntry.reason, fn.SUM(PhaseEntry.quantity)).where(
        PhaseEntry.lot == seedling.lot_id, PhaseEntry.reason != ""
    )
    lost = {reason: -int(total) for reason, total in rows.group_by(PhaseEntry.reason).tuples() if total}
    made = ledger.made_quantities([seedling.lot_id]).get(seedling.lot_id, 0)
    germinating = phases_of([seedling.lot_id])[seedling.lot_id]["germinating"]
    rate = rules.germination_rate(made, lost.get("not_germinated", 0), germinating) if seedling.way == "seed" else None
    return Growth(made, lost, rate, rules.loss_rate(made, sum(lost.values())))


def entries_of(seedling: SeedlingLot) -> list[PhaseEntry]:
    """Everything that happened to the plants of a lot, newest first, with the operation where there is one."""
    query = PhaseEntry.select(PhaseEntry, Operation).join(Operation, JOIN.LEFT_OUTER)
    return list(query.where(PhaseEntry.lot == seedling.lot_id).order_by(PhaseEntry.id.desc()))


def undone_among(seedling: SeedlingLot) -> set[int]:
    """Operations on a lot that were taken back, by key."""
    events = PhaseEntry.select(PhaseEntry.operation).where(PhaseEntry.lot == seedling.lot_id)
    rows = Operation.select(Operation.reverses).where(Operation.reverses.in_(events))
    return {row[0] for row in rows.tuples()}


def accessions(actor: Actor) -> list[Accession]:
    """Accessions of the own nursery; of all for county-wide roles and townships' own villages."""
    query = (
        Accession.select(Accession, Taxon, Village, Township, Party)
        .join(Taxon)
        .switch(Accession)
        .join(Village)
        .join(Township)
    )
    query = query.switch(Accession).join(Party, on=Accession.holder).order_by(Accession.id.desc())
    if not actor.county_wide:
        mine = Accession.holder == (actor.party_id or 0)
        query = query.where(mine | Township.code.in_(list(actor.township_codes)) if actor.township_codes else mine)
    return list(query)


def get_accession(actor: Actor, code: str) -> Accession:
    """An accession the actor may see."""
    for found in accessions(actor):
        if found.code == code:
            return found
    raise NotFound()


def papers_of(lot_id: int) -> list[NurseryPaper]:
    """The papers that cover a lot, newest first."""
    return list(
        NurseryPaper.select()
        .join(PaperLot)
        .where(PaperLot.lot == lot_id)
        .order_by(NurseryPaper.issued_on.desc(), NurseryPaper.id.desc())
    )


def papers_by(holder_id: int, today: date) -> list[NurseryPaper]:
    """The papers of a nursery that are still valid or ended less than 90 days ago, soonest end first."""
    found = NurseryPaper.select().where(NurseryPaper.holder == holder_id).order_by(NurseryPaper.valid_to)
    return [paper for paper in found if paper.valid_to is None or (today - paper.valid_to).days < 90]


def used_of(paper: NurseryPaper) -> int:
    """Plants that left under a paper."""
    column = SeedlingDispatch.quality if paper.kind == "quality" else SeedlingDispatch.quarantine
    total = SeedlingDispatch.select(fn.SUM(SeedlingDispatch.quantity)).where(
        column == paper.id, ~SeedlingDispatch.undone
    )
    return int(total.scalar() or 0)


def licences_of(holder: Party) -> list[Title]:
    """The seed licences of a nursery, newest first, ended and withdrawn ones too."""
    return [title for title in register.titles_of(holder) if title.kind == "seed_licence"]


def visible_dispatches(actor: Actor) -> Any:
    """Dispatches one sent or is to receive; those of its townships; all for county-wide roles. Newest first."""
    nursery = Party.alias()
    query = (
        SeedlingDispatch.select(SeedlingDispatch, Lot, nursery, Party, Product, Taxon)
        .join(Lot)
        .join(nursery, on=(Lot.holder == nursery.id))
        .switch(Lot)
        .join(Product)
        .join(Taxon)
        .switch(SeedlingDispatch)
        .join(Party, JOIN.LEFT_OUTER, on=(SeedlingDispatch.receiver == Party.id))
        .order_by(SeedlingDispatch.id.desc())
    )
    if actor.county_wide:
        return query
    own = actor.party_id or 0
    mine = (nursery.id == own) | (Party.id == own) | (Party.belongs_to == own)
    if actor.township_codes:
        here = Township.select(Township.id).where(Township.code.in_(list(actor.township_codes)))
        mine = mine | Party.township.in_(here) | nursery.township.in_(here)
    return query.where(mine)


def get_dispatch(actor: Actor, code: str) -> SeedlingDispatch:
    """A dispatch the actor may see."""
    found = visible_dispatches(actor).where(SeedlingDispatch.code == code).first()
    if found is None:
        raise NotFound()
    return found


def dispatch_by_id(number: int) -> SeedlingDispatch | None:
    """A dispatch by its key with lot, nursery and village, for the public page's own allow-list."""
    query = (
        SeedlingDispatch.select(SeedlingDispatch, Lot, Product, Taxon, Party, Village, Township)
        .join(Lot)
        .join(Product)
        .join(Taxon)
        .switch(Lot)
        .join(Party, on=Lot.holder)
        .join(Village, JOIN.LEFT_OUTER)
        .join(Township, JOIN.LEFT_OUTER)
    )
    return query.where(SeedlingDispatch.id == number).first()


def planted_of(dispatch_ids: list[int]) -> dict[int, int]:
    """Plants of each dispatch that stand on a plot."""
    rows = Planting.select(Planting.dispatch, fn.SUM(Planting.quantity)).where(Planting.dispatch.in_(dispatch_ids))
    found = {key: int(total) for key, total in rows.group_by(Planting.dispatch).tuples()}
    return {key: found.get(key, 0) for key in dispatch_ids}


def plantings_of(dispatch: SeedlingDispatch) -> list[Planting]:
    """Where the plants of a dispatch went."""
    query = Planting.select(Planting, Stand, Plot).join(Stand).join(Plot)
    return list(query.where(Planting.dispatch == dispatch.id).order_by(Planting.id))


def origins_of(plot: Plot) -> list[Planting]:
    """Which seedling lots the stands of a plot came from."""
    query = (
        Planting.select(Planting, Stand, SeedlingDispatch, Lot, Party)
        .join(Stand)
        .switch(Planting)
        .join(SeedlingDispatch)
    )
    return list(query.join(Lot).join(Party, on=Lot.holder).where(Stand.plot == plot.id).order_by(Planting.id.desc()))


def reach_of(lot_id: int) -> list[Planting]:
    """Every planting of a lot and of all lots made from it: the plots a disease may have come to."""
    lots = ledger.descendants(lot_id)
    operator, village, township = Party.alias(), Village.alias(), Township.alias()
    query = (
        Planting.select(Planting, Stand, Plot, operator, village, township, SeedlingDispatch, Lot)
        .join(Stand)
        .join(Plot)
        .join(operator, on=(Plot.operator == operator.id))
        .switch(Plot)
        .join(village, on=(Plot.village == village.id))
        .join(township, on=(village.township == township.id))
        .switch(Planting)
        .join(SeedlingDispatch)
        .join(Lot)
        .where(Lot.id.in_(lots), ~SeedlingDispatch.undone)
    )
    return list(query.order_by(Planting.id))


def harvests_since(plantings: list[Planting]) -> list[Lot]:
    """Harvest lots of the plots since their seedlings went in."""
    found = []
    for planting in plantings:
        rows = Lot.select().where(Lot.plot == planting.stand.plot_id, Lot.made_on >= planting.stand.planted_on)
        found += list(rows.order_by(Lot.id))
    return list({lot.id: lot for lot in found}.values())
