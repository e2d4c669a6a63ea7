"""The public doors: ``/t/<code>``, the complaint form behind it and the state of a complaint."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from trace.core.text import N_
from trace.land.doors import all_uploaded
from trace.registry.rules import LEGAL_BASES
from trace.scan import answers, complaints, express, queries
from trace.scan.answers import Seen
from trace.scan.complaint_rules import COMPLAINT_KINDS, PHOTOS, new_form_key
from trace.scan.linkset import LINKSET, offers, type_wanted
from trace.scan.rules import Verdict
from trace.scan.schemas import ComplaintSchema
from trace.scan.story import story_of
from trace.web.access import Access, access, settings
from trace.web.forms import form_values, form_view, load
from trace.web.limits import limiter

bp = Blueprint("scan", __name__)
UNKNOWN = "追溯码不存在或有误，请核对或重新扫描。"
CUSTODY_WORDS = {
    "single_plot": N_("全部来自同一块地。"), "single_village": N_("全部来自同一个村。"), "blended": N_("由几个村的原料合在一起。"),
    "outside": N_("有一部分原料从外县购入，不属本县产地。"),
}  # fmt: skip
"""What the classes of custody mean, for people who buy a pack."""
GUESSES = "30 per minute"
COMPLAINTS = "5 per hour"


def _not_found(response: Response) -> bool:
    return response.status_code == 404


def _done(response: Response) -> bool:
    return response.status_code == 302


@bp.get("/t/<code>")
@access(Access.PUBLIC)
@limiter.limit(GUESSES, deduct_when=_not_found)
def page(code: str) -> ResponseReturnValue:
    """The answer to a scan. A code we did not write fails before the database is asked; its page is that of any unknown code."""
    return answer(answers.look(code))


def answer(seen: Seen | None, *, anchor: str = "", gtin: str = "") -> ResponseReturnValue:
    """The page of a code, or its link set for a machine that asks for one; the door of GS1 addresses ends here too."""
    if seen is None:
        return unknown(UNKNOWN, 404)
    wanted = type_wanted(request.args.get("linkType", ""), request.headers.get("Accept", ""))
    if wanted == LINKSET:
        return links(seen, anchor, gtin)
    if wanted:
        return _other(seen, wanted, anchor)
    answers.count(seen, request.environ)
    return _page(seen)


def unknown(message: str, status: int) -> ResponseReturnValue:
    """The page of a code that is none of ours."""
    return render_template("scan/unknown.html", message=_(message)), status


@bp.get("/t/<code>/recall.json")
@access(Access.PUBLIC)
@limiter.limit(GUESSES, deduct_when=_not_found)
def recall(code: str) -> ResponseReturnValue:
    """Whether the pack of a code is recalled, for machines (link type ``gs1:recallStatus``)."""
    seen = answers.look(code)
    if seen is None:
        return jsonify(code="CODE_UNKNOWN", detail=_(UNKNOWN)), 404
    recalled = seen.verdict is Verdict.RECALLED
    found = seen.found
    more = {"reason": found.public_reason, "since": str(found.hold_day), "contact": found.contact} if recalled else {}
    return jsonify(lot=found.lot_code, recalled=recalled, **more)


def links(seen: Seen, anchor: str, gtin: str = "") -> Response:
    """The link set of a code (RFC 9264)."""
    base = settings().base_url
    body = current_app.json.dumps(offers(seen, anchor or f"{base}/t/{seen.code}", base, gtin))
    return Response(body, content_type=LINKSET, headers={"Vary": "Accept"})


def _other(seen: Seen, wanted: str, anchor: str) -> ResponseReturnValue:
    """One link by its type: go there; a type not on offer is answered as such to machines, browsers get the page."""
    base = settings().base_url
    context = offers(seen, anchor, base)["linkset"][0]
    found = next((item[0] for key, item in context.items() if key.endswith(f"/{wanted.removeprefix('gs1:')}")), None)
    if found is not None:
        return redirect(found["href"], 307)
    if "text/html" in request.headers.get("Accept", "text/html"):
        answers.count(seen, request.environ)
        return _page(seen)
    return jsonify(code="LINK_TYPE_UNKNOWN", detail=_("没有这种类型的链接。")), 404


def _page(seen: Seen) -> ResponseReturnValue:
    """From the kept pages, or rendered once and kept."""
    pages = current_app.extensions["scan_pages"]
    key = (*seen.key, str(get_locale()))
    kept = pages.find(key) or pages.keep(key, _rendered(seen, pages.marks))
    request.environ[express.KEPT_UNDER] = key
    response = make_response(kept.filled(seen))
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Cookie, Accept"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _rendered(seen: Seen, marks: dict[str, str]) -> str:
    told = seen.verdict is not Verdict.NOT_ACTIVE
    return render_template(
        "scan/page.html", verdict=seen.verdict, found=seen.found, batch=seen.serial is None, marks=marks, own_path=f"/t/{marks['code']}",
        story=story_of(queries.run_of(seen.found.run_id)) if told else None, legal_bases=LEGAL_BASES,
        custody_words=CUSTODY_WORDS,
    )  # fmt: skip


def _complaint_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    kinds = [(key, _(words)) for key, words in COMPLAINT_KINDS.items()]
    values = {**values, "form_key": values.get("form_key") or new_form_key()}
    return render_template("scan/complain.html", code=code, kinds=kinds, values=values, errors=errors, most=PHOTOS)


@bp.get("/t/<code>/complaint")
@access(Access.PUBLIC)
@limiter.limit(GUESSES, deduct_when=_not_found)
def new_complaint(code: str) -> ResponseReturnValue:
    """The form to report something about a pack."""
    if answers.look(code) is None:
        return unknown(UNKNOWN, 404)
    return _private(_complaint_form({}, {}, code))


@bp.post("/t/<code>/complaint")
@access(Access.PUBLIC)
@limiter.limit(COMPLAINTS, deduct_when=_done)
@form_view(_complaint_form)
def file_complaint(code: str) -> ResponseReturnValue:
    """Keep it and give a receipt. What a program filled in goes nowhere, and looks as if it had."""
    seen = answers.look(code)
    if seen is None:
        return unknown(UNKNOWN, 404)
    body = load(ComplaintSchema(), form_values())
    if body.pop("website"):
        return redirect(url_for("scan.page", code=code))
    receipt = complaints.file_complaint(seen, photos=all_uploaded("photos"), **body).receipt
    return redirect(url_for("scan.complaint", receipt=receipt))


@bp.get("/complaints/<receipt>")
@access(Access.PUBLIC)
@limiter.limit(GUESSES, deduct_when=_not_found)
def complaint(receipt: str) -> ResponseReturnValue:
    """What became of a complaint: its state and the office's answer, none of what the consumer wrote."""
    row = complaints.public_complaint(receipt)
    return _private(
        render_template("scan/complaint.html", row=row, kinds=COMPLAINT_KINDS, answer=complaints.final_answer(row))
    )


def _private(text: str) -> Response:
    response = make_response(text)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
