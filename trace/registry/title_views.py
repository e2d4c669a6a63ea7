"""HTML doors to titles and licences and their scans."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.files.doors import download, uploaded
from trace.files.rules import ACCEPT
from trace.registry import queries, services, title_rules
from trace.registry.doors import bp
from trace.registry.schemas import TitleIn, WithdrawIn
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load


def _title_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    start = {"kind": request.args.get("kind", ""), "taxa": [queries.default_taxon().key] if not values else []}
    return render_template(
        "registry/title_form.html", party=party, kinds=title_rules.TITLE_KINDS, classes=title_rules.SCALE_CLASSES, accept=ACCEPT,
        monitoring=title_rules.MONITORING, categories=title_rules.FOOD_CATEGORIES, numbered=title_rules.NUMBER_CHECKS,
        leading=title_rules.LEADING, taxa=[(taxon.key, taxon.name_zh) for taxon in queries.taxa()], values={**start, **values},
        errors=errors,
    )  # fmt: skip


@bp.get("/<code>/titles")
@access(Permission.PARTY_REGISTER)
def new_title(code: str) -> ResponseReturnValue:
    """The page to record a title or licence."""
    return _title_form({}, {}, code)


@bp.post("/<code>/titles")
@access(Permission.PARTY_REGISTER)
@form_view(_title_form)
def grant_title(code: str) -> ResponseReturnValue:
    """Record a title or licence."""
    title = services.grant_title(current_actor(), code, scan=uploaded(), **load(TitleIn(), form_values()))
    done("%(doc)s 已登记。", doc=title.doc_no)
    return redirect(url_for("registry.show_party", code=code))


def _title_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor, today = current_actor(), business_date()
    title = queries.get_title(actor, code)
    names = {taxon.key: taxon.name_zh for taxon in queries.taxa()}
    state = title_rules.title_state(title.valid_from, title.valid_to, title.withdrawn_on, today)
    return render_template(
        "registry/title.html", title=title, kinds=title_rules.TITLE_KINDS, classes=title_rules.SCALE_CLASSES, taxa=names, today=today,
        monitoring=title_rules.MONITORING, categories=title_rules.FOOD_CATEGORIES, states=title_rules.STATES, state=state, accept=ACCEPT,
        values={"withdrawn_on": today.isoformat(), **values}, errors=errors, may_change=actor.county_wide and actor.can(Permission.PARTY_REGISTER),
    )  # fmt: skip


@bp.get("/titles/<code>")
@access(Permission.PARTY_READ)
def show_title(code: str) -> ResponseReturnValue:
    """One title: what it says, until when, its scan."""
    return _title_page({}, {}, code)


@bp.post("/titles/<code>/withdraw")
@access(Permission.PARTY_REGISTER)
@form_view(_title_page)
def withdraw_title(code: str) -> ResponseReturnValue:
    """End a title with its reason."""
    body = load(WithdrawIn(), form_values())
    title = services.withdraw_title(current_actor(), code, body["withdrawn_on"], body["reason"])
    done("%(doc)s 已撤销，记录保留。", doc=title.doc_no)
    return redirect(url_for("registry.show_title", code=code))


@bp.post("/titles/<code>/scan")
@access(Permission.PARTY_REGISTER)
@form_view(_title_page)
def attach_scan(code: str) -> ResponseReturnValue:
    """Put a scan to a title."""
    services.attach_scan(current_actor(), code, uploaded())
    done("扫描件已保存。")
    return redirect(url_for("registry.show_title", code=code))


@bp.get("/titles/<code>/scan")
@access(Permission.PARTY_READ)
def scan(code: str) -> ResponseReturnValue:
    """The scan, for those who may see the party."""
    title = queries.get_title(current_actor(), code)
    if title.scan_id is None:
        raise NotFound()
    return download(title.scan)
