"""Which answer a scan gets. Pure. Every state has its own words and advice: a recalled pack is not a fake one (features F8)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

MANY_SCANS = 5
"""From this number on the page says how often the code was opened."""


class Verdict(StrEnum):
    """The answers, most serious first; the twelfth, for a code that is unknown or altered, needs no state."""

    RECALLED = "recalled"
    VOIDED = "voided"
    NOT_ACTIVE = "not_active"
    HELD = "held"
    EXPIRED = "expired"
    SUSPECT = "suspect"
    CARTON = "carton"
    BATCH = "batch"
    MANY = "many"
    FIRST = "first"
    VALID = "valid"


class CodeState(NamedTuple):
    """What the register says about one code at this moment. ``suspect``: its scans look like copies (see ``patterns``)."""

    run_state: str
    unit_voided: bool
    hold_kind: str | None
    best_before: date | None
    scans_before: int
    first_at: datetime | None
    suspect: bool = False
    batch: bool = False
    carton: bool = False


def verdict_of(state: CodeState, today: date) -> Verdict:
    """The one answer that matters most to the person holding the pack."""
    if state.hold_kind == "recall":
        return Verdict.RECALLED
    if state.unit_voided or state.run_state == "voided":
        return Verdict.VOIDED
    if state.run_state == "made":
        return Verdict.NOT_ACTIVE
    if state.hold_kind == "hold":
        return Verdict.HELD
    if state.best_before is not None and today > state.best_before:
        return Verdict.EXPIRED
    if state.suspect:
        return Verdict.SUSPECT
    if state.carton:
        return Verdict.CARTON
    if state.batch:
        return Verdict.BATCH
    if state.scans_before + 1 >= MANY_SCANS:
        return Verdict.MANY
    return Verdict.FIRST if state.scans_before == 0 else Verdict.VALID
