"""HTML doors of publicity: the office's desk for it, the village board's PDF, the public list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date, utcnow
from trace.core.errors import NotFound
from trace.files.doors import download, uploaded
from trace.funds import file_queries, postings, publicity, queries
from trace.funds.rules import State
from trace.funds.schemas import BoardSchema, ResultNoteSchema, SelectionSchema
from trace.land.doors import counted
from trace.pdf import render
from trace.web.access import Access, access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("notices", __name__)
P = Permission


def _desk(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    running = list(queries.filtered_applications(actor, states=[State.PUBLICITY.value]))
    items = {item.id: queries.notice_item(item) for item in running}
    return render_template(
        "funds/publicity.html", values=values, errors=errors, running=running, items=items, today=business_date(),
        ready=list(queries.filtered_applications(actor, states=[State.BUREAU_REVIEWED.value])),
        page=page_by_id(publicity.notices(), publicity.Notice.id),
    )  # fmt: skip


@bp.get("/funds/publicity")
@access(P.APPLICATION_PUBLICISE, P.APPLICATION_REVIEW, P.APPLICATION_APPROVE, P.PAYMENT_READ)
def desk() -> ResponseReturnValue:
    """What is to be publicised, what runs, all lists."""
    return _desk({"starts_on": business_date().isoformat()}, {})


@bp.post("/funds/publicity")
@access(P.APPLICATION_PUBLICISE)
@form_view(_desk)
def publicise() -> ResponseReturnValue:
    """Publish a list."""
    body = load(SelectionSchema(), form_values())
    notice = publicity.publicise(current_actor(), body["applications"], body.get("starts_on"))
    done("公示 %(no)s 已发布，可打印张贴到村公示栏。", no=notice.no)
    return redirect(url_for("funds.notices.desk"))


@bp.post("/funds/publicity/end")
@access(P.APPLICATION_PUBLICISE)
@form_view(_desk)
def end() -> ResponseReturnValue:
    """Send applications with a finished period to the leading group."""
    found = publicity.end_publicity(current_actor(), load(SelectionSchema(), form_values())["applications"])
    done("已提交审定 %(n)s 份。", n=len(found))
    return redirect(url_for("funds.notices.desk"))


def _notice_page(values: dict[str, Any], errors: dict[str, str], no: str) -> str:
    actor, notice = current_actor(), publicity.get_notice(no)
    rows = publicity.rows(notice)
    if actor.township_codes and not actor.county_wide and not postings.villages_of(actor, notice):
        raise NotFound()
    return render_template(
        "funds/notice.html", notice=notice, rows=rows, values=values, errors=errors, today=business_date(),
        postings=file_queries.postings_of(notice), villages=postings.villages_of(actor, notice), over=all(r.ends_on < business_date() for r in rows),
    )  # fmt: skip


@bp.get("/funds/notices/<no>")
@access(P.FUND_READ)
def show_notice(no: str) -> ResponseReturnValue:
    """One list for those who work with it: its rows, the boards it hangs on, its result."""
    return _notice_page({}, {}, no)


@bp.post("/funds/notices/<no>/board")
@access(P.APPLICATION_SUBMIT, P.APPLICATION_PUBLICISE)
@form_view(_notice_page)
def post_board(no: str) -> ResponseReturnValue:
    """Keep the photograph of a village's board."""
    body = load(BoardSchema(), form_values())
    postings.post_board(current_actor(), no, body["village"], body["posted_on"], uploaded("photo"))
    done("公示栏照片已上传。")
    return redirect(url_for("funds.notices.show_notice", no=no))


@bp.get("/funds/notices/<no>/board/<seq>")
@access(P.FUND_READ)
def board_photo(no: str, seq: str) -> Response:
    """One photograph of a board, by its place in the list."""
    rows = file_queries.postings_of(publicity.get_notice(no))
    place = counted(seq)
    if not 1 <= place <= len(rows):
        raise NotFound()
    return download(rows[place - 1].photo)


@bp.post("/funds/notices/<no>/result")
@access(P.APPLICATION_PUBLICISE)
@form_view(_notice_page)
def note_result(no: str) -> ResponseReturnValue:
    """Publish what came of a list."""
    postings.note_result(current_actor(), no, load(ResultNoteSchema(), form_values())["result_note"])
    done("公示结果已发布。")
    return redirect(url_for("funds.notices.show_notice", no=no))


@bp.get("/funds/notices/<no>.pdf")
@access(P.APPLICATION_PUBLICISE, P.APPLICATION_REVIEW, P.APPLICATION_ACCEPT)
def board_pdf(no: str) -> Response:
    """The list for the village's notice board: names in full, nothing else personal."""
    notice = publicity.get_notice(no)
    postings.require_alive(notice)
    rows = publicity.rows(notice, masked=False)
    body = render("funds/notice_print.html", notice=notice, rows=rows, generated_at=utcnow())
    return Response(
        body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{notice.no}.pdf"'}
    )


@bp.get("/notices")
@access(Access.PUBLIC)
def index() -> Response:
    """The lists in their period, for everyone."""
    return _unlisted(render_template("funds/notices.html", notices=publicity.public_notices(business_date())))


@bp.get("/notices/<no>")
@access(Access.PUBLIC)
def show(no: str) -> Response:
    """One list, with masked names, for everyone."""
    notice, starts, ends = publicity.public_notice(no, business_date())
    page = render_template(
        "funds/notices_one.html", notice=notice, rows=publicity.rows(notice), starts=starts, ends=ends
    )
    return _unlisted(page)


def _unlisted(page: str) -> Response:
    """Search engines keep no copy of what disappears after the period."""
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response
