"""HTML doors of accounts: sign in, sign out, own password, accounts of others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.accounts import factor_views, factors, queries, services, sessions
from trace.accounts.schemas import PasswordChangeSchema, SignInSchema, UserSchema
from trace.core.actor import Permission, Role
from trace.core.errors import Invalid, SignInNeeded
from trace.registry import queries as register
from trace.web.access import Access, access, current_actor
from trace.web.errors import translate
from trace.web.forms import done, form_values, form_view, load
from trace.web.language import is_local_path

bp = Blueprint("accounts", __name__)
bp.register_blueprint(factor_views.bp)


def _sign_in_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "accounts/sign_in.html", values=values, errors=errors, expired=g.get("session_expired", False)
    )


@bp.get("/sign-in")
@access(Access.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    if g.get("actor") is not None:
        return redirect(url_for("desk.desk"))
    return _sign_in_page({"next": request.args.get("next", "/desk")}, {})


@bp.post("/sign-in")
@access(Access.PUBLIC)
@form_view(_sign_in_page)
def open_session() -> ResponseReturnValue:
    """Sign in."""
    body = load(SignInSchema(), form_values())
    try:
        _user, secret = services.sign_in(body["username"], body["password"])
    except SignInNeeded as error:
        return _sign_in_page(form_values(), {"username": translate(error.message)}), error.status
    sessions.begin(secret)
    return redirect(body["next"] if is_local_path(body["next"]) else url_for("desk.desk"))


@bp.post("/sign-out")
@access(Access.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    sessions.end()
    return redirect(url_for("desk.home"))


def _password_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("accounts/password.html", values=values, errors=errors)


@bp.get("/account/password")
@access(Access.SIGNED_IN)
def password() -> ResponseReturnValue:
    """The page to change one's own password."""
    return _password_page({}, {})


@bp.post("/account/password")
@access(Access.SIGNED_IN)
@form_view(_password_page)
def change_password() -> ResponseReturnValue:
    """Change one's own password; all sessions end, also this one."""
    body = load(PasswordChangeSchema(), form_values())
    if body["password"] != body["again"]:
        raise Invalid("两次填写的新密码不一样。", field="again", code="PASSWORD_AGAIN")
    services.change_own_password(current_actor(), body["old"], body["password"])
    sessions.end()
    done("密码已修改，请用新密码登录。")
    return redirect(url_for("accounts.sign_in"))


@bp.get("/admin")
@access(Permission.USER_MANAGE)
def users() -> ResponseReturnValue:
    """All accounts."""
    found = list(queries.visible_users(current_actor()))
    return render_template("accounts/users.html", users=found, roles=list(Role), factors=factors.enrolled_users())


def _user_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template(
        "accounts/user_form.html", values=values, errors=errors, roles=list(Role), townships=register.townships()
    )


@bp.get("/admin/users/new")
@access(Permission.USER_MANAGE)
def new_user() -> ResponseReturnValue:
    """The page for a new account."""
    return _user_form({}, {})


@bp.post("/admin/users/new")
@access(Permission.USER_MANAGE)
@form_view(_user_form)
def create_user() -> ResponseReturnValue:
    """Make an account."""
    body = load(UserSchema(), form_values())
    user = services.create_user(
        current_actor(),
        username=body["username"],
        display_name=body["display_name"],
        password=body["password"],
        roles=body["roles"],
        party=register.party_by_code(body["party"]) if body["party"] else None,
        townships=[register.get_township(code) for code in body["townships"]],
    )
    done("账号 %(name)s 已建立，首次登录须修改密码。", name=user.username)
    return redirect(url_for("accounts.users"))


@bp.post("/admin/users/<username>/disable")
@access(Permission.USER_MANAGE)
def disable_user(username: str) -> ResponseReturnValue:
    """Stop an account."""
    services.disable_user(current_actor(), username)
    done("账号 %(name)s 已停用。", name=username)
    return redirect(url_for("accounts.users"))
