"""Public doors of open data: what it holds, and the files. No sign-in, nothing about persons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.effects import award_rules as rules
from trace.effects import awards
from trace.web.access import Access, access, settings
from trace.web.sheets import Column, as_csv, attachment

bp = Blueprint("open_awards", __name__, url_prefix="/open")


def _snapshot() -> dict[str, Any]:
    own = settings()
    funder = rules.Funder(own.open_prefix, own.open_funder_uscc, own.open_funder, own.open_licence)
    return awards.snapshot(funder, own.base_url + url_for("open_awards.page"))


@bp.get("/awards")
@access(Access.PUBLIC)
def page() -> ResponseReturnValue:
    """What the data holds, how individuals are hidden, under which licence, and where to take it."""
    found = _snapshot()
    grants = found["grants"]
    organisations = [grant for grant in grants if "recipientOrganization" in grant]
    return render_template(
        "effects/awards.html", package=found, grants=grants, organisations=organisations, individuals=len(grants) - len(organisations),
        k=rules.K, total_fen=sum(round(grant["amountAwarded"] * 100) for grant in grants),
    )  # fmt: skip


@bp.get("/awards.json")
@access(Access.PUBLIC)
def as_json() -> Response:
    """The snapshot of today in the package of the standard."""
    found = _snapshot()
    answer = jsonify(found)
    answer.headers.set("Content-Disposition", "attachment", filename=f"awards-{found['issued']}.json")
    return answer


@bp.get("/awards.csv")
@access(Access.PUBLIC)
def as_table() -> Response:
    """The same in the standard's spreadsheet form."""
    found = _snapshot()
    columns = [Column(name) for name, _ in rules.COLUMNS]
    body = as_csv(columns, [rules.row(grant) for grant in found["grants"]])
    return attachment(body, f"awards-{found['issued']}.csv", "text/csv; charset=utf-8")
