"""What the pack says of inputs: the pesticide register with its intervals, what was sprayed where, and the words last used, to pick from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.field import activity_queries as records
from trace.field.activity_rules import ActivityKind
from trace.field.judging import FERTILISER_WORDS
from trace.land.models import Plot
from trace.pesticides import queries as pesticides
from trace.pesticides import rules
from trace.pesticides.models import PesticideProduct
from trace.pesticides.words import BANS_HERE, ORGANIC_MODES
from trace.registry.models import Taxon

SPRAYS_SINCE = timedelta(days=400)
"""Longer than any safety interval."""
MOST_PRODUCTS = 3000
MOST_WORDS = 40


def inputs_for(actor: Actor, plots: Sequence[Plot]) -> dict[str, Any]:
    """The parts of the pack that concern inputs."""
    taxa = list({plot.taxon.key: plot.taxon for plot in plots}.values())
    return {
        "pesticides": _pesticides(taxa),
        "organic_fertilisers": _organic_fertilisers(plots),
        "sprays": _sprays(plots),
        "people": [{"name": name} for name in _used(actor, ActivityKind.SPRAY, "operator", first=actor.display_name)],
        "lists": {
            "pests": sorted({pest for taxon in taxa for pest in pesticides.pests_of(taxon)} | set(_used(actor, ActivityKind.SCOUT, "pest"))),
            "fertilisers": _used(actor, ActivityKind.FERTILISE, "product"),
            "dealers": _used(actor, None, "dealer"),
        },
    }  # fmt: skip


def _organic_fertilisers(plots: Sequence[Plot]) -> dict[str, list[str]]:
    """What organic plots may be fed with, by name and by kind; nothing for who has no such plot."""
    if not any(plot.management in ORGANIC_MODES for plot in plots):
        return {"names": [], "kinds": []}
    names = pesticides.organic_names("fertiliser")
    return {"names": sorted(names), "kinds": [key for key, word in FERTILISER_WORDS.items() if word in names]}


def _pesticides(taxa: Sequence[Taxon]) -> list[dict[str, Any]]:
    """Every product with what its label says for each tree the person grows."""
    products = list(pesticides.products().limit(MOST_PRODUCTS))
    scopes = pesticides.scopes_of_many([one.reg_no for one in products])
    names = {taxon.key: pesticides.names_of(taxon) for taxon in taxa}
    today = business_date()
    forbidden = {ban.active for ban in pesticides.bans() if ban.scope in BANS_HERE and ban.since <= today}
    organic = pesticides.organic_names("pesticide")
    return [
        {**_product(one, scopes[one.reg_no], names, forbidden), "organic": _is_organic(one, organic)}
        for one in products
    ]


def _is_organic(one: PesticideProduct, allowed: set[str]) -> bool:
    """P9, as :func:`trace.pesticides.queries.organic_allowed` answers for an organic plot."""
    actives = {rules.clean_active(name) for name in one.actives if name}
    return one.biological or (bool(actives) and actives <= allowed)


def _product(one: PesticideProduct, scopes: list, names: dict[str, list[str]], forbidden: set[str]) -> dict[str, Any]:
    return {
        "reg_no": one.reg_no, "name": one.name, "initials": one.initials, "actives": "、".join(one.actives),
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "banned": "、".join(active for active in one.actives if active in forbidden),
        "for": {key: _label(scopes, own) for key, own in names.items()},
    }  # fmt: skip


def _label(scopes: list, names: list[str]) -> dict[str, Any]:
    found = rules.covering(scopes, names)
    most, unit = next(((scope.dose_high, scope.unit) for scope in found if scope.dose_high is not None), (None, None))
    return {
        "covers": bool(found), "phi_days": rules.interval(found or scopes), "dose_unit": unit,
        "dose_high": None if most is None else rules.plain(most),
        "max_times": min((scope.max_times for scope in found if scope.max_times is not None), default=None),
        "interval_days": max((scope.interval_days for scope in found if scope.interval_days is not None), default=None),
    }  # fmt: skip


def _sprays(plots: Sequence[Plot]) -> list[dict[str, Any]]:
    first = business_date() - SPRAYS_SINCE
    codes = {plot.id: plot.code for plot in plots}
    return [
        {
            "plot": codes[plot], "on": use.day.isoformat(), "name": use.product or use.reg_no, "phi_days": use.phi_days,
            "reg_no": use.reg_no, "actives": list(use.actives),
        }
        for plot, uses in records.applied(list(plots)).items()
        for use in uses
        if use.day >= first
    ]  # fmt: skip


def _used(actor: Actor, kind: ActivityKind | None, field: str, *, first: str = "") -> list[str]:
    """Words that the person's party wrote in a field this year and last, the newest first."""
    season = business_date().year
    rows = records.visible_records(actor, kind=kind or "")
    found = (
        rows.where(records.ActivityVersion.on_day >= date(season - 1, 1, 1))
        .order_by(records.ActivityVersion.id.desc())
        .limit(500)
    )
    words = [first, *(str(row.content.get(field) or "") for row in found)]
    return [word for word in dict.fromkeys(words) if word][:MOST_WORDS]
