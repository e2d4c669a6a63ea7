"""Packs filled anew: never while more live labels remain than packs, so that no old label goes on telling of a pack that is gone."""

from __future__ import annotations

from datetime import date

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import RuleBroken
from trace.core.units import format_int
from trace.labels.balance import capacity, live_labels
from trace.lots import queries as lots
from trace.lots.services import Done
from trace.processing import remaking


def repack(
    actor: Actor, code: str, drawn: int, *, pieces: int, piece: str, loss: str = "", reason: str = "", on: date | None = None,
) -> Done:  # fmt: skip
    """Open packs of a lot and fill others; refused while the labels of the opened packs are live: they are voided first, with a reason."""
    with operation(actor, Permission.PACK_RECORD) as op:
        lot = lots.get_lot(actor, code)
        actor.require_party(lot.holder_id)
        lot = lots.lock_lots([lot.id])[lot.id]
        left, live = capacity(lot) - drawn, live_labels(lot)
        if live > left:
            raise RuleBroken(
                "改装后本批剩 %(left)s 件，有效标签却有 %(live)s 枚，请先作废拆开的 %(over)s 件上的标签。", code="LABELS_LIVE", field="drawn",
                left=format_int(max(0, left)), live=format_int(live), over=format_int(live - max(0, left)),
            )  # fmt: skip
        done = remaking.repack(actor, code, drawn, pieces=pieces, piece=piece, loss=loss, reason=reason, on=on)
        op.record("label.repack", done.lots[0], of=lot.code, drawn=drawn)
        return done
