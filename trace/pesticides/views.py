"""HTML doors of the pesticide tables: what the bureau has loaded, for everybody who records or checks."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.text import N_
from trace.pesticides import limits, queries, rules, words
from trace.web.access import access
from trace.web.paging import page_by_id

bp = Blueprint("pesticides", __name__, url_prefix="/pesticides")

TABLES = {
    "products": (N_("登记产品"), "pesticides"),
    "scopes": (N_("标签登记范围"), "pesticide_scopes"),
    "bans": (N_("禁限用成分"), "banned_actives"),
    "limits": (N_("残留限量"), "residue_limits"),
    "paths": (N_("食品类别对照"), "food_paths"),
    "organic": (N_("有机允许清单"), "organic_inputs"),
}
"""The tables: what people call them, and the kind of import that fills them."""


@bp.get("")
@access(Permission.ACTIVITY_READ)
def overview() -> ResponseReturnValue:
    """The loaded tables, one at a time, with where each row is from."""
    table = request.args.get("table", "products")
    table = table if table in TABLES else "products"
    text = request.args.get("q", "").strip()[:60]
    query, column = queries.rows_of(table, text)
    return render_template(
        "pesticides/overview.html", table=table, tables=TABLES, counts=queries.counts(), page=page_by_id(query, column), text=text,
        words=words, plain=rules.plain, mg=limits.mg,
    )  # fmt: skip


@bp.get("/picks")
@access(Permission.ACTIVITY_READ)
def picks() -> ResponseReturnValue:
    """Products for the pick-list of a form, by what is being typed."""
    found = queries.search(request.args.get("q", "")[:60]).limit(20)
    return jsonify(items=[{"code": row.reg_no, "name": row.name, "place": "、".join(row.actives)} for row in found])


@bp.get("/products/<reg_no>")
@access(Permission.ACTIVITY_READ)
def product(reg_no: str) -> ResponseReturnValue:
    """One product with its label, what is banned of it, and the limits of its actives."""
    row = queries.get_product(reg_no)
    taxon = queries.register.default_taxon()
    found = [
        (active, part, queries.limit_for(taxon, part, active)) for active in row.actives for part in ("fruit", "leaf")
    ]
    banned = {ban.active: ban for ban in queries.bans() if ban.active in row.actives}
    return render_template(
        "pesticides/product.html", product=row, scopes=queries.scope_rows(reg_no), limits=found, banned=banned, words=words,
        plain=rules.plain, taxon=taxon,
    )  # fmt: skip
