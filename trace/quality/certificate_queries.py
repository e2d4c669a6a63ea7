"""Reading certificates: whose they are, how much of them is used up, and what stands behind a lot."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from peewee import fn

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.field import activity_queries as books
from trace.field.activity_models import Activity, ActivityVersion
from trace.land.models import Plot
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Edge, Lot
from trace.processing.models import Receipt
from trace.quality.certificate_models import Certificate, CollectedCertificate, NumberBlock
from trace.quality.certificate_rules import WINDOW_DAYS, number_prefix
from trace.registry.models import Party, PartyRole, Product, Taxon, Township, Village

BUYING_KINDS = ("buyer", "plant", "enterprise")
BUYING_ROLES = ("buyer", "processor")


def _joined() -> Any:
    lot_holder = Party.alias()
    return (
        Certificate.select(Certificate, Lot, Product, Taxon, lot_holder, Party, Village, Township)
        .join(Lot)
        .join(Product)
        .join(Taxon)
        .join_from(Lot, lot_holder, on=(Lot.holder == lot_holder.id), attr="holder")
        .join_from(Certificate, Party)
        .join_from(Certificate, Village)
        .join(Township)
    )


def visible_certificates(actor: Actor, *, state: str = "", text: str = "") -> Any:
    """Those of lots in the actor's charge, and those the own party collected; newest first by :func:`page_by_id`."""
    query = _joined()
    if not actor.county_wide:
        collected = CollectedCertificate.select(CollectedCertificate.certificate).join(Receipt)
        taken = collected.where(
            Receipt.operation.in_(Lot.select(Lot.made_by).where(Lot.holder == (actor.party_id or 0)))
        )
        own = lots.visible_lots(actor).select(Lot.id)
        query = query.where(Certificate.lot.in_(own) | Certificate.id.in_(taken.where(_is_platforms())))
    if state:
        query = query.where(Certificate.state == state)
    return query.where(Certificate.no.contains(text) | Lot.code.contains(text)) if text else query


def _is_platforms() -> Any:
    return CollectedCertificate.certificate.is_null(False)


def get_certificate(actor: Actor, no: str) -> Certificate:
    """A certificate the actor may see."""
    found = visible_certificates(actor).where(Certificate.no == no).first()
    if found is None:
        raise NotFound()
    return found


def certificate_by_no(no: str) -> Certificate | None:
    """Any certificate by its number: for the public verify page, which has its own allow-list."""
    return _joined().where(Certificate.no == no.strip().upper()).first()


def used_up(ids: Iterable[int]) -> dict[int, int]:
    """How much of each certificate receipts have used, those taken back left out."""
    keys = list(ids)
    rows = (
        CollectedCertificate.select(CollectedCertificate.certificate, fn.SUM(CollectedCertificate.quantity))
        .join(Receipt)
        .where(CollectedCertificate.certificate.in_(keys or [0]), Receipt.operation.not_in(lots.undone_operations()))
        .group_by(CollectedCertificate.certificate)
    )
    found = {key: int(total) for key, total in rows.tuples()}
    return {key: found.get(key, 0) for key in keys}


def open_of(lot_ids: list[int]) -> dict[int, int]:
    """How much of each lot is certified and not yet used up."""
    rows = list(
        Certificate.select(Certificate.id, Certificate.lot, Certificate.quantity)
        .where(Certificate.lot.in_(lot_ids or [0]), Certificate.state == "valid")
        .tuples()
    )
    used = used_up(key for key, _, _ in rows)
    found = dict.fromkeys(lot_ids, 0)
    for key, lot_id, quantity in rows:
        found[lot_id] += max(0, quantity - used[key])
    return found


def split_from(lot: Lot) -> list[int]:
    """The lot and those it was split off, nearest first: one production batch, so that a certificate of it covers its parts."""
    chain, current = [lot.id], lot
    while current.kind == "part":
        edge = Edge.select(Edge, Lot).join(Lot, on=Edge.parent).where(Edge.child == current.id).first()
        if edge is None:
            break
        current = edge.parent
        chain.append(current.id)
    return chain


def not_certified(lot: Lot) -> int:
    """What is left of a lot and not yet promised by a certificate, its own or one of the batch it was split off."""
    chain = split_from(lot)
    left, promised = lots.balances(chain), open_of(chain)
    lent = sum(max(0, promised[key] - left[key]) for key in chain[1:])
    return max(0, left[lot.id] - promised[lot.id] - lent)


def covering(lot: Lot) -> list[tuple[Certificate, int]]:
    """Valid certificates of this batch with something left, the lot's own first, then the oldest; with what is left."""
    chain = split_from(lot)
    rows = list(
        Certificate.select().where(Certificate.lot.in_(chain), Certificate.state == "valid").order_by(Certificate.id)
    )
    used = used_up(row.id for row in rows)
    rows.sort(key=lambda row: (chain.index(row.lot_id), row.id))
    return [(row, row.quantity - used[row.id]) for row in rows if row.quantity > used[row.id]]


