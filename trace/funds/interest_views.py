"""HTML doors of recusal: what one declares of oneself, and who stands in for whom."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.funds import file_rules, interests
from trace.funds.schemas import DelegationSchema, InterestSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("interests", __name__)
P = Permission


def _page(values: dict[str, Any], errors: dict[str, str], **_: Any) -> str:
    declared, given = interests.own(current_actor())
    return render_template(
        "funds/interests.html", declared=declared, given=given, kinds=file_rules.INTEREST_KINDS, values=values, errors=errors,
        today=business_date(),
    )  # fmt: skip


@bp.get("/funds/interests")
@access(P.FUND_READ)
def show() -> ResponseReturnValue:
    """What I have declared."""
    return _page({}, {})


@bp.post("/funds/interests")
@access(P.FUND_READ)
@form_view(_page)
def declare() -> ResponseReturnValue:
    """Declare an interest of my own."""
    body = load(InterestSchema(), form_values())
    interests.declare(current_actor(), body["kind"], party=body["party"], number=body["number"], note=body["note"])
    done("利害关系已登记，相关申请系统会自动回避。")
    return redirect(url_for("funds.interests.show"))


@bp.post("/funds/interests/<interest>/end")
@access(P.FUND_READ)
def end(interest: str) -> ResponseReturnValue:
    """It is no more."""
    interests.end(current_actor(), interest)
    done("已登记结束，原记录仍可查。")
    return redirect(url_for("funds.interests.show"))


@bp.post("/funds/delegations")
@access(P.FUND_READ)
@form_view(_page)
def delegate() -> ResponseReturnValue:
    """Let a colleague stand in."""
    body = load(DelegationSchema(), form_values())
    interests.delegate(current_actor(), body["taker"], body["from_day"], body["to_day"], body["reason"])
    done("委托代办已登记。代办期间两人视为同一人，回避和分岗规则照样适用。")
    return redirect(url_for("funds.interests.show"))
