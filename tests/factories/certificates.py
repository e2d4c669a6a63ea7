"""A lot that may be sold: a production record for its plots and a certificate for what is left of it."""

from __future__ import annotations

from datetime import timedelta

from trace.core.actor import Actor, Role
from trace.core.identifiers import uscc_check_digit
from trace.field import activity_schemas
from trace.field.activities import record_activity
from trace.lots import queries as lots
from trace.lots.models import Dispatch, Lot
from trace.lots.services import Done
from trace.processing import services
from trace.quality import certificate_queries as queries
from trace.quality import certificates
from trace.quality.certificate_models import Certificate
from trace.quality.certificate_rules import is_fresh, plain_quantity
from trace.quality.certificates import Wanted
from trace.registry.models import Party

PHONE = "0734-8500001"


def able_to_issue(party: Party) -> Party:
    """An issuer needs a credit code (organisations) and a phone; the county's parties have none."""
    if party.kind != "household" and not party.uscc:
        body = f"93430422MA{party.id:07d}"
        party.uscc = body + uscc_check_digit(body)
        Party.update(uscc=party.uscc).where(Party.id == party.id).execute()
    if not party.phone_sealed and not party.phone:
        party.phone = PHONE
        Party.update(phone=PHONE).where(Party.id == party.id).execute()
    return party


def recorded(actor: Actor, lot: Lot) -> None:
    """One quiet record a week before each harvest of the own party behind a lot."""
    for harvest in queries.harvests_behind(lot):
        if harvest.holder_id != actor.party_id or not queries.bare_plots([harvest]):
            continue
        body = {"on": (harvest.made_on - timedelta(days=7)).isoformat(), "late_reason": "测试补录", "work": "irrigate"}
        values = activity_schemas.read("tend", body)
        record_activity(actor, plot_code=harvest.plot.code, activity="tend", on=values.pop("on"), values=values)


def wanted(lot: Lot, quantity: str = "", **changes: object) -> Wanted:
    """All that is left of a lot, on the strength of quality control."""
    values = {
        "lot": lot.code,
        "quantity": quantity or plain_quantity(queries.not_certified(lot), lot.unit),
        "bases": ("control",),
        **changes,
    }
    return Wanted(**values)  # type: ignore[arg-type]


def certify(actor: Actor, lot: Lot, quantity: str = "", **changes: object) -> Certificate:
    """Issue a certificate for what is left of a lot (or for ``quantity``), records and numbers made up for."""
    able_to_issue(lot.holder)
    recorded(actor, lot)
    return certificates.issue(actor, wanted(lot, quantity, **changes))


def receive(actor: Actor, code: str, quantity: str, **more: object) -> Done:
    """Take a dispatch over as :func:`trace.processing.services.receive` does; the seller issues a certificate first when one is missing."""
    prepare(code)
    return services.receive(actor, code, quantity, **more)  # type: ignore[arg-type]


def prepare(code: str) -> None:
    """The seller's certificate for what is on its way; nothing for lots that need or may have none."""
    row = Dispatch.get_or_none(Dispatch.code == code)
    if row is None:
        return
    lot = lots.lots_joined().where(Lot.id == row.lot_id).get()
    have = sum(left for _, left in queries.covering(lot))
    if have >= row.quantity or not is_fresh(lot.product.part, lot.product.form) or lots.open_holds([lot.id]):
        return
    seller = Actor(row.sent_by, "seller", "卖方", frozenset({Role.COOP}), lot.holder_id)
    certify(seller, lot, plain_quantity(row.quantity - have, lot.unit))
