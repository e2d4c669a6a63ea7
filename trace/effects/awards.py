"""Open data of awards, as of a day: read from the books, hidden by the rules, nothing else of a person leaves the database."""

from __future__ import annotations

from datetime import date

from trace.core.clock import business_date
from trace.effects import award_rules as rules
from trace.effects import books
from trace.effects.award_rules import Award
from trace.funds.models import Application
from trace.land.models import Plot
from trace.programmes.models import Programme
from trace.registry.models import Party, Township, Village


def awards(day: date) -> list[Award]:
    """Every application that kept money by a day. The name is read for organisations only."""
    paid: dict[int, tuple[date, int]] = {}
    for one in books.payments(day):
        first, fen = paid.get(one.application_id, (one.first_on, 0))
        paid[one.application_id] = (min(first, one.first_on), fen + one.fen)
    decided = books.decided_on()
    rows = (
        Application.select(
            Application.id, Application.no, Programme.code, Programme.name, Party.id, Party.name, Party.kind, Party.uscc, Township.code,
            Township.name,
        )
        .join(Programme).switch(Application)
        .join(Party, on=Application.applicant).switch(Application)
        .join(Plot).join(Village).join(Township)
        .order_by(Application.id)
        .tuples()
    )  # fmt: skip
    return [
        Award(
            no, programme, programme_name, recipient, name if kind in rules.ORGANISATIONS else "", kind, uscc or "", code, place,
            decided.get(key, paid[key][0]), *paid[key],
        )
        for key, no, programme, programme_name, recipient, name, kind, uscc, code, place in rows
        if key in paid and paid[key][1] > 0
    ]  # fmt: skip


def snapshot(funder: rules.Funder, address: str, day: date | None = None) -> dict[str, object]:
    """The package of the standard as of a day (today)."""
    day = day or business_date()
    return rules.package(rules.publish(awards(day), funder, day), funder, day, address)
