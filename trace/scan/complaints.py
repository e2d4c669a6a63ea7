"""Complaints: filed by whoever holds a pack, answered by the office, seen by the producer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, utcnow
from trace.core.errors import Busy, Forbidden, Invalid, NotFound, RuleBroken
from trace.core.identifiers import redact
from trace.db import db
from trace.db.counters import take_turn
from trace.files.models import StoredFile
from trace.files.queries import file_by_id
from trace.files.rules import Upload
from trace.files.services import Checked, checked_picture, keep_from_public
from trace.labels.models import LabelRun
from trace.lots import tracing
from trace.lots.models import Lot
from trace.registry import queries as register
from trace.registry.models import Party, Product, Township
from trace.registry.vault import vault
from trace.scan import queries
from trace.scan.answers import Seen
from trace.scan.complaint_rules import (
    CLUSTER,
    CLUSTER_WINDOW,
    PER_CODE_A_DAY,
    PHOTOS,
    WORKING_DAYS,
    is_form_key,
    new_receipt,
    normal_receipt,
)
from trace.scan.models import Complaint, ComplaintPhoto, ComplaintReply


def file_complaint(
    seen: Seen, *, kind: str, text: str, bought_at: str = "", contact: str = "", form_key: str = "", photos: Sequence[Upload] = ()
) -> Complaint:  # fmt: skip
    """Keep a consumer's complaint about the pack of a code; attached to code, lot and the township most of it comes from.

    Nobody is signed in, so the trail names no one; the contact is sealed at once. The same form sent again (``form_key``: pressed twice, or the answer
    lost on the way) gives the first one's receipt. Raises :class:`Busy` beyond the day's number for one code, :class:`Invalid` for what is no photograph.
    """
    now, key = utcnow(), form_key if is_form_key(form_key) else None
    pictures = _checked(photos)
    with db.atomic():
        take_turn("complaint")
        sent = Complaint.get_or_none(Complaint.form_key == key) if key else None
        if sent is not None:
            return sent
        run = queries.run_of(seen.found.run_id)
        _check_not_flooded(run, seen.serial, now)
        row = Complaint.create(
            receipt=new_receipt(business_date(now).year), run=run, lot=run.lot_id, serial=seen.serial, township=_township(run), kind=kind,
            text=text.strip(), bought_at=bought_at.strip(), contact_sealed=vault().seal(contact.strip()) if contact.strip() else "",
            filed_at=now, due_on=_due(now), form_key=key,
        )  # fmt: skip
        for seq, picture in enumerate(pictures, 1):
            ComplaintPhoto.create(complaint=row, seq=seq, file=keep_from_public(picture, now))
        audit.record_system("complaint.file", row.receipt, lot=run.lot.code, kind=kind)
        return row


def _checked(photos: Sequence[Upload]) -> list[Checked]:
    if len(photos) > PHOTOS:
        raise Invalid("最多上传 %(n)s 张照片。", field="photos", code="PHOTOS_MANY", n=PHOTOS)
    return [checked_picture(photo) for photo in photos]


def photos_of(complaint: Complaint) -> list[int]:
    """The numbers of its photographs."""
    rows = ComplaintPhoto.select(ComplaintPhoto.seq).where(ComplaintPhoto.complaint == complaint)
    return [seq for (seq,) in rows.order_by(ComplaintPhoto.seq).tuples()]


def photo(actor: Actor, receipt: str, seq: int) -> StoredFile:
    """One photograph of a complaint in the actor's charge."""
    row = ComplaintPhoto.get_or_none(
        ComplaintPhoto.complaint == get_complaint(actor, receipt).id, ComplaintPhoto.seq == seq
    )
    if row is None:
        raise NotFound()
    return file_by_id(row.file_id)


def public_complaint(receipt: str) -> Complaint:
    """A complaint by its receipt, for whoever holds it; NotFound for any other text."""
    found = Complaint.get_or_none(Complaint.receipt == normal_receipt(receipt)[:16])
    if found is None:
        raise NotFound("没有这个回执编号，请核对后再查。")
    return found


def final_answer(complaint: Complaint) -> ComplaintReply | None:
    """The office's answer, which the consumer reads."""
    return (
        ComplaintReply.select()
        .where(ComplaintReply.complaint == complaint, ComplaintReply.closes == 1)
        .order_by(ComplaintReply.id.desc())
        .first()
    )


