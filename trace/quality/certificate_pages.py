"""The public door of certificates: ``/cert/<no>``, where a buyer or an officer sees what a certificate is worth today."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Actor, Permission
from trace.core.identifiers import mask_name
from trace.core.text import N_
from trace.lots import queries as lots
from trace.lots.rules import LOT_KINDS
from trace.quality import certificate_queries as queries
from trace.quality.certificate_models import Certificate
from trace.quality.certificate_papers import origin_of
from trace.quality.certificate_rules import BASES, plain_quantity
from trace.registry.rules import PERSONS
from trace.web.access import Access, access
from trace.web.limits import limiter

bp = Blueprint("certificate_pages", __name__)
GUESSES = "30 per minute"
TITLES = {
    "valid": (N_("真实有效"), "ok"), "used_up": (N_("数量已用完"), "todo"), "cancelled": (N_("已作废"), "stop"), "recalled": (N_("因召回作废"), "stop"),
    "held": (N_("本批已锁定，暂停使用"), "stop"),
}  # fmt: skip


@bp.get("/cert/<no>")
@access(Access.PUBLIC)
@limiter.limit(GUESSES, deduct_when=lambda response: response.status_code == 404)
def verify(no: str) -> ResponseReturnValue:
    """Valid, cancelled, used up or not found; how much is used. No person is named, no phone of a person shown."""
    row = queries.certificate_by_no(no)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    if row is None:
        return render_template("quality/verify.html", row=None, no=no[:40]), 404, headers
    used = queries.used_up([row.id])[row.id]
    state = queries.state_of(row)
    word, tone = TITLES[state]
    page = render_template(
        "quality/verify.html", row=row, word=word, tone=tone, state=state, facts=public_facts(row),
        used=plain_quantity(used, row.lot.unit), left=plain_quantity(max(0, row.quantity - used), row.lot.unit),
        steps=lots.one_step(row.lot_id) if _is_officer() else None, kinds=LOT_KINDS,
    )  # fmt: skip
    return page, 200, headers


def _is_officer() -> bool:
    """Scenario M1: who supervises the county, signed in, sees one step back and one step forward of the batch; nobody else does here."""
    actor: Actor | None = g.get("actor")
    return actor is not None and actor.county_wide and actor.can(Permission.QUALITY_READ)


def public_facts(row: Certificate) -> list[tuple[str, str]]:
    """The allow-list of the page."""
    person = row.issuer.kind in PERSONS
    return [
        (gettext("编号"), row.no),
        (gettext("产品名称"), row.product_name),
        (gettext("数量（重量）"), plain_quantity(row.quantity, row.lot.unit)),
        (gettext("产地"), origin_of(row)),
        (gettext("承诺主体"), mask_name(row.issuer.name) if person else row.issuer.name),
        (gettext("联系方式"), gettext("农户电话不公开") if person else row.contact),
        (gettext("承诺依据"), "、".join(gettext(BASES[key]) for key in row.basis)),
        (gettext("开具日期"), row.issued_on.isoformat()),
    ]
