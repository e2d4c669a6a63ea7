"""Handover from hand to hand without network: both sign, either uploads, custody moves once and only on acceptance (feature C9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from peewee import IntegrityError

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound, RuleBroken
from trace.core.units import parse_quantity
from trace.db.counters import next_number
from trace.field.weigh_rules import somebody
from trace.lots import queries as lots
from trace.lots.models import Lot
from trace.processing import handover_rules as rules
from trace.processing.certified import Papers
from trace.processing.handover_models import Handover
from trace.processing.handover_rules import Acceptance, Offer
from trace.processing.services import dispatch_lot, receive
from trace.registry import queries as register


@dataclass(frozen=True)
class Signer:
    """Whose phone it is: its public key, and the person it was registered for with today's rights."""

    key: ec.EllipticCurvePublicKey
    actor: Actor


KeyOf = Callable[[str], Signer | None]
"""From a device id to its signer; nothing for a device that is unknown, revoked, or whose person's account is closed."""


def record_handover(actor: Actor, offer: Any, acceptance: Any, key_of: KeyOf) -> Handover:
    """Check both papers and move the custody: the giver's dispatch and the taker's receipt, in one transaction.

    ``actor`` uploads: somebody of either party. The same two papers again, from the other phone or the same, answer with the first
    handover and change nothing. A second acceptance of one offer, and another offer with a used nonce, are refused.
    """
    given, taken = rules.read_offer(offer), rules.read_acceptance(acceptance)
    giver = _signer(key_of, given.device, offer, "offer")
    taker = _signer(key_of, taken.device, acceptance, "acceptance")
    with operation(actor, Permission.HANDOVER_RECORD) as op:
        if actor.party_id is None or actor.party_id not in (giver.actor.party_id, taker.actor.party_id):
            raise NotFound()
        lot = lots.get_lot(giver.actor, given.lot)
        # Both phones may upload at once: the second waits here and then finds the first one's row.
        lots.lock_lots([lot.id])
        known = _known(given, taken)
        if known is not None:
            op.record("handover.record", known, again=True)
            return known
        rules.check_pair(given, taken, op.at)
        if register.party_by_id(_party(taker)).code != taken.receiver:
            raise RuleBroken("签收单位与手机登记的单位不符。", code="RECEIVER_OTHER", field="acceptance")
        return _move(op, lot, (given, offer, giver), (taken, acceptance, taker))


def handovers_of(actor: Actor, lot: Lot) -> list[Handover]:
    """All handovers a lot went into or came out of, newest first; only those the reader's own party took part in, unless supervising."""
    query = Handover.select().where((Handover.lot == lot.id) | (Handover.received_lot == lot.id))
    if actor.party_id is not None:
        query = query.where((Handover.giver == actor.party_id) | (Handover.taker == actor.party_id))
    return list(query.order_by(Handover.id.desc()))


@dataclass(frozen=True)
class Shown:
    """A handover as a page shows it; names of the other party's people are masked (domain brief §2.10)."""

    row: Handover
    lot: str
    received_lot: str
    unit: str
    giver: str
    taker: str
    giver_person: str
    taker_person: str


def shown(actor: Actor, rows: list[Handover]) -> list[Shown]:
    """Handovers with the names a reader may know."""
    keys = {key for row in rows for key in (row.lot_id, row.received_lot_id)}
    found = {lot.id: lot for lot in lots.lots_joined().where(Lot.id.in_(list(keys)))}
    names = register.party_names({key for row in rows for key in (row.giver_id, row.taker_id)})

    def person(party_id: int, name: str) -> str:
        return name if actor.party_id in (None, party_id) else somebody(name)

    return [
        Shown(
            row, found[row.lot_id].code, found[row.received_lot_id].code, found[row.lot_id].unit, names[row.giver_id], names[row.taker_id],
            person(row.giver_id, row.giver_name), person(row.taker_id, row.taker_name),
        )
        for row in rows
    ]  # fmt: skip


def _signer(key_of: KeyOf, device: str, paper: dict[str, Any], field: str) -> Signer:
    found = key_of(device)
    if found is None:
        raise RuleBroken("手机没有登记或已停用，交接无效。", code="DEVICE_UNKNOWN", field=field)
    if not rules.is_signed(paper, found.key):
        raise RuleBroken("签名与手机不符，交接无效。", code="SIGNATURE_WRONG", field=field)
    return found


def _party(signer: Signer) -> int:
    if signer.actor.party_id is None:
        raise RuleBroken("手机没有登记到单位，交接无效。", code="DEVICE_UNKNOWN", field="acceptance")
    return signer.actor.party_id


def _known(offer: Offer, acceptance: Acceptance) -> Handover | None:
    """The handover these papers already made; raises when the nonce or the offer was used for something else."""
    used = Handover.get_or_none((Handover.nonce == offer.nonce) | (Handover.offer_hash == offer.hash))
    if used is None:
        return None
    if used.offer_hash != offer.hash:
        raise RuleBroken("这份交接单的编号已经用过，请重新交接。", code="NONCE_USED", field="offer")
    if used.acceptance_hash != acceptance.hash:
        raise RuleBroken(
            "这份交接单已经由别人签收（%(number)s）。", code="OFFER_TAKEN", field="offer", number=used.code
        )
    return used


def _create(values: dict[str, Any]) -> Handover:
    """Two lots offered under one nonce at the same moment meet here: the database lets one through."""
    try:
        return Handover.create(**values)
    except IntegrityError as error:
        raise RuleBroken("这份交接单的编号已经用过，请重新交接。", code="NONCE_USED", field="offer") from error


def _move(
    op: audit.Operation, lot: Lot, given: tuple[Offer, Any, Signer], taken: tuple[Acceptance, Any, Signer]
) -> Handover:
    """The giver dispatches and the taker receives, each with his own rights, on the day of the acceptance."""
    offer, offer_paper, giver = given
    acceptance, acceptance_paper, taker = taken
    sent = dispatch_lot(giver.actor, lot.code, acceptance.receiver, offer.quantity)
    day = business_date(min(acceptance.accepted_at, op.at))
    done = receive(
        taker.actor, sent.code, acceptance.quantity, reason=acceptance.reason, on=max(day, lot.made_on),
        papers=Papers(self_check=acceptance.self_check),
    )  # fmt: skip
    values = dict(
        code=f"JJ{op.at.year % 100:02d}-{next_number(f'JJ{op.at.year}'):04d}", nonce=offer.nonce, offer_hash=offer.hash,
        acceptance_hash=acceptance.hash, dispatch=sent, lot=lot.id, received_lot=done.lots[0], giver=lot.holder_id, taker=sent.receiver_id,
        giver_name=giver.actor.display_name, taker_name=taker.actor.display_name, giver_device=offer.device, taker_device=acceptance.device,
        offered_at=offer.offered_at, expires_at=offer.expires_at, accepted_at=acceptance.accepted_at, quantity=sent.quantity,
        received=parse_quantity(acceptance.quantity, lot.unit)[0], reason=acceptance.reason, offer=offer_paper, acceptance=acceptance_paper,
        recorded_at=op.at, recorded_by=op.actor.user_id, recorder_name=op.actor.display_name,
    )  # fmt: skip
    row = _create(values)
    op.record(
        "handover.record", row, lot=lot.code, received=done.lots[0].code, quantity=row.quantity, arrived=row.received
    )
    return row