def visible_complaints(actor: Actor) -> Any:
    """Complaints within the actor's charge: all for the county's offices, those of its lots for a producer, of its land for a township."""
    query = (
        Complaint.select(Complaint, LabelRun, Lot, Product, Party)
        .join(LabelRun)
        .switch(Complaint)
        .join(Lot)
        .join(Product)
        .switch(Lot)
        .join(Party, on=Lot.holder)
    )
    if actor.county_wide:
        return query
    mine = Lot.holder == (actor.party_id or 0)
    if actor.township_codes:
        townships = Township.select(Township.id).where(Township.code.in_(list(actor.township_codes)))
        mine = mine | Complaint.township.in_(townships)
    return query.where(mine)


def get_complaint(actor: Actor, receipt: str) -> Complaint:
    """A complaint in the actor's charge."""
    found = visible_complaints(actor).where(Complaint.receipt == receipt).first()
    if found is None:
        raise NotFound()
    return found


def replies_of(complaint: Complaint) -> list[ComplaintReply]:
    """Everything said to it, oldest first."""
    return list(ComplaintReply.select().where(ComplaintReply.complaint == complaint).order_by(ComplaintReply.id))


def reply(actor: Actor, receipt: str, text: str, *, closes: bool) -> ComplaintReply:
    """Say something to a complaint. The producer explains; only the office answers the consumer, once."""
    with operation(actor, Permission.COMPLAINT_ANSWER) as op:
        complaint = get_complaint(actor, receipt)
        if closes and not actor.county_wide:
            raise Forbidden("答复消费者由县市场监管局或县林业局办理，您可以填写情况说明。")
        if not text.strip():
            raise Invalid("请填写内容。", field="text", code="TEXT_MISSING")
        if complaint.state != "open":
            raise RuleBroken("投诉 %(receipt)s 已经答复。", code="COMPLAINT_STATE", receipt=receipt)
        row = ComplaintReply.create(
            complaint=complaint, text=redact(text.strip()), closes=int(closes), author_id=actor.user_id,
            author_name=actor.org_name or actor.display_name, at=op.at,
        )  # fmt: skip
        if closes:
            changed = Complaint.update(state="answered").where(Complaint.id == complaint.id, Complaint.state == "open")
            if not changed.execute():
                raise RuleBroken("投诉 %(receipt)s 已经答复。", code="COMPLAINT_STATE", receipt=receipt)
        op.record("complaint.answer" if closes else "complaint.explain", complaint.receipt)
        return row


def reveal_contact(actor: Actor, receipt: str) -> str:
    """How to reach the person: for the office only, and each look stands in the trail."""
    with operation(actor, Permission.COMPLAINT_ANSWER) as op:
        complaint = get_complaint(actor, receipt)
        if not actor.county_wide:
            raise Forbidden()
        if not complaint.contact_sealed:
            raise NotFound("这位消费者没有留联系方式。")
        op.record("complaint.reveal", complaint.receipt)
        return vault().unseal(complaint.contact_sealed)


def clusters(now: datetime) -> dict[int, int]:
    """Lots with several complaints lately: lot id → how many."""
    number = fn.COUNT(Complaint.id)
    rows = (
        Complaint.select(Complaint.lot, number).where(Complaint.filed_at > now - CLUSTER_WINDOW).group_by(Complaint.lot)
    )
    return {lot_id: int(count) for lot_id, count in rows.having(number >= CLUSTER).tuples()}


def waiting(actor: Actor) -> int:
    """Open complaints in the actor's charge."""
    return visible_complaints(actor).where(Complaint.state == "open").count()


def _check_not_flooded(run: LabelRun, serial: int | None, now: datetime) -> None:
    same = Complaint.serial == serial if serial is not None else (Complaint.run == run.id) & Complaint.serial.is_null()
    if Complaint.select().where(same, Complaint.filed_at > now - timedelta(days=1)).count() >= PER_CODE_A_DAY:
        raise Busy("这个码今天收到的投诉已经很多，请拨打 12315 反映。", code="COMPLAINTS_FULL")


def _township(run: LabelRun) -> Township | None:
    """Where most of the pack comes from, else where its holder sits."""
    shares: dict[str, int] = {}
    for share in tracing.build_trace(run.lot, "back", None).shares:
        if share.plot:
            shares[share.plot[:9]] = shares.get(share.plot[:9], 0) + share.quantity_g
    code = max(shares, key=lambda township: shares[township]) if shares else None
    return Township.get_or_none(Township.code == code) if code else run.lot.holder.township


def _due(now: datetime) -> Any:
    day = business_date(now)
    return register.working_calendar(day, day + timedelta(days=60)).add_working_days(day, WORKING_DAYS)
