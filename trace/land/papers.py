"""Papers of a plot: the right to its ground, and the numbers other registers gave it."""

from __future__ import annotations

from datetime import date, timedelta

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, NotFound, RuleBroken
from trace.core.text import Message
from trace.files.models import StoredFile
from trace.files.rules import Upload
from trace.files.services import keep
from trace.land import history, queries, rules
from trace.land.dossier import PlotReference, TenureDoc
from trace.land.models import Plot
from trace.land.rules import Caution


def add_tenure(
    actor: Actor,
    code: str,
    *,
    kind: str,
    number: str,
    holder: str,
    area_m2: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    scan: Upload | None = None,
) -> TenureDoc:
    """A certificate or contract with its scan; several per plot. The same paper twice is refused."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        errors = [
            FieldError(field, "MISSING", Message("请填写这一项。"))
            for field, value in (("number", number), ("holder", holder))
            if not value.strip()
        ]
        if valid_from and valid_to and valid_to < valid_from:
            errors.append(FieldError("valid_to", "DATE_ORDER", Message("到期日期不能早于开始日期。")))
        if errors:
            raise Invalid.of(errors)
        known = history.tenure_docs(plot)
        if any(d.kind == kind and d.number == number.strip() and d.voided_at is None for d in known):
            raise RuleBroken("这份材料已经登记过。", code="TENURE_KNOWN", field="number")
        doc = TenureDoc.create(
            plot=plot, seq=len(known) + 1, kind=kind, number=number.strip(), holder=holder.strip(), area_m2=area_m2,
            valid_from=valid_from, valid_to=valid_to, scan=keep(op, scan) if scan else None, recorder_name=actor.display_name, recorded_at=op.at,
        )  # fmt: skip
        op.record("plot.tenure", plot, seq=doc.seq, kind=kind, number=doc.number)
        return doc


def void_tenure(actor: Actor, code: str, seq: int, reason: str) -> TenureDoc:
    """Mark a paper as wrong; it stays readable."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        doc = get_tenure(plot, seq)
        if not reason.strip():
            raise Invalid("请填写作废的原因。", field="reason", code="REASON_MISSING")
        if doc.voided_at is not None:
            raise RuleBroken("这份材料已经作废。", code="TENURE_VOID")
        doc.voided_at, doc.void_reason = op.at, reason.strip()
        doc.save(only=[TenureDoc.voided_at, TenureDoc.void_reason])
        op.record("plot.tenure_void", plot, seq=seq, reason=doc.void_reason)
        return doc


def get_tenure(plot: Plot, seq: int) -> TenureDoc:
    """One paper of a plot the actor may see."""
    found = TenureDoc.get_or_none(TenureDoc.plot == plot, TenureDoc.seq == seq)
    if found is None:
        raise NotFound()
    return found


def scan_of(doc: TenureDoc) -> StoredFile:
    """The scan of a paper; :class:`NotFound` when none was handed in."""
    if doc.scan is None:
        raise NotFound()
    return doc.scan


def tenure_cautions(plot: Plot, today: date | None = None) -> list[Caution]:
    """What the papers of a plot leave to look at: expired ones, and less ground than drawn."""
    day = today or business_date()
    return [
        caution
        for doc in history.tenure_docs(plot)
        if doc.voided_at is None
        for caution in rules.tenure_warnings(
            doc.number, rules.TENURE_KINDS[doc.kind], doc.area_m2, doc.valid_to, plot.area_m2, day
        )
    ]


def add_reference(actor: Actor, code: str, *, scheme: str, value: str, survey: str, valid_from: date) -> PlotReference:
    """A number of a survey; it ends the one of the same kind before it."""
    with operation(actor, Permission.PLOT_REGISTER) as op:
        plot = queries.get_plot(actor, code)
        errors = [
            FieldError(field, "MISSING", Message("请填写这一项。"))
            for field, text in (("value", value), ("survey", survey))
            if not text.strip()
        ]
        if valid_from > business_date(op.at):
            errors.append(FieldError("valid_from", "DATE_FUTURE", Message("日期不能晚于今天。")))
        last = next((row for row in history.references(plot) if row.scheme == scheme and row.valid_to is None), None)
        if last is not None and valid_from <= last.valid_from:
            message = Message("日期须晚于现有编号的启用日期 %(day)s。", {"day": last.valid_from})
            errors.append(FieldError("valid_from", "DATE_ORDER", message))
        if errors:
            raise Invalid.of(errors)
        if last is not None:
            last.valid_to = valid_from - timedelta(days=1)
            last.save(only=[PlotReference.valid_to])
        row = PlotReference.create(
            plot=plot,
            scheme=scheme,
            value=value.strip(),
            survey=survey.strip(),
            valid_from=valid_from,
            recorded_at=op.at,
        )
        op.record("plot.reference", plot, scheme=scheme, value=row.value, survey=row.survey)
        return row
