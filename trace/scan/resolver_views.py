"""The doors of the GS1 resolver: ``/01/<gtin>[/10/<lot>][/21/<serial>]`` leads to the same page as ``/t/<code>``."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from trace.core.digital_link import GTIN, LOT, SERIAL, NotDigitalLink, read_link
from trace.scan import resolving
from trace.scan.linkset import description
from trace.scan.views import GUESSES, UNKNOWN, answer, unknown
from trace.web.access import Access, access, settings
from trace.web.limits import limiter

bp = Blueprint("resolver", __name__)
DISORDER = "这个链接里的标识不完整或顺序有误，应为商品条码（01）、批次（10）、序列号（21）。"


def _refused(response: Response) -> bool:
    return response.status_code in (400, 404)


@bp.get("/01/<path:rest>")
@access(Access.PUBLIC)
@limiter.limit(GUESSES, deduct_when=_refused)
def digital_link(rest: str) -> ResponseReturnValue:
    """A GS1 Digital Link address: the page for people, the link set for machines; identifiers out of order are refused."""
    base = settings().base_url
    query = request.query_string.decode("latin-1")
    # The raw path, for a lot number may hold an escaped slash.
    path = (
        request.environ.get("RAW_URI", "").partition("?")[0] or request.environ.get("REQUEST_URI", "").partition("?")[0]
    )
    path = path if path.startswith("/01/") else f"/01/{rest}"
    try:
        link = read_link(f"https://resolver.invalid{path}" + (f"?{query}" if query else ""), zero_suppressed=True)
    except NotDigitalLink:
        return unknown(DISORDER, 400)
    if link.path[0][0] != GTIN:
        return unknown(DISORDER, 400)
    gtin = link.path[0][1]
    seen = resolving.resolve(gtin, link.get(LOT), link.get(SERIAL))
    return unknown(UNKNOWN, 404) if seen is None else answer(seen, anchor=f"{base}{path}", gtin=gtin)


@bp.get("/.well-known/gs1resolver")
@access(Access.PUBLIC)
def describe() -> Response:
    """What this resolver understands."""
    found = jsonify(description(settings().base_url))
    found.headers["Access-Control-Allow-Origin"] = "*"
    return found
