"""HTML doors of packs filled anew."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from trace.core.actor import Permission
from trace.labels import balance, repacking
from trace.lots import queries as lots
from trace.web.access import access, current_actor
from trace.web.fields import REQUIRED
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("repack", __name__)


class RepackForm(Schema):
    """Packs opened, packs filled."""

    drawn = fields.Int(required=True, error_messages={"required": "请填写件数。", "invalid": "请填写整数。"})
    pieces = fields.Int(required=True, error_messages={"required": "请填写件数。", "invalid": "请填写整数。"})
    piece = fields.Str(required=True, error_messages=REQUIRED)
    loss = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200, error="最多 200 字。"))


def _form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    return render_template(
        "labels/repack_form.html", lot=row, left=lots.balance(row), live=balance.live_labels(row), values=values, errors=errors,
    )  # fmt: skip


@bp.get("/repack/<lot>")
@access(Permission.PACK_RECORD)
def new_repack(lot: str) -> ResponseReturnValue:
    """The page to fill packs of another size."""
    return _form({}, {}, lot)


@bp.post("/repack/<lot>")
@access(Permission.PACK_RECORD)
@form_view(_form)
def repack(lot: str) -> ResponseReturnValue:
    """Open packs and fill others."""
    made = repacking.repack(current_actor(), lot, **load(RepackForm(), form_values())).lots[0]
    done("改装已登记，生成包装批 %(code)s，印在包装上的批次号不变。", code=made.code)
    return redirect(url_for("lots.show_lot", code=made.code))
