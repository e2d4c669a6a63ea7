"""Which programmes may be named on a pack: those whose help nobody can trace to one household."""

from __future__ import annotations

from peewee import fn

from trace.funds.models import Application
from trace.funds.rules import SETTLED
from trace.land.models import Plot
from trace.programmes.models import Programme

PAID_OUT = [state.value for state in SETTLED]
LEAST = 5
"""Beneficiaries among whom one is not found (k of the security design, A35)."""


def programmes_helping(plots: list[str]) -> list[str]:
    """Names of programmes paid out for any of these plots, oldest first.

    A programme counts only when at least :data:`LEAST` different applicants were paid for land in the very villages the pack names: a reader who knows
    the village then still does not know who received the money.
    """
    helped = (
        Application.select(Application.programme, Plot.village)
        .join(Plot)
        .where(Plot.code.in_(plots), Application.state.in_(PAID_OUT))
        .distinct()
    )
    villages = Plot.select(Plot.village).where(Plot.code.in_(plots))
    crowd = (
        Application.select(Application.programme)
        .join(Plot)
        .where(Application.state.in_(PAID_OUT), Plot.village.in_(villages))
        .group_by(Application.programme)
        .having(fn.COUNT(fn.DISTINCT(Application.applicant)) >= LEAST)
    )
    named = Programme.select(Programme.name).where(
        Programme.id.in_(helped.select(Application.programme)), Programme.id.in_(crowd)
    )
    return [name for (name,) in named.order_by(Programme.opens_on, Programme.id).tuples()]
