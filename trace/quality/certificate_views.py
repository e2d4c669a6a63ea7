"""HTML doors of certificates and laboratory reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.text import N_
from trace.files.doors import download
from trace.files.queries import file_by_id
from trace.lots import queries as lots
from trace.quality import certificate_papers, certificates, collecting, test_rules
from trace.quality import certificate_queries as queries
from trace.quality import certificate_rules as rules
from trace.quality import report_queries as tests
from trace.quality.certificate_schemas import CancelSchema, CertificateSchema
from trace.quality.certificates import Wanted
from trace.registry import numbers
from trace.registry import queries as register
from trace.web.access import access, current_actor, settings
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id
from trace.web.sheets import attachment

bp = Blueprint("certificates", __name__)
ROWS = 8
"""Lines of a report on the form; longer ones come through the interface."""
TONES = {"pass": "ok", "reference": "todo", "fail": "stop", "to_confirm": "stop"}
STATE_WORDS = {
    "valid": (N_("有效"), "ok"), "used_up": (N_("已用完"), "draft"), "cancelled": (N_("已作废"), "stop"), "recalled": (N_("因召回作废"), "stop"),
    "held": (N_("批次已锁定"), "stop"),
}  # fmt: skip


@bp.get("/certificates")
@access(Permission.QUALITY_READ)
def index() -> ResponseReturnValue:
    """Certificates of lots in one's charge, those collected, and what was bought on paper."""
    actor, text = current_actor(), request.args.get("q", "").strip()
    page = page_by_id(queries.visible_certificates(actor, text=text), queries.Certificate.id)
    return render_template(
        "quality/certificates.html", page=page, text=text, used=queries.used_up([row.id for row in page.items]), words=STATE_WORDS,
        states={row.id: queries.state_of(row) for row in page.items}, plain=rules.plain_quantity,
        collected=queries.collected_papers(None if actor.county_wide else actor.party_id or 0)[:50], kinds=rules.COLLECTED_KINDS,
    )  # fmt: skip


def _form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    left = queries.not_certified(row)
    harvests = queries.harvests_behind(row)
    villages = {h.plot.village.code: f"{h.plot.village.township.name} {h.plot.village.name}" for h in harvests}
    phone = numbers.masked_phone(row.holder)
    shown = {
        "quantity": rules.plain_quantity(left, row.unit).split(" ")[0], "issued_on": business_date().isoformat(), "basis": ["control"],
        "village": next(iter(villages), ""), **values,
    }  # fmt: skip
    return render_template(
        "quality/certificate_form.html", lot=row, left=rules.plain_quantity(left, row.unit), values=shown, errors=errors, phone=phone,
        villages=list(villages.items()), bases=[(key, gettext(word)) for key, word in rules.BASES.items()],
        producers=[party.name for party in queries.producers_of(row).values()], holds=lots.open_holds([row.id]).get(row.id, []),
        reports=[(r.code, f"{r.code} {r.lab} {gettext(test_rules.CONCLUSIONS[r.conclusion])}") for r in tests.reports_of(row)],
        products=[(p.name, p.name) for p in register.products() if p.taxon_id == row.product.taxon_id and p.part == row.product.part and p.form in rules.FRESH_FORMS],
        promise=rules.PROMISE,
    )  # fmt: skip


@bp.get("/certificates/new/<lot>")
@access(Permission.CERTIFICATE_ISSUE)
def new(lot: str) -> ResponseReturnValue:
    """The page to issue for a lot, filled in from the books."""
    current_actor().require_party(lots.get_lot(current_actor(), lot).holder_id)
    return _form({}, {}, lot)


@bp.post("/certificates/new/<lot>")
@access(Permission.CERTIFICATE_ISSUE)
@form_view(_form)
def issue(lot: str) -> ResponseReturnValue:
    """Issue a certificate."""
    body = load(CertificateSchema(), {"basis": [], **form_values(), "lot": lot})
    row = certificates.issue(current_actor(), Wanted(**{**body, "bases": tuple(body["bases"])}))
    done("合格证 %(no)s 已开具。", no=row.no)
    return redirect(url_for("quality.certificates.show", no=row.no))


def _show(values: dict[str, Any], errors: dict[str, str], no: str) -> str:
    actor = current_actor()
    row = queries.get_certificate(actor, no)
    used = queries.used_up([row.id])[row.id]
    state = queries.state_of(row)
    own = row.issuer_id == actor.party_id
    return render_template(
        "quality/certificate.html", row=row, values=values, errors=errors, state=state, words=STATE_WORDS, own=own, plain=rules.plain_quantity,
        used=used, uses=queries.collected_of(row), origin=certificate_papers.origin_of(row), basis="、".join(gettext(rules.BASES[k]) for k in row.basis),
        contact=row.contact if row.contact else gettext("农户电话不公开"), address=f"{settings().base_url}/cert/{row.no}",
        keep_until=collecting.keep_until(row.issued_on),
    )  # fmt: skip


@bp.get("/certificates/<no>")
@access(Permission.QUALITY_READ)
def show(no: str) -> ResponseReturnValue:
    """One certificate: what it says, what it is worth, who used it."""
    return _show({}, {}, no)


@bp.post("/certificates/<no>/cancel")
@access(Permission.CERTIFICATE_ISSUE)
@form_view(_show)
def cancel(no: str) -> ResponseReturnValue:
    """Take it back."""
    certificates.cancel(current_actor(), no, load(CancelSchema(), form_values())["reason"])
    done("合格证 %(no)s 已作废。", no=no)
    return redirect(url_for("quality.certificates.show", no=no))


@bp.get("/certificates/<no>/label.pdf", defaults={"paper": "label"})
@bp.get("/certificates/<no>/a4.pdf", defaults={"paper": "a4"})
@access(Permission.CERTIFICATE_ISSUE)
def paper(no: str, paper: str) -> Response:
    """Label or A4."""
    body = certificate_papers.take_paper(current_actor(), no, paper, settings().base_url)
    return attachment(body, f"{no}.pdf", "application/pdf")


@bp.get("/collected/<code>/scan")
@access(Permission.QUALITY_READ)
def collected_scan(code: str) -> Response:
    """The photograph of the paper certificate that came with a dispatch."""
    actor = current_actor()
    return download(file_by_id(queries.collected_scan(None if actor.county_wide else actor.party_id or 0, code)))
