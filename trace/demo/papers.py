"""Certificates and one bad laboratory report of the demo county, written as the parties would have since the order is in force."""

from __future__ import annotations

from datetime import date, timedelta

from trace.audit import Operation
from trace.core.actor import Actor
from trace.core.clock import business_date
from trace.demo.calendar import on
from trace.lots.models import Lot
from trace.pesticides import queries as pesticides
from trace.processing.models import Receipt
from trace.quality.certificate_models import Certificate, CollectedCertificate
from trace.quality.certificates import next_no
from trace.quality.collecting import keep_until
from trace.quality.testing import Line, Paper, keep_report

IN_FORCE = date(2026, 2, 1)
"""农业农村部令2025年第4号."""
LAB = "衡南示例检测中心（演示）"


def certify(clerk: Actor, lot: Lot, quantity: int) -> Certificate | None:
    """The seller's certificate for what is sent; none in the seasons before the order."""
    if lot.made_on < IN_FORCE:
        return None
    with on(clerk, lot.made_on) as op:
        row = Certificate.create(
            no=next_no(lot.holder, lot.made_on), lot=lot, issuer=lot.holder, product_name=lot.product.name, quantity=quantity,
            village=lot.plot.village, contact=lot.holder.phone, basis=["control"], issued_on=lot.made_on, recorded_at=op.at,
            recorded_by=clerk.user_id, recorder_name=clerk.display_name,
        )  # fmt: skip
        op.record("certificate.issue", row, lot=lot.code, quantity=quantity, sources=0)
    return row


def collect(op: Operation, receipt: Receipt, certificate: Certificate | None) -> None:
    """The buyer keeps it, and it is used up by what arrived."""
    if certificate is None:
        return
    CollectedCertificate.create(
        receipt=receipt, kind="certificate", certificate=certificate, quantity=receipt.received,
        keep_until=keep_until(business_date(op.at)), recorded_at=op.at, recorder_name=op.actor.display_name,
    )  # fmt: skip
    op.record("certificate.collect", receipt.dispatch.code, kind="certificate", quantity=receipt.received)


def over_the_limit(clerk: Actor, lot: Lot) -> None:
    """A banned active was found in the lot that was picked too early: 不合格, and a hold of its own."""
    bans = sorted(ban.active for ban in pesticides.bans())
    if not bans:
        return
    with on(clerk, lot.made_on + timedelta(days=2)) as op:
        keep_report(
            op, lot,
            Paper(
                lot=lot.code, lab=LAB, report_no="YS-2026-0001", sample_no="Y26-001", sampled_on=lot.made_on, sampler="演示采样员",
                method="quant", lines=(Line(bans[0], "0.08", "0.01"),), entrusted=True, cma="231820340001",
            ),
        )  # fmt: skip
