"""Public doors of the open data."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from trace.core.errors import NotFound
from trace.payments import open_data
from trace.web.access import Access, access

bp = Blueprint("open", __name__)


@bp.get("/notices/data")
@access(Access.PUBLIC)
def index() -> ResponseReturnValue:
    """What is given, and how individuals are kept out of it."""
    return render_template("payments/open_data.html", rows=open_data.summary(), k=open_data.K)


@bp.get("/notices/data/grants.<form>")
@access(Access.PUBLIC)
def grants(form: str) -> Response:
    """All paid grants as JSON or CSV."""
    if form == "json":
        return Response(open_data.as_json(), mimetype="application/json")
    if form == "csv":
        headers = {"Content-Disposition": "attachment; filename=grants.csv"}
        return Response(open_data.as_csv(), mimetype="text/csv; charset=utf-8", headers=headers)
    raise NotFound()
