"""Print-run balance: the labels that are live never weigh more than what the lot holds (feature F5)."""

from __future__ import annotations

from peewee import fn

from trace.core.errors import RuleBroken
from trace.core.units import format_int
from trace.labels.models import LabelRun, LabelUnit
from trace.lots import queries as lots
from trace.lots.models import Lot, Movement, Operation
from trace.lots.rules import OperationKind

GONE = (OperationKind.LOSS, OperationKind.DESTROY, OperationKind.SAMPLE, OperationKind.REPACK, OperationKind.UNDO)
"""Packs taken out by these will never be sold; those shipped, split or merged carry their labels with them."""


def capacity(lot: Lot) -> int:
    """How many packs of a lot may bear a live label: those made, less what was lost, destroyed, sampled or undone."""
    gone = (
        Movement.select(fn.COALESCE(fn.SUM(Movement.quantity), 0))
        .join(Operation)
        .where(Movement.lot == lot.id, Operation.kind.in_(GONE))
    )
    return lots.made_quantities([lot.id]).get(lot.id, 0) + int(gone.scalar())


def live_labels(lot: Lot) -> int:
    """Labels of a lot that were made and not voided; carton labels hold packs already counted."""
    counted = (LabelRun.lot == lot.id, LabelRun.state != "voided", LabelRun.kind != "carton")
    live = LabelRun.select(fn.COALESCE(fn.SUM(LabelRun.count), 0)).where(*counted)
    voided = LabelUnit.select(fn.COUNT(LabelUnit.id)).join(LabelRun).where(*counted)
    return int(live.scalar()) - int(voided.scalar())


def check_room(lot: Lot, count: int) -> None:
    """Refuse ``count`` more labels than the lot has room for. The lot must be locked."""
    packs, live = capacity(lot), live_labels(lot)
    if live + count > packs:
        raise RuleBroken(
            "本批共 %(packs)s 件，已有有效标签 %(live)s 枚，最多还能制 %(left)s 枚。", code="LABELS_EXCEED_PACKS", field="count",
            packs=format_int(packs), live=format_int(live), left=format_int(max(0, packs - live)),
        )  # fmt: skip


def check_still_covered(lot: Lot) -> None:
    """Before printing and activating: packs may have been destroyed or undone since the labels were made."""
    packs, live = capacity(lot), live_labels(lot)
    if live > packs:
        raise RuleBroken(
            "本批现在只有 %(packs)s 件，有效标签却有 %(live)s 枚，请先作废多出的 %(over)s 枚。", code="LABELS_EXCEED_PACKS",
            packs=format_int(packs), live=format_int(live), over=format_int(live - packs),
        )  # fmt: skip


def check_not_held(lot: Lot) -> None:
    """A held or recalled lot gets no labels, and its sheets are not printed."""
    holds = lots.open_holds([lot.id]).get(lot.id)
    if holds:
        raise RuleBroken(
            "批次 %(lot)s 已锁定（%(reason)s），不能制作或打印标签。", code="LOT_HELD", field="lot", lot=lot.code, reason=holds[0].reason,
        )  # fmt: skip
