"""JSON doors of the pesticide tables: what a phone or a form looks up."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.pesticides import queries, rules
from trace.pesticides.schemas import LabelQuery, ProductQuery, product_out
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-pesticides", __name__, description="农药登记")


@bp.get("/pesticides")
@access(Permission.ACTIVITY_READ)
@bp.arguments(ProductQuery, location="query")
@bp.response(200)
def list_products(args: dict[str, Any]) -> dict[str, Any]:
    """Products by a piece of the name, pinyin initials, active or registration number."""
    current_actor()
    page = page_by_id(queries.search(args["q"]).order_by(), queries.PesticideProduct.id)
    return {"items": [product_out(row, queries.scope_rows(row.reg_no)) for row in page.items], "next": page.next}


@bp.get("/pesticides/label")
@access(Permission.ACTIVITY_READ)
@bp.arguments(LabelQuery, location="query")
@bp.response(200)
def read_label(args: dict[str, Any]) -> dict[str, Any]:
    """What the 32-digit code on a bottle says, and the products it may mean."""
    code = rules.parse_label_code(args["code"])
    found = queries.by_label(code)
    return {
        "label_code": code.digits, "class": code.prefix, "tail": code.tail,
        "products": [product_out(row, queries.scope_rows(row.reg_no)) for row in found],
    }  # fmt: skip
