"""HTML doors of the second factor: enrol by scanning a symbol, confirm, keep the recovery codes, reset for somebody else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.accounts import factors
from trace.accounts.schemas import CodeSchema
from trace.core.actor import Permission
from trace.pdf.symbols import draw
from trace.web.access import Access, access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("factors", __name__)


def _page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    enrolled = factors.is_enrolled(actor.user_id)
    enrolment = None if enrolled or not (errors or values.get("begun")) else factors.enrol(actor)
    modules = draw(enrolment.address) if enrolment else []
    return render_template(
        "accounts/factor.html", values={}, errors=errors, enrolled=enrolled, enrolment=enrolment, modules=modules
    )


@bp.get("/account/second-factor")
@access(Access.SIGNED_IN)
def show() -> ResponseReturnValue:
    """Whether the own second factor is in use, and how to begin."""
    return _page({}, {})


@bp.post("/account/second-factor")
@access(Access.SIGNED_IN)
@form_view(_page)
def begin() -> ResponseReturnValue:
    """Show the secret as a symbol and as text."""
    factors.enrol(current_actor())
    return _page({"begun": "1"}, {})


@bp.post("/account/second-factor/confirm")
@access(Access.SIGNED_IN)
@form_view(_page)
def confirm() -> ResponseReturnValue:
    """Finish with a code from the phone; the recovery codes are shown this once."""
    codes = factors.confirm(current_actor(), load(CodeSchema(), form_values())["code"])
    return render_template("accounts/factor_codes.html", codes=codes)


@bp.post("/admin/users/<username>/second-factor/reset")
@access(Permission.USER_MANAGE)
def reset(username: str) -> ResponseReturnValue:
    """Take a lost authenticator away; the person enrols anew."""
    factors.reset(current_actor(), username)
    done("账号 %(name)s 的动态口令已重置，本人需重新启用。", name=username)
    return redirect(url_for("accounts.users"))
