"""What comes after a list is published: the photograph of the village's board, the note of its result, and its end on the public pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from peewee import fn

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import db
from trace.files.rules import Upload
from trace.files.services import keep
from trace.funds import publicity
from trace.funds.dossier import BoardPosting
from trace.funds.models import Application, Notice, NoticeItem
from trace.funds.rules import NOTICE_KEPT_DAYS, State
from trace.land.models import Plot
from trace.registry.models import Township, Village

P = Permission


def post_board(actor: Actor, no: str, village_code: str, posted_on: date, photo: Upload | None) -> BoardPosting:
    """Keep the photograph of a village's board with the list on it, and since when it hangs there."""
    permission = P.APPLICATION_SUBMIT if actor.can(P.APPLICATION_SUBMIT) else P.APPLICATION_PUBLICISE
    with operation(actor, permission) as op:
        notice = publicity.get_notice(no)
        village = next((row for row in villages_of(actor, notice) if row.code == village_code), None)
        if village is None:
            raise Invalid("这份公示没有这个村，请核对。", field="village", code="VILLAGE_UNKNOWN")
        if posted_on > business_date(op.at):
            raise Invalid("张贴日期不能晚于今天。", field="posted_on", code="DATE_FUTURE")
        if photo is None:
            raise Invalid("请选择公示栏照片。", field="photo", code="MISSING")
        known = (
            BoardPosting.select().where(BoardPosting.notice == notice.id, BoardPosting.village == village.id).count()
        )
        posting = BoardPosting.create(
            notice=notice, village=village, seq=known + 1, posted_on=posted_on, photo=keep(op, photo),
            uploaded_by=actor.user_id, uploader_name=actor.display_name, at=op.at,
        )  # fmt: skip
        op.record("notice.board", notice, village=village.code, posted_on=posted_on.isoformat())
        return posting


def villages_of(actor: Actor, notice: Notice) -> list[Village]:
    """The villages of a list this person can post it in: all for the county, those of one's townships, the one of one's own seat."""
    rows = (
        Village.select(Village, Township)
        .join(Township)
        .where(Village.id.in_(_items(notice).select(Plot.village)))
        .order_by(Village.code)
    )
    if actor.county_wide:
        return list(rows)
    own = Application.select(Plot.village).join(Plot).where(
        (Application.applicant == (actor.party_id or 0)) | (Application.agent == (actor.party_id or 0))
    )  # fmt: skip
    return [
        row for row in rows if row.township.code in actor.township_codes or row.id in {key for (key,) in own.tuples()}
    ]


def note_result(actor: Actor, no: str, text: str) -> Notice:
    """The note of the result that stands on the public page when the period is over."""
    with operation(actor, P.APPLICATION_PUBLICISE) as op:
        notice = publicity.get_notice(no)
        if not text.strip():
            raise Invalid("请填写公示结果。", field="result_note", code="MISSING")
        open_ones = [row for row in _items(notice) if row.application.state in (State.PUBLICITY, State.OBJECTION)]
        if open_ones:
            raise RuleBroken(
                "还有 %(n)s 份申请在公示或处理异议，不能发布公示结果。", code="PERIOD_OPEN", n=len(open_ones)
            )
        notice.result_note = text.strip()
        notice.save(only=[Notice.result_note])
        op.record("notice.result", notice, text=notice.result_note)
        return notice


def expire(today: date) -> int:
    """Take full names out of lists whose time is over: what stays is the masked list and its hash. Returns how many."""
    last = fn.MAX(NoticeItem.ends_on)
    over = (
        NoticeItem.select(NoticeItem.notice)
        .group_by(NoticeItem.notice)
        .having(last < today - timedelta(days=NOTICE_KEPT_DAYS))
    )
    done = 0
    for notice in Notice.select().where(Notice.kept.is_null(), Notice.id.in_(over)):
        with db.atomic():
            body = canonical_bytes(masked_list(notice))
            notice.kept, notice.kept_hash = body.decode(), sha256_hex(body)
            notice.save(only=[Notice.kept, Notice.kept_hash])
            audit.record_system("notice.expire", notice, hash=notice.kept_hash)
        done += 1
    return done


def masked_list(notice: Notice) -> dict[str, object]:
    """A list as the web showed it."""
    rows = publicity.rows(notice)
    return {
        "notice": notice.no, "title": notice.title, "result": notice.result_note,
        "rows": [
            {
                "village": f"{row.township}{row.village}", "name": row.name, "area_m2": row.area_m2, "amount_fen": row.amount_fen,
                "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat(),
            }
            for row in rows
        ],
    }  # fmt: skip


def require_alive(notice: Notice) -> None:
    """The list with full names can be printed for its period only."""
    if notice.kept is not None:
        raise NotFound()


def _items(notice: Notice) -> Any:
    return (
        NoticeItem.select(NoticeItem, Application, Plot)
        .join(Application)
        .join(Plot)
        .where(NoticeItem.notice == notice.id)
    )
