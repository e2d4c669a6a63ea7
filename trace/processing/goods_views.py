"""HTML doors of goods: ways out of a lot, ends of a dispatch, returns, stores and temperatures."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.core.errors import NotFound
from trace.lots import queries as lots
from trace.processing import consignments, outflows, queries, rules, stores
from trace.processing.schemas import OutflowForm, ReasonForm, ReturnForm, StayForm, StayLeaveForm, TemperatureForm
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load

bp = Blueprint("goods", __name__)


def _outflow_form(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    if values.get("kind") not in rules.OUTFLOWS:
        values = {**values, "kind": "ship"}
    row = lots.get_lot(current_actor(), lot)
    free = lots.balance(row) - lots.promised([row.id]).get(row.id, 0)
    return render_template(
        "processing/outflow_form.html", lot=row, free=free, values=values, errors=errors, outflows=rules.OUTFLOWS,
        supplier=consignments.supplier_of(row),
    )  # fmt: skip


@bp.get("/out/<lot>")
@access(Permission.LOT_OPERATE)
def new_outflow(lot: str) -> ResponseReturnValue:
    """The page for goods that leave a lot for good, or go back."""
    kind = request.args.get("kind", "ship")
    return _outflow_form(
        {"kind": kind if kind in rules.OUTFLOWS else "ship", "on": business_date().isoformat()}, {}, lot
    )


@bp.post("/out/<lot>")
@access(Permission.LOT_OPERATE)
@form_view(_outflow_form)
def take_out(lot: str) -> ResponseReturnValue:
    """Take a quantity out of a lot."""
    values = form_values()
    body = load(OutflowForm(), values)
    outflows.take_out(current_actor(), lot, body["kind"], body["quantity"], on=body.get("on"), details=values)
    done("已登记，批次 %(code)s 的数量已相应减少。", code=lot)
    return redirect(url_for("lots.show_lot", code=lot))


@bp.post("/return/<lot>")
@access(Permission.LOT_DISPATCH)
@form_view(_outflow_form)
def return_lot(lot: str) -> ResponseReturnValue:
    """Send bought goods back to the supplier."""
    body = load(ReturnForm(), form_values())
    row = consignments.return_lot(current_actor(), lot, body["quantity"], body["reason"])
    done("退货单 %(code)s 已开出，待原发货单位收货。", code=row.code)
    return redirect(url_for("lots.show_lot", code=lot))


def _end_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    row = queries.any_dispatch(current_actor(), code)
    if row is None:
        raise NotFound()
    return render_template(
        "processing/dispatch_end.html",
        dispatch=row,
        values=values,
        errors=errors,
        incoming=row.receiver_id == current_actor().party_id,
    )


@bp.get("/dispatches/<code>/end")
@access(Permission.LOT_DISPATCH, Permission.RECEIPT_RECORD)
def new_end(code: str) -> ResponseReturnValue:
    """The page to cancel (sender) or refuse (receiver) a dispatch."""
    return _end_form({}, {}, code)


@bp.post("/dispatches/<code>/cancel")
@access(Permission.LOT_DISPATCH)
@form_view(_end_form)
def cancel(code: str) -> ResponseReturnValue:
    """Take back what nobody has received yet."""
    row = consignments.cancel_dispatch(current_actor(), code, load(ReasonForm(), form_values())["reason"])
    done("发货单 %(code)s 已取消，货物仍在原批次。", code=row.code)
    return redirect(url_for("lots.show_lot", code=row.lot.code))


@bp.post("/dispatches/<code>/refuse")
@access(Permission.RECEIPT_RECORD)
@form_view(_end_form)
def refuse(code: str) -> ResponseReturnValue:
    """Do not take the goods."""
    row = consignments.refuse_dispatch(current_actor(), code, load(ReasonForm(), form_values())["reason"])
    done("发货单 %(code)s 已拒收，货物退回发货单位。", code=row.code)
    return redirect(url_for("processing.overview"))


def _stays(values: dict[str, Any], errors: dict[str, str], lot: str) -> str:
    row = lots.get_lot(current_actor(), lot)
    return render_template(
        "processing/stays.html", lot=row, stays=stores.stays_of(row), values=values, errors=errors, today=business_date(),
        mine=row.holder_id == current_actor().party_id,
    )  # fmt: skip


@bp.get("/stays/<lot>")
@access(Permission.LOT_READ)
def show_stays(lot: str) -> ResponseReturnValue:
    """Where a lot lay and how warm it was."""
    return _stays({"entered_on": business_date().isoformat(), "left_on": business_date().isoformat()}, {}, lot)


@bp.post("/stays/<lot>/enter")
@access(Permission.LOT_OPERATE)
@form_view(_stays)
def enter_store(lot: str) -> ResponseReturnValue:
    """Put a lot into a store."""
    body = load(StayForm(), form_values())
    stores.enter_store(current_actor(), lot, body["place"], body["entered_on"], low=body["low"], high=body["high"])
    done("已登记入库。")
    return redirect(url_for("processing.goods.show_stays", lot=lot))


@bp.post("/stays/<lot>/leave")
@access(Permission.LOT_OPERATE)
@form_view(_stays)
def leave_store(lot: str) -> ResponseReturnValue:
    """Take a lot out of its store."""
    stores.leave_store(current_actor(), lot, load(StayLeaveForm(), form_values())["left_on"])
    done("已登记出库。")
    return redirect(url_for("processing.goods.show_stays", lot=lot))


@bp.post("/stays/<lot>/temperature")
@access(Permission.LOT_OPERATE)
@form_view(_stays)
def record_temperature(lot: str) -> ResponseReturnValue:
    """Write down a reading."""
    body = load(TemperatureForm(), form_values())
    stores.record_temperature(current_actor(), lot, body["celsius"], note=body["note"])
    done("温度已登记。")
    return redirect(url_for("processing.goods.show_stays", lot=lot))
