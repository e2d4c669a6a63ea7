"""HTML doors to one party: its page, registering, correcting, retiring, full numbers, who looked at them."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trace.audit import queries as trail
from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.units import m2_from_mu
from trace.registry import corrections, directory, numbers, queries, rules, services, title_rules
from trace.registry.doors import bp, village_groups
from trace.registry.reveal import reveal
from trace.registry.schemas import PartyCorrection, PartyIn, ReasonIn, RevealIn
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

REVEAL = "party.reveal"


def _party_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    return render_template(
        "registry/party_form.html", values=values, errors=errors, villages=village_groups(actor), kinds=services.kinds_for(actor),
        roles={k: v for k, v in rules.PARTY_ROLES.items() if k not in rules.GROUP_ROLES} if actor.party_id is None else {},
    )  # fmt: skip


@bp.get("/new")
@access(Permission.PARTY_REGISTER)
def new_party() -> ResponseReturnValue:
    """The page to register a party."""
    return _party_form({"kind": "household"}, {})


@bp.post("/new")
@access(Permission.PARTY_REGISTER)
@form_view(_party_form)
def register_party() -> ResponseReturnValue:
    """Register a party; what looks odd in its numbers is said on its page."""
    party = services.register_party(current_actor(), load(PartyIn(), form_values()))
    done("%(name)s 已登记，编号 %(code)s。", name=party.name, code=party.code)
    return redirect(url_for("registry.show_party", code=party.code))


@bp.get("/<code>")
@access(Permission.PARTY_READ)
def show_party(code: str) -> ResponseReturnValue:
    """One party: facts, roles, members, titles, land, warnings, next step; personal numbers masked."""
    actor, today = current_actor(), business_date()
    party = queries.get_party(actor, code)
    area, allowed = directory.operated_m2(party), rules.may_reveal(actor)
    return render_template(
        "registry/party.html", party=party, today=today, area_m2=area, threshold=queries.large_grower_mu(),
        large=party.kind in rules.GROWERS and area >= m2_from_mu(queries.large_grower_mu()), phone=numbers.masked_phone(party),
        kinds=rules.PARTY_KINDS, role_words=rules.PARTY_ROLES, relations=rules.RELATIONS, roles=queries.roles_of(party),
        memberships=queries.memberships_of(party), people=queries.people_of(party), warnings=warnings_of(party),
        members=queries.count_members(party) if party.kind in rules.ORGANISATIONS else None, titles=queries.titles_of(party),
        title_kinds=title_rules.TITLE_KINDS, states=title_rules.STATES, state_of=title_rules.title_state, may_reveal=allowed,
        revealable=[name for name in allowed if getattr(party, f"{name}_sealed")], official=actor.county_wide or bool(actor.township_codes),
        trail=[entry for entry in trail.entries_about(party.code) if entry.action != REVEAL], decisions=directory.decisions_about(party),
    )  # fmt: skip


def warnings_of(party: queries.Party) -> list[str]:
    """What should be looked at again, in words: odd numbers of the party and of the people of its household."""
    found = [_(rules.NUMBER_WARNINGS[name]) for name in party.number_warnings]
    for person in queries.people_of(party):
        if person.left_on is None:
            found += [f"{person.name}：{_(rules.NUMBER_WARNINGS[name])}" for name in person.number_warnings]
    return found


def _edit_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    party = queries.get_party(actor, code)
    if not values or values.get("version") != str(party.version):
        # First opened, or somebody else was quicker: show what the register says now.
        values = {
            "kind": party.kind, "name": party.name, "village": party.village.code if party.village_id else "", "uscc": party.uscc or "",
            "national_code": party.national_code, "hunan_code": party.hunan_code, "phone": party.phone, "version": str(party.version),
            "nursery_mu": f"{party.nursery_m2 * 15 / 10_000:.2f}" if party.nursery_m2 else "",
        }  # fmt: skip
    return render_template(
        "registry/party_edit.html", party=party, values=values, errors=errors, villages=village_groups(actor),
        kinds=rules.PARTY_KINDS if actor.county_wide else {}, person=party.kind in rules.PERSONS, growers=rules.GROWERS,
    )  # fmt: skip


@bp.get("/<code>/edit")
@access(Permission.PARTY_REGISTER)
def edit_party(code: str) -> ResponseReturnValue:
    """The page to correct a party."""
    return _edit_form({}, {}, code)


@bp.post("/<code>/edit")
@access(Permission.PARTY_REGISTER)
@form_view(_edit_form)
def correct_party(code: str) -> ResponseReturnValue:
    """Keep a correction."""
    body = load(PartyCorrection(), form_values())
    party = corrections.correct_party(current_actor(), code, body, body.pop("version"))
    done("%(name)s 的更正已保存。", name=party.name)
    return redirect(url_for("registry.show_party", code=code))


def _retire_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    return render_template(
        "registry/party_retire.html", party=party, values={**values, "version": str(party.version)}, errors=errors,
        area_m2=directory.operated_m2(party), members=queries.count_members(party),
    )  # fmt: skip


@bp.get("/<code>/retire")
@access(Permission.PARTY_REGISTER)
def retire_page(code: str) -> ResponseReturnValue:
    """The page to take a party out of use, or back."""
    return _retire_form({}, {}, code)


@bp.post("/<code>/retire")
@access(Permission.PARTY_REGISTER)
@form_view(_retire_form)
def retire_party(code: str) -> ResponseReturnValue:
    """Take a party out of use, or back."""
    actor, body = current_actor(), load(ReasonIn(), form_values())
    if queries.get_party(actor, code).retired_on is None:
        corrections.retire_party(actor, code, **body)
        done("%(code)s 已停用，历史记录都保留。", code=code)
    else:
        corrections.restore_party(actor, code, **body)
        done("%(code)s 已恢复使用。", code=code)
    return redirect(url_for("registry.show_party", code=code))


def _reveal_form(
    values: dict[str, Any], errors: dict[str, str], code: str, shown: tuple[str, str] | None = None
) -> str:
    actor = current_actor()
    party = queries.get_party(actor, code)
    allowed = rules.may_reveal(actor)
    choices = [
        (name, _(word)) for name, word in rules.NUMBERS.items() if name in allowed and getattr(party, f"{name}_sealed")
    ]
    person = next((p for p in queries.people_of(party) if str(p.id) == values.get("member_id")), None)
    return render_template(
        "registry/party_reveal.html", party=party, choices=choices, person=person, values=values, errors=errors, shown=shown,
        words=rules.NUMBERS,
    )  # fmt: skip


@bp.get("/<code>/reveal")
@access(Permission.PARTY_REVEAL)
def reveal_page(code: str) -> ResponseReturnValue:
    """The page that asks what a full number is needed for."""
    return _reveal_form({"member_id": request.args.get("member_id", "")}, {}, code)


@bp.post("/<code>/reveal")
@access(Permission.PARTY_REVEAL)
@form_view(_reveal_form)
def reveal_number(code: str) -> ResponseReturnValue:
    """One full number, this once: nothing stores the answer, and the look is kept in the trail."""
    body = load(RevealIn(), form_values())
    _party, whose, number = reveal(current_actor(), code, body["number"], body["reason"], body["member_id"])
    answer = make_response(_reveal_form({"number": body["number"]}, {}, code, (whose, number)))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/<code>/trail")
@access(Permission.AUDIT_READ)
def party_trail(code: str) -> ResponseReturnValue:
    """Everything done about a party and each look at its full numbers, for audit and security."""
    party = queries.party_for_audit(current_actor(), code)
    entries = list(trail.entries_about(party.code))
    looks = [entry for entry in entries if entry.action == REVEAL]
    return render_template("registry/party_trail.html", party=party, entries=entries, looks=looks, words=rules.NUMBERS)
