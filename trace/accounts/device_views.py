"""HTML doors of phones: who works with which, what was last heard, cut off what is lost."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from trace.accounts import devices
from trace.accounts.schemas import RevokeSchema
from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.core.errors import NotFound
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("devices", __name__, url_prefix="/field/devices")
CLOCK_SECONDS = 600
"""A clock further off is marked."""


@bp.get("")
@access(Permission.DEVICE_REVOKE)
def index() -> ResponseReturnValue:
    """The phones in one's charge, newest first."""
    page = page_by_id(devices.visible_devices(current_actor()).order_by(), devices.Device.id)
    return render_template("accounts/devices.html", page=page, now=utcnow(), off=CLOCK_SECONDS)


def _revoke_page(public_id: str, values: dict[str, Any], errors: dict[str, str]) -> str:
    device = devices.visible_devices(current_actor()).where(devices.Device.public_id == public_id).first()
    if device is None:
        raise NotFound()
    return render_template("accounts/device_revoke.html", device=device, values=values, errors=errors)


@bp.get("/<public_id>/revoke")
@access(Permission.DEVICE_REVOKE)
def ask(public_id: str) -> ResponseReturnValue:
    """What cutting a phone off means."""
    return _revoke_page(public_id, {}, {})


@bp.post("/<public_id>/revoke")
@access(Permission.DEVICE_REVOKE)
@form_view(_revoke_page)
def revoke(public_id: str) -> ResponseReturnValue:
    """Cut a phone off."""
    device = devices.revoke_device(current_actor(), public_id, load(RevokeSchema(), form_values())["reason"])
    done("手机“%(name)s”已停用，下次连接时清空。", name=device.name)
    return redirect(url_for("devices.index"))
