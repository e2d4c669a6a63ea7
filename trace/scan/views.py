"""The public door: ``/t/<code>``."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.core.clock import business_date
from trace.core.public_code import grouped, normalise
from trace.labels.codes import book
from trace.registry.rules import LEGAL_BASES
from trace.scan import queries
from trace.scan.counter import counter
from trace.scan.rules import Verdict, verdict_of
from trace.web.access import Access, access
from trace.web.limits import limiter

bp = Blueprint("scan", __name__)
UNKNOWN = "追溯码不存在或有误，请核对或重新扫描。"


@bp.get("/t/<code>")
@access(Access.PUBLIC)
@limiter.limit("30 per minute", deduct_when=lambda response: response.status_code == 404)
def page(code: str) -> ResponseReturnValue:
    """The answer to a scan. A code we did not write fails before the database is asked; its page is that of any unknown code."""
    serial = book().read(code)
    found = queries.find(serial) if serial is not None else None
    if serial is None or found is None:
        return render_template("scan/unknown.html", message=_(UNKNOWN)), 404
    verdict = verdict_of(found.state, business_date())
    if (
        verdict is not Verdict.NOT_ACTIVE
        and request.method == "GET"
        and request.headers.get("Purpose", request.headers.get("Sec-Purpose", "")) != "prefetch"
    ):
        counter.count(serial, found.run_id)
    response = make_response(
        render_template(
            "scan/page.html", verdict=verdict, found=found, times=found.state.scans_before + 1, code=grouped(normalise(code)),
            story=queries.story(found.run_id) if verdict is not Verdict.NOT_ACTIVE else None, legal_bases=LEGAL_BASES,
        )
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
