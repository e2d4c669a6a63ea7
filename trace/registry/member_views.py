"""HTML doors to who belongs to a party and what it does: members, roles, people of a household."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.registry import members, queries, rules
from trace.registry.doors import bp, party_options, with_codes
from trace.registry.schemas import JoinIn, LeaveIn, PersonIn, PersonLeaveIn, RoleEndIn, RoleIn
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id


@bp.get("/<code>/members")
@access(Permission.PARTY_READ)
def show_members(code: str) -> ResponseReturnValue:
    """The members of an organisation past and present."""
    party = queries.get_party(current_actor(), code)
    page = page_by_id(queries.members_of(party).order_by(), queries.Membership.id)
    return render_template("registry/members.html", party=party, page=page, present=queries.count_members(party))


def _join_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    return render_template(
        "registry/member_form.html", party=queries.get_party(actor, code), errors=errors,
        candidates=party_options(actor, values.get("member", ""), list(rules.GROWERS)),
        values={"joined_on": business_date().isoformat(), **values},
    )  # fmt: skip


@bp.get("/<code>/members/new")
@access(Permission.PARTY_REGISTER)
def new_member(code: str) -> ResponseReturnValue:
    """The page to enter a member."""
    return _join_form({}, {}, code)


@bp.post("/<code>/members/new")
@access(Permission.PARTY_REGISTER)
@form_view(_join_form)
def join(code: str) -> ResponseReturnValue:
    """Enter a member."""
    row = members.join(current_actor(), code, **_renamed(load(JoinIn(), form_values())))
    done("%(name)s 已登记入社。", name=row.member.name)
    return redirect(url_for("registry.show_members", code=code))


def _leave_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    present = [row.member for row in queries.members_of(party).where(queries.Membership.left_on.is_null())]
    start = {"left_on": business_date().isoformat(), "member": request.args.get("member", "")}
    return render_template(
        "registry/member_leave.html",
        party=party,
        present=with_codes(present),
        values={**start, **values},
        errors=errors,
    )


@bp.get("/<code>/members/leave")
@access(Permission.PARTY_REGISTER)
def leaving_member(code: str) -> ResponseReturnValue:
    """The page to end a membership."""
    return _leave_form({}, {}, code)


@bp.post("/<code>/members/leave")
@access(Permission.PARTY_REGISTER)
@form_view(_leave_form)
def leave(code: str) -> ResponseReturnValue:
    """End a membership."""
    row = members.leave(current_actor(), code, **_renamed(load(LeaveIn(), form_values())))
    done("%(name)s 已登记退社，入社记录保留。", name=row.member.name)
    return redirect(url_for("registry.show_members", code=code))


def _renamed(body: dict[str, Any]) -> dict[str, Any]:
    return {"member_code" if key == "member" else key: value for key, value in body.items()}


def _role_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    fitting = {k: w for k, w in rules.PARTY_ROLES.items() if (k in rules.GROUP_ROLES) == (party.kind == "public_body")}
    return render_template(
        "registry/roles.html", party=party, roles=queries.roles_of(party), words=rules.PARTY_ROLES, fitting=fitting,
        values={"valid_from": business_date().isoformat(), "valid_to": business_date().isoformat(), **values}, errors=errors,
        ending=request.args.get("end") or (values.get("role") if "valid_to" in values else ""),
    )  # fmt: skip


@bp.get("/<code>/roles")
@access(Permission.PARTY_REGISTER)
def roles(code: str) -> ResponseReturnValue:
    """What a party does, with dates."""
    return _role_form({}, {}, code)


@bp.post("/<code>/roles")
@access(Permission.PARTY_REGISTER)
@form_view(_role_form)
def open_role(code: str) -> ResponseReturnValue:
    """Give a party a role."""
    members.open_role(current_actor(), code, **load(RoleIn(), form_values()))
    done("角色已登记。")
    return redirect(url_for("registry.show_party", code=code))


@bp.post("/<code>/roles/end")
@access(Permission.PARTY_REGISTER)
@form_view(_role_form)
def end_role(code: str) -> ResponseReturnValue:
    """End a role."""
    members.end_role(current_actor(), code, **load(RoleEndIn(), form_values()))
    done("角色已结束，记录保留。")
    return redirect(url_for("registry.show_party", code=code))


def _person_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    return render_template(
        "registry/person_form.html", party=party, relations=rules.RELATIONS, errors=errors,
        values={"joined_on": business_date().isoformat(), **values},
    )  # fmt: skip


@bp.get("/<code>/people/new")
@access(Permission.PARTY_REGISTER)
def new_person(code: str) -> ResponseReturnValue:
    """The page to enter a person of a household."""
    return _person_form({}, {}, code)


@bp.post("/<code>/people/new")
@access(Permission.PARTY_REGISTER)
@form_view(_person_form)
def add_person(code: str) -> ResponseReturnValue:
    """Enter a person of a household."""
    row = members.add_person(current_actor(), code, load(PersonIn(), form_values()))
    done("家庭成员 %(name)s 已登记。", name=row.name)
    return redirect(url_for("registry.show_party", code=code))


def _person_leave_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    party = queries.get_party(current_actor(), code)
    present = [(p.id, p.name) for p in queries.people_of(party) if p.left_on is None]
    start = {"left_on": business_date().isoformat(), "member_id": request.args.get("member_id", "")}
    return render_template(
        "registry/person_leave.html", party=party, present=present, values={**start, **values}, errors=errors
    )


@bp.get("/<code>/people/leave")
@access(Permission.PARTY_REGISTER)
def leaving_person(code: str) -> ResponseReturnValue:
    """The page for a person who leaves a household."""
    return _person_leave_form({}, {}, code)


@bp.post("/<code>/people/leave")
@access(Permission.PARTY_REGISTER)
@form_view(_person_leave_form)
def remove_person(code: str) -> ResponseReturnValue:
    """A person leaves a household."""
    row = members.remove_person(current_actor(), code, **load(PersonLeaveIn(), form_values()))
    done("家庭成员 %(name)s 已登记迁出。", name=row.name)
    return redirect(url_for("registry.show_party", code=code))
