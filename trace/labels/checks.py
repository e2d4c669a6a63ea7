"""Invariants of labels."""

from __future__ import annotations

from collections.abc import Iterator

from peewee import JOIN

from trace.labels.balance import capacity, live_labels
from trace.labels.models import LabelActivation, LabelRun, LabelUnit
from trace.lots.models import Lot


def check_print_run_balance() -> Iterator[str]:
    """No lot has more live labels than packs."""
    for lot in Lot.select().where(Lot.id.in_(LabelRun.select(LabelRun.lot))):
        packs, live = capacity(lot), live_labels(lot)
        if live > packs:
            yield f"lot {lot.code}: {live} live labels for {packs} packs"


def check_blocks() -> Iterator[str]:
    """Blocks of serial numbers do not overlap."""
    last = 0
    for run in LabelRun.select().order_by(LabelRun.first_serial):
        if run.first_serial < last:
            yield f"label run {run.no}: serial numbers overlap the run before"
        last = run.first_serial + run.count


def check_units() -> Iterator[str]:
    """Void and reprinted labels, and the new ones that replace them, lie in the blocks of their runs."""
    outside = (LabelUnit.serial < LabelRun.first_serial) | (LabelUnit.serial >= LabelRun.first_serial + LabelRun.count)
    for serial, no in LabelUnit.select(LabelUnit.serial, LabelRun.no).join(LabelRun).where(outside).tuples():
        yield f"label {serial}: not in run {no}"
    new = LabelRun.alias()
    blocks = (LabelUnit.replaced_by >= new.first_serial) & (LabelUnit.replaced_by < new.first_serial + new.count)
    lost = LabelUnit.select(LabelUnit.serial).join(new, JOIN.LEFT_OUTER, on=(new.replaces == LabelUnit.run) & blocks)
    for (serial,) in lost.where(LabelUnit.state == "reprinted", new.id.is_null()).tuples():
        yield f"label {serial}: what replaces it is in no run"


def check_activations() -> Iterator[str]:
    """Activated ranges lie in their run and do not overlap."""
    last: dict[int, int] = {}
    for row in (
        LabelActivation.select(LabelActivation, LabelRun)
        .join(LabelRun)
        .order_by(LabelActivation.run, LabelActivation.first_no)
    ):
        if row.first_no <= last.get(row.run_id, 0) or row.last_no > row.run.count:
            yield f"label run {row.run.no}: range {row.first_no}-{row.last_no} overlaps or lies outside"
        last[row.run_id] = row.last_no


CHECKS = (check_print_run_balance, check_blocks, check_units, check_activations)
