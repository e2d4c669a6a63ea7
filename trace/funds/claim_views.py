"""HTML doors of claims: papers of an application, its calculation sheet, other funds' lists, what ties parties together."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date, utcnow
from trace.files.doors import download, uploaded
from trace.funds import claim_rules, claims, external, linked, queries
from trace.funds.claim_schemas import FactSchema, ItemSchema, LoanSchema
from trace.funds.terms import terms_of
from trace.pdf import render
from trace.programmes import rules as notice_words
from trace.programmes.sheet import lines_of
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("claims", __name__)
P = Permission
EVENT_ROWS = 6


def _page(values: dict[str, Any], errors: dict[str, str], no: str, what: str = "", n: str = "") -> str:
    application = queries.get_application(current_actor(), no)
    agreed, loans = terms_of(application), claims.loans_of(application)
    return render_template(
        "funds/claims.html", application=application, terms=agreed, items=claims.items_of(application), loans=loans,
        events=claims.events_of(loans), editable=claims.may_edit(current_actor(), application), item_kind=claim_rules.ITEMS_OF.get(agreed.kind),
        words=claim_rules, rows=EVENT_ROWS, values=values, errors=errors, schemes=notice_words,
    )  # fmt: skip


@bp.get("/funds/applications/<no>/claims")
@access(P.FUND_READ)
def show(no: str) -> ResponseReturnValue:
    """What an application claims beside its plot."""
    return _page({}, {}, no)


@bp.post("/funds/applications/<no>/claims/items")
@access(P.APPLICATION_SUBMIT)
@form_view(_page)
def add_item(no: str) -> ResponseReturnValue:
    """Enter an invoice, a fee, a quantity or a sale."""
    claims.add_item(current_actor(), no, load(ItemSchema(), form_values()), uploaded())
    done("已登记。")
    return redirect(url_for("funds.claims.show", no=no))


@bp.post("/funds/applications/<no>/claims/loans")
@access(P.APPLICATION_SUBMIT)
@form_view(_page)
def add_loan(no: str) -> ResponseReturnValue:
    """Enter a loan with its changes."""
    claims.add_loan(current_actor(), no, load(LoanSchema(), form_values()), uploaded())
    done("已登记。")
    return redirect(url_for("funds.claims.show", no=no))


@bp.post("/funds/applications/<no>/claims/<what>/<n>/remove")
@access(P.APPLICATION_SUBMIT)
@form_view(_page)
def remove(no: str, what: str, n: str) -> ResponseReturnValue:
    """Take back the n-th entry."""
    claims.remove(current_actor(), no, what, n)
    done("已删除。")
    return redirect(url_for("funds.claims.show", no=no))


@bp.get("/funds/applications/<no>/claims/<what>/<n>/scan")
@access(P.FUND_READ)
def scan(no: str, what: str, n: str) -> Response:
    """The paper of the n-th entry, for those who may see the application."""
    return download(claims.scan_of(queries.get_application(current_actor(), no), what, n))


@bp.get("/funds/applications/<no>/sheet")
@access(P.FUND_READ)
def sheet(no: str) -> ResponseReturnValue:
    """The calculation sheet, line by line."""
    application = queries.get_application(current_actor(), no)
    return render_template(
        "funds/sheet.html", application=application, terms=terms_of(application), lines=lines_of(application.sheet)
    )


@bp.get("/funds/applications/<no>/sheet.pdf")
@access(P.FUND_READ)
def sheet_pdf(no: str) -> Response:
    """The calculation sheet on paper."""
    application = queries.get_application(current_actor(), no)
    body = render(
        "funds/sheet_print.html", application=application, terms=terms_of(application), lines=lines_of(application.sheet),
        schemes=notice_words, generated_at=utcnow(),
    )  # fmt: skip
    return Response(
        body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{no}-sheet.pdf"'}
    )


@bp.get("/funds/external")
@access(P.APPLICATION_REVIEW, P.APPLICATION_PUBLICISE, P.APPLICATION_APPROVE, P.PAYMENT_READ)
def external_lists() -> ResponseReturnValue:
    """Support that other funds gave, as their lists say."""
    year = request.args.get("year", business_date().year, type=int)
    query = external.rows(year)
    return render_template(
        "funds/external.html",
        page=page_by_id(query, external.ExternalSupport.id),
        year=year,
        years=external.years(),
        schemes=notice_words,
    )


def _links_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = register.get_party(current_actor(), code)
    return render_template(
        "funds/links.html", party=party, facts=linked.facts_of(party), links=linked.linked_to(party), words=claim_rules, values=values, errors=errors
    )  # fmt: skip


@bp.get("/funds/links/<code>")
@access(P.APPLICATION_REVIEW)
def links(code: str) -> ResponseReturnValue:
    """Who is tied to a party, and by what."""
    return _links_page({}, {}, code)


@bp.post("/funds/links/<code>")
@access(P.APPLICATION_REVIEW)
@form_view(_links_page)
def record_fact(code: str) -> ResponseReturnValue:
    """Write down what ties a party to others."""
    body = load(FactSchema(), form_values())
    linked.record_fact(current_actor(), code, body["kind"], body["value"])
    done("已登记，只保存加密比对值。")
    return redirect(url_for("funds.claims.links", code=code))
