"""HTML doors of quality."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.lots import queries as lots
from trace.quality import certificate_views, inspection_views, report_views, services
from trace.quality.schemas import HoldForm, ReleaseSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("quality", __name__, url_prefix="/quality")
bp.register_blueprint(inspection_views.bp)
bp.register_blueprint(certificate_views.bp)
bp.register_blueprint(report_views.bp)


def _overview(values: dict[str, Any], errors: dict[str, str], code: str = "") -> str:
    page = page_by_id(lots.visible_holds(current_actor()), lots.Hold.id)
    return render_template("quality/holds.html", page=page, values=values, errors=errors, failed=code)


@bp.get("")
@access(Permission.QUALITY_READ)
def holds() -> ResponseReturnValue:
    """Holds and recalls of lots in one's charge."""
    return _overview({}, {})


def _hold_form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    reached = lots.descendants(row.id)
    return render_template("quality/hold_form.html", lot=row, reached=len(reached), values=values, errors=errors)


@bp.get("/hold/<lot>")
@access(Permission.HOLD_PLACE)
def new_hold(lot: str) -> ResponseReturnValue:
    """The page to hold or recall a lot; it says how many lots this reaches."""
    return _hold_form({}, {}, lot)


@bp.post("/hold/<lot>")
@access(Permission.HOLD_PLACE)
@form_view(_hold_form)
def place(lot: str) -> ResponseReturnValue:
    """Hold or recall a lot."""
    body = load(HoldForm(), form_values())
    if body["kind"] == "recall":
        hold = services.open_recall(current_actor(), lot, body["reason"], body["public_reason"], body["contact"])
        done("召回 %(code)s 已发布，相关批次和标签页已全部变红。", code=hold.code)
    else:
        hold = services.place_hold(current_actor(), lot, body["reason"])
        done("封存 %(code)s 已生效，相关批次不能再使用。", code=hold.code)
    return redirect(url_for("lots.show_lot", code=lot))


@bp.post("/release/<code>")
@access(Permission.HOLD_RELEASE)
@form_view(_overview)
def release(code: str) -> ResponseReturnValue:
    """Lift a hold or recall."""
    services.release(current_actor(), code, load(ReleaseSchema(), form_values())["note"])
    done("%(code)s 已解除。", code=code)
    return redirect(url_for("quality.holds"))
