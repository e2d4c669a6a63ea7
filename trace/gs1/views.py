"""HTML doors of GS1 numbers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.gs1 import queries, services
from trace.gs1.schemas import ArticleSchema, PrefixSchema
from trace.lots import queries as lots
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("gs1", __name__, url_prefix="/labels/gs1")


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    packs = [
        (lot.code, f"{lot.code} {lot.name or lot.product.name}")
        for lot in lots.filtered_lots(actor, kind="pack").where(lots.Lot.holder == (actor.party_id or 0)).limit(200)
    ]
    return render_template(
        "gs1/numbers.html", prefixes=list(queries.visible_prefixes(actor)), articles=list(queries.visible_articles(actor)), packs=packs,
        values=values, errors=errors,
    )  # fmt: skip


@bp.get("")
@access(Permission.LABEL_READ)
def numbers() -> ResponseReturnValue:
    """Company prefixes and article numbers in one's charge."""
    return _page({}, {})


@bp.post("/prefix")
@access(Permission.GTIN_REGISTER)
@form_view(_page)
def register_prefix() -> ResponseReturnValue:
    """Enter a company prefix."""
    row = services.register_prefix(current_actor(), **load(PrefixSchema(), form_values()))
    done("厂商识别代码 %(prefix)s 已登记。", prefix=row.prefix)
    return redirect(url_for("gs1.numbers"))


@bp.post("/article")
@access(Permission.GTIN_REGISTER)
@form_view(_page)
def register_article() -> ResponseReturnValue:
    """Enter an article number."""
    row = services.register_article(current_actor(), **load(ArticleSchema(), form_values()))
    done("商品条码 %(gtin)s 已登记，以前印的标签照样能扫。", gtin=row.gtin)
    return redirect(url_for("gs1.numbers"))
