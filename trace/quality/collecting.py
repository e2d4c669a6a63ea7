"""Buying fresh fruit and leaf: the buyer takes the certificate or may not buy, and keeps it (Order 4/2025; scenarios F1, H1)."""

from __future__ import annotations

from datetime import date

from trace.audit import Operation
from trace.core.calendar import months_after
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.text import N_, Message
from trace.db import lock_row
from trace.files.services import keep
from trace.lots.models import Lot
from trace.processing.certified import Papers
from trace.processing.models import DispatchNote, Receipt
from trace.quality import certificate_queries as queries
from trace.quality import certificate_rules as rules
from trace.quality.certificate_models import Certificate, CollectedCertificate
from trace.registry.rules import PERSONS


def collect(op: Operation, receipt: Receipt, lot: Lot, papers: Papers) -> None:
    """Use up the certificates of the batch for what was received; else keep a paper one, or a household's word with the buyer's own check.

    Goods sent back, lent for processing, and processed food need none.
    """
    if not rules.is_fresh(lot.product.part, lot.product.form) or _purpose(receipt) != "sale":
        return
    has_paper = bool(papers.paper_no.strip()) or papers.scan is not None
    if _use_up(op, receipt, lot, or_else=has_paper):
        return
    if has_paper:
        _keep_paper(op, receipt, papers)
        return
    if lot.holder.kind not in PERSONS:
        raise RuleBroken(rules.NOT_COLLECTED, code="CERTIFICATE_MISSING", field="quantity")
    if not papers.self_check.strip():
        raise Invalid(
            "农户自产、未开具合格证的，请填写收购自检情况（看什么、测什么、结果如何）。",
            field="self_check",
            code="SELF_CHECK",
        )
    _add(op, receipt, "household", receipt.received, self_check=papers.self_check.strip())


def _use_up(op: Operation, receipt: Receipt, lot: Lot, *, or_else: bool) -> bool:
    """Take the received quantity out of the batch's certificates; False when it has none, or too little and a paper one makes up for it."""
    ids = [row.id for row, _ in queries.covering(lot)]
    list(lock_row(Certificate.select(Certificate.id).where(Certificate.id.in_(ids or [0])).order_by(Certificate.id)))
    rows, need = queries.covering(lot), receipt.received
    have = sum(left for _, left in rows)
    if not rows or (have < need and or_else):
        return False
    if have < need:
        raise RuleBroken(
            "合格证余量 %(have)s，不足本次收购的 %(need)s，请供货方补开。", code="CERTIFICATE_USED_UP", field="quantity",
            have=rules.plain_quantity(have, lot.unit), need=rules.plain_quantity(need, lot.unit),
        )  # fmt: skip
    for certificate, left in rows:
        part = min(left, need)
        if part:
            _add(op, receipt, "certificate", part, certificate=certificate)
            need -= part
    return True


def _keep_paper(op: Operation, receipt: Receipt, papers: Papers) -> None:
    """A paper certificate is typed and photographed, both."""
    errors = []
    if not papers.paper_no.strip():
        errors.append(FieldError("paper_no", "PAPER_NUMBER", Message(N_("请填写纸质合格证的编号；没有编号的填“无”。"))))
    if papers.scan is None:
        errors.append(FieldError("scan", "PAPER_PHOTO", Message(N_("请拍下纸质合格证上传。"))))
    known = queries.certificate_by_no(papers.paper_no)
    if known is not None:
        # Printed by the platform: its own books say what it is worth, not the paper.
        text = Message(N_("合格证 %(no)s 不能用于本批：已作废、已用完或不是本批次的。"), {"no": known.no})
        errors.append(FieldError("paper_no", "PAPER_KNOWN", text))
    if errors or papers.scan is None:
        raise Invalid.of(errors)
    _add(op, receipt, "paper", receipt.received, paper_no=papers.paper_no.strip()[:40], scan=keep(op, papers.scan))


def _add(op: Operation, receipt: Receipt, kind: str, quantity: int, **values: object) -> None:
    CollectedCertificate.create(
        receipt=receipt, kind=kind, quantity=quantity, keep_until=keep_until(business_date(op.at)), recorded_at=op.at,
        recorder_name=op.actor.display_name, **values,
    )  # fmt: skip
    op.record("certificate.collect", receipt.dispatch.code, kind=kind, quantity=quantity)


def keep_until(day: date) -> date:
    """Two years from the purchase (the order asks for six months at least)."""
    return months_after(day, rules.KEEP_MONTHS)


def _purpose(receipt: Receipt) -> str:
    note = DispatchNote.select(DispatchNote.purpose).where(DispatchNote.dispatch == receipt.dispatch_id).first()
    return note.purpose if note else "sale"
