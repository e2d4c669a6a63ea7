"""HTML doors of the register: parties and their titles."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.registry import queries, rules, services, title_rules
from trace.registry.schemas import PartyIn, TitleIn
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("registry", __name__, url_prefix="/parties")


@bp.get("")
@access(Permission.PARTY_READ)
def parties() -> ResponseReturnValue:
    """Parties in one's charge."""
    kind, text = request.args.get("kind", ""), request.args.get("q", "").strip()[:40]
    query, column = queries.parties_for_list(current_actor(), kind, text)
    return render_template(
        "registry/parties.html", page=page_by_id(query, column), kinds=rules.PARTY_KINDS, kind=kind, text=text
    )


def _party_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    groups: dict[str, list[tuple[str, str]]] = {}
    for village in queries.villages():
        if not actor.township_codes or village.township.code in actor.township_codes:
            groups.setdefault(village.township.name, []).append((village.code, village.name))
    return render_template(
        "registry/party_form.html",
        values=values,
        errors=errors,
        villages=list(groups.items()),
        kinds=services.kinds_for(actor),
    )


@bp.get("/new")
@access(Permission.PARTY_REGISTER)
def new_party() -> ResponseReturnValue:
    """The page to register a party."""
    return _party_form({"kind": "household"}, {})


@bp.post("/new")
@access(Permission.PARTY_REGISTER)
@form_view(_party_form)
def register_party() -> ResponseReturnValue:
    """Register a party."""
    party = services.register_party(current_actor(), load(PartyIn(), form_values()))
    done("%(name)s 已登记，编号 %(code)s。", name=party.name, code=party.code)
    return redirect(url_for("registry.show_party", code=party.code))


def _party_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    return render_template(
        "registry/party.html",
        party=party,
        titles=queries.titles_of(party),
        kinds=rules.PARTY_KINDS,
        title_kinds=title_rules.TITLE_KINDS,
        today=business_date(),
        in_force=title_rules.title_in_force,
        values=values,
        errors=errors,
    )


@bp.get("/<code>")
@access(Permission.PARTY_READ)
def show_party(code: str) -> ResponseReturnValue:
    """One party: facts, titles; personal numbers only as their last digits."""
    return _party_page({}, {}, code)


@bp.post("/<code>/titles")
@access(Permission.PARTY_REGISTER)
@form_view(_party_page)
def grant_title(code: str) -> ResponseReturnValue:
    """Record a title or licence."""
    title = services.grant_title(current_actor(), code, **load(TitleIn(), form_values()))
    done("%(doc)s 已登记。", doc=title.doc_no)
    return redirect(url_for("registry.show_party", code=code))
