"""HTML doors of fruit bought outside and of rework."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.lots import queries as lots
from trace.processing import remaking
from trace.processing.services import Input
from trace.registry import queries as register
from trace.web.access import access, current_actor
from trace.web.fields import REQUIRED
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("remake", __name__)
_SHORT = validate.Length(max=80, error="最多 80 字。")


class PurchaseForm(Schema):
    """What was bought in another county."""

    product = fields.Str(required=True, error_messages=REQUIRED)
    quantity = fields.Str(required=True, error_messages=REQUIRED)
    origin_code = fields.Str(load_default="", validate=_SHORT)
    origin = fields.Str(load_default="", validate=_SHORT)
    supplier = fields.Str(load_default="", validate=_SHORT)
    document = fields.Str(load_default="", validate=_SHORT)
    household = fields.Bool(load_default=False)
    on = fields.Date(load_default=None, allow_none=True, error_messages={"invalid": "请填写日期。"})


class ReworkForm(Schema):
    """One lot worked over."""

    drawn = fields.Str(required=True, error_messages=REQUIRED)
    quantity = fields.Str(required=True, error_messages=REQUIRED)
    loss = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200, error="最多 200 字。"))


def _purchase_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    products = [(p.code, p.name) for p in register.products() if p.form not in ("wip", "seedling")]
    return render_template("processing/purchase_form.html", values=values, errors=errors, products=products)


@bp.get("/outside/new")
@access(Permission.RECEIPT_RECORD)
def new_purchase() -> ResponseReturnValue:
    """The page for fruit bought in another county."""
    return _purchase_form({"on": business_date().isoformat()}, {})


@bp.post("/outside/new")
@access(Permission.RECEIPT_RECORD)
@form_view(_purchase_form)
def buy_outside() -> ResponseReturnValue:
    """Take in fruit of another county."""
    body = load(PurchaseForm(), {key: text for key, text in form_values().items() if text != ""})
    made = remaking.buy_outside(current_actor(), remaking.Purchase(**body)).lots[0]
    done("外购已登记，生成外购批 %(code)s。这批不能印本县的品牌和地理标志。", code=made.code)
    return redirect(url_for("lots.show_lot", code=made.code))


def _rework_form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    free = lots.balance(row) - lots.promised([row.id]).get(row.id, 0)
    return render_template("processing/rework_form.html", lot=row, free=free, values=values, errors=errors)


@bp.get("/rework/<lot>")
@access(Permission.RUN_RECORD)
def new_rework(lot: str) -> ResponseReturnValue:
    """The page to work a lot over."""
    return _rework_form({"reason": request.args.get("reason", "")}, {}, lot)


@bp.post("/rework/<lot>")
@access(Permission.RUN_RECORD)
@form_view(_rework_form)
def rework(lot: str) -> ResponseReturnValue:
    """Work a lot over."""
    body = load(ReworkForm(), form_values())
    made = remaking.rework(
        current_actor(), [Input(lot, body["drawn"])], body["quantity"], loss=body["loss"], reason=body["reason"]
    ).lots[0]
    done("返工已登记，生成批次 %(code)s。", code=made.code)
    return redirect(url_for("lots.show_lot", code=made.code))
