"""Invariants of labels."""

from __future__ import annotations

from collections.abc import Iterator

from trace.labels.models import LabelRun
from trace.labels.services import live_labels
from trace.lots import queries as lots
from trace.lots.models import Lot


def check_print_run_balance() -> Iterator[str]:
    """No lot has more live labels than packs."""
    for lot in Lot.select().where(Lot.id.in_(LabelRun.select(LabelRun.lot))):
        packs, live = lots.made_quantities([lot.id])[lot.id], live_labels(lot)
        if live > packs:
            yield f"lot {lot.code}: {live} live labels for {packs} packs"


def check_blocks() -> Iterator[str]:
    """Blocks of serial numbers do not overlap."""
    last = 0
    for run in LabelRun.select().order_by(LabelRun.first_serial):
        if run.first_serial < last:
            yield f"label run {run.no}: serial numbers overlap the run before"
        last = run.first_serial + run.count


CHECKS = (check_print_run_balance, check_blocks)
