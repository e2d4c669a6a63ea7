"""HTML doors of company prefixes and GTINs of one's own party."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.labels import trade
from trace.labels.schemas import ItemSchema, PrefixSchema
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("gs1", __name__, url_prefix="/gs1")


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    party_id = current_actor().party_id
    return render_template(
        "labels/gs1.html", prefixes=trade.prefixes_of(party_id), items=list(trade.items_of(party_id)), values=values, errors=errors,
        products=[(p.code, p.name) for p in register.products() if p.part != "seedling"],
    )  # fmt: skip


@bp.get("")
@access(Permission.LABEL_RUN)
def overview() -> ResponseReturnValue:
    """The party's prefixes and GTINs."""
    return _page({}, {})


@bp.post("")
@access(Permission.LABEL_RUN)
@form_view(_page)
def register_one() -> ResponseReturnValue:
    """Register a prefix, or a GTIN in a prefix."""
    if "gtin" in request.form:
        body = load(ItemSchema(), form_values())
        item = trade.register_item(current_actor(), body["gtin"], body["product"], body["net"], body["net_ml"])
        done("商品条码 %(gtin)s 已登记，制标签时可选用。", gtin=item.gtin)
    else:
        body = load(PrefixSchema(), form_values())
        found = trade.register_prefix(
            current_actor(), body["prefix"], body["doc_no"], body["valid_from"], body["valid_to"]
        )
        done("厂商识别代码 %(prefix)s 已登记。", prefix=found.prefix)
    return redirect(url_for("labels.gs1.overview"))
