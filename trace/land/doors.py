"""What the HTML doors of the land register share."""

from __future__ import annotations

from flask import request

from trace.core.actor import Actor
from trace.core.errors import NotFound
from trace.files.rules import MAX_BYTES, Upload
from trace.land import overlap_rules, places, queries, rules, states
from trace.web.shortlist import MOST, Shortlist, shortlist

MOST_FILES = 8

LABELS = {
    "states": rules.PLOT_STATES,
    "evidence": states.EVIDENCE,
    "decisions": overlap_rules.DECISIONS,
    "kinds": overlap_rules.KINDS,
    "case_states": overlap_rules.CASE_STATES,
    "township_checks": places.CHECKS,
}
"""Words of enums by what they are, for templates."""


def plot_words(plot: queries.Plot) -> str:
    """A plot as pick-lists show it."""
    return " ".join((plot.code, plot.village.name, plot.operator.name, plot.name)).strip()


def plot_options(actor: Actor, chosen: str = "") -> Shortlist:
    """The plots a form may offer, the chosen one among them."""
    found = queries.picks(actor, limit=MOST + 1)
    return shortlist(
        found, queries.pick(actor, chosen), lambda plot: (plot.code, plot_words(plot), plot.operator.initials)
    )


def counted(text: str) -> int:
    """A number out of an address; what is none does not exist."""
    if not text.isdecimal() or len(text) > 6:
        raise NotFound()
    return int(text)


def all_uploaded(name: str) -> list[Upload]:
    """Every file of a form field that takes several."""
    given = [item for item in request.files.getlist(name) if item.filename][:MOST_FILES]
    return [Upload(item.filename or "", item.stream.read(MAX_BYTES + 1), name) for item in given]