def harvests_behind(lot: Lot) -> list[Lot]:
    """The harvest lots a lot comes from, itself if it is one; plot with village and township, and holder joined."""
    ids = {lot.id} | {row[0] for row in lots.edges_back(lot.id)}
    query = (
        Lot.select(Lot, Plot, Village, Township, Party)
        .join(Plot)
        .join(Village)
        .join(Township)
        .join_from(Lot, Party, on=(Lot.holder == Party.id), attr="holder")
    )
    return list(query.where(Lot.id.in_(list(ids)), Lot.kind == "harvest").order_by(Lot.id))


def producers_of(lot: Lot) -> dict[int, Party]:
    """Who produced what is in a lot."""
    return {harvest.holder_id: harvest.holder for harvest in harvests_behind(lot)}


def bare_plots(harvests: list[Lot]) -> tuple[str, ...]:
    """Plots of these harvests without a single valid record in the period before the harvest."""
    bare = []
    for harvest in harvests:
        first = harvest.made_on - timedelta(days=WINDOW_DAYS)
        found = books.current([harvest.plot_id]).where(
            ActivityVersion.state == "valid", ActivityVersion.on_day.between(first, harvest.made_on)
        )
        if not found.exists():
            bare.append(harvest.plot.code)
    return tuple(sorted(set(bare)))


def actives_used(harvests: list[Lot]) -> set[str]:
    """Actives of every spraying in the period before these harvests."""
    used: set[str] = set()
    for harvest in harvests:
        first = harvest.made_on - timedelta(days=WINDOW_DAYS)
        rows = books.current([harvest.plot_id]).where(
            Activity.kind == "spray",
            ActivityVersion.state == "valid",
            ActivityVersion.on_day.between(first, harvest.made_on),
        )
        for row in rows:
            used |= set(row.content.get("actives", ()))
    return used


def buys(party: Party, on: date) -> bool:
    """May a party issue for a mixed lot: it buys from others, by its kind or by a role in force that day."""
    if party.kind in BUYING_KINDS:
        return True
    roles = PartyRole.select().where(
        PartyRole.party == party.id,
        PartyRole.role.in_(BUYING_ROLES),
        PartyRole.valid_from <= on,
        PartyRole.valid_to.is_null() | (PartyRole.valid_to > on),
    )
    return roles.exists()


def block_of(party: Party, device: str, year: int) -> list[NumberBlock]:
    """The numbers one device may use."""
    return list(
        NumberBlock.select()
        .where(NumberBlock.party == party.id, NumberBlock.device == device, NumberBlock.year == year)
        .order_by(NumberBlock.first)
    )


def blocks_for_pack(party_id: int | None, year: int) -> list[dict[str, Any]]:
    """The blocks of a party's devices as the app pack carries them; each device takes its own."""
    rows = (
        NumberBlock.select(NumberBlock, Party)
        .join(Party)
        .where(NumberBlock.party == (party_id or 0), NumberBlock.year == year)
    )
    return [
        {
            "device": row.device, "year": row.year, "first": row.first, "last": row.last,
            "prefix": number_prefix(row.party.uscc or "", row.party.code),
        }
        for row in rows.order_by(NumberBlock.first)
    ]  # fmt: skip


def collected_of(certificate: Certificate) -> list[CollectedCertificate]:
    """The receipts that used a certificate."""
    return list(
        CollectedCertificate.select(CollectedCertificate, Receipt)
        .join(Receipt)
        .where(CollectedCertificate.certificate == certificate.id)
        .order_by(CollectedCertificate.id)
    )


def collected_papers(party_id: int | None) -> list[tuple[CollectedCertificate, Lot]]:
    """What a party took with the goods it bought, newest first, with the lot it became."""
    rows = (
        CollectedCertificate.select(CollectedCertificate, Receipt, Lot, Dispatch)
        .join(Receipt)
        .join(Lot, on=(Lot.made_by == Receipt.operation), attr="made")
        .join_from(Receipt, Dispatch)
    )
    if party_id is not None:
        rows = rows.where(Lot.holder == party_id)
    return [(row, row.receipt.made) for row in rows.order_by(CollectedCertificate.id.desc()).limit(200)]


def collected_scan(party_id: int | None, dispatch: str) -> int:
    """The key of the photograph that came with a dispatch the party received (any, for supervision)."""
    row = (
        CollectedCertificate.select(CollectedCertificate.scan)
        .join(Receipt)
        .join(Dispatch)
        .where(Dispatch.code == dispatch, CollectedCertificate.scan.is_null(False))
    )
    found = (row if party_id is None else row.where(Dispatch.receiver == party_id)).first()
    if found is None:
        raise NotFound()
    return int(found.scan_id)


def state_of(certificate: Certificate) -> str:
    """``valid``, ``cancelled``, ``recalled`` (void by a recall), ``held`` or ``used_up``."""
    if certificate.state == "cancelled":
        return "cancelled"
    kinds = {hold.kind for hold in lots.open_holds([certificate.lot_id]).get(certificate.lot_id, [])}
    if "recall" in kinds:
        return "recalled"
    if kinds:
        return "held"
    return "used_up" if used_up([certificate.id])[certificate.id] >= certificate.quantity else "valid"
