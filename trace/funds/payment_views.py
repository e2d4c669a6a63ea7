"""HTML doors of approval and payment."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.core.money import amount_in_words
from trace.funds import payments, queries, rules
from trace.funds.rules import State
from trace.funds.schemas import SelectionSchema
from trace.pdf import render
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("payments", __name__)
P = Permission


def _approval_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    ready = list(
        queries.filtered_applications(current_actor(), states=[State.APPROVING.value]).order_by(queries.Application.id)
    )
    budgets = queries.budgets({row.programme_id for row in ready})
    return render_template("funds/approvals.html", ready=ready, budgets=budgets, values=values, errors=errors)


@bp.get("/funds/approvals")
@access(P.APPLICATION_APPROVE)
def approvals() -> ResponseReturnValue:
    """What waits for the leading group."""
    return _approval_page({}, {})


@bp.post("/funds/approvals")
@access(P.APPLICATION_APPROVE)
@form_view(_approval_page)
def approve() -> ResponseReturnValue:
    """Approve a selection with opinion and minutes."""
    body = load(SelectionSchema(), form_values())
    found = payments.approve(current_actor(), body["applications"], body["opinion"], body["minutes_ref"])
    done("已审定 %(n)s 份，资金已预留。", n=len(found))
    return redirect(url_for("funds.payments.approvals"))


@bp.get("/funds/payments")
@access(P.PAYMENT_READ)
def batches() -> ResponseReturnValue:
    """Payment batches, newest first."""
    state = request.args.get("state", "")
    query = queries.visible_batches(current_actor())
    if state in rules.BATCH_STATES:
        query = query.where(queries.PaymentBatch.state == state)
    return render_template("funds/payments.html", page=page_by_id(query, queries.PaymentBatch.id), chosen=state)


def _batch_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    wanted = [State.APPROVED.value, State.PAY_FAILED.value]
    ready = list(queries.filtered_applications(current_actor(), states=wanted).order_by(queries.Application.id))
    return render_template("funds/payment_form.html", ready=ready, values=values, errors=errors)


@bp.get("/funds/payments/new")
@access(P.PAYMENT_MAKE)
def new_batch() -> ResponseReturnValue:
    """The page to prepare a batch."""
    return _batch_form({}, {})


@bp.post("/funds/payments/new")
@access(P.PAYMENT_MAKE)
@form_view(_batch_form)
def make_batch() -> ResponseReturnValue:
    """Prepare a batch."""
    batch = payments.make_batch(current_actor(), load(SelectionSchema(), form_values())["applications"])
    done("支付批次 %(no)s 已制单，须由另一人复核放行。", no=batch.no)
    return redirect(url_for("funds.payments.show_batch", no=batch.no))


def _batch_page(values: dict[str, Any], errors: dict[str, str], no: str, accounts: dict[int, str] | None = None) -> str:
    actor = current_actor()
    batch = queries.get_batch(actor, no)
    return render_template(
        "funds/payment.html", batch=batch, lines=queries.lines(batch), words=amount_in_words(batch.total_fen), values=values,
        errors=errors, accounts=accounts, is_maker=batch.maker_id == actor.user_id,
    )  # fmt: skip


@bp.get("/funds/payments/<no>")
@access(P.PAYMENT_READ)
def show_batch(no: str) -> ResponseReturnValue:
    """One batch: lines, hash, who made and released it."""
    return _batch_page({}, {}, no)


@bp.post("/funds/payments/<no>/accounts")
@access(P.PAYMENT_MAKE, P.PAYMENT_CHECK)
def reveal_accounts(no: str) -> ResponseReturnValue:
    """The same page with full accounts; the look is kept in the trail."""
    found = {line.id: number for line, number in payments.reveal_accounts(current_actor(), no)}
    return _batch_page({}, {}, no, found)


@bp.post("/funds/payments/<no>/release")
@access(P.PAYMENT_CHECK)
@form_view(_batch_page)
def release_batch(no: str) -> ResponseReturnValue:
    """Release a batch to the bank."""
    payments.release_batch(current_actor(), no)
    done("批次 %(no)s 已放行。", no=no)
    return redirect(url_for("funds.payments.show_batch", no=no))


@bp.post("/funds/payments/<no>/result")
@access(P.PAYMENT_MAKE)
@form_view(_batch_page)
def record_result(no: str) -> ResponseReturnValue:
    """Book the bank's answer, line by line as the form shows them."""
    values = form_values()
    lines = queries.lines(queries.get_batch(current_actor(), no))
    results = [
        payments.Result(
            line.application.no, values.get(f"result-{line.id}") == "paid", values.get(f"ref-{line.id}", "")[:60],
            values.get(f"reason-{line.id}", "")[:200],
        )
        for line in lines
    ]  # fmt: skip
    payments.record_result(current_actor(), no, results)
    done("批次 %(no)s 的银行回单已登记。", no=no)
    return redirect(url_for("funds.payments.show_batch", no=no))


@bp.get("/funds/payments/<no>/voucher.pdf")
@access(P.PAYMENT_READ)
def voucher(no: str) -> Response:
    """The payment voucher: amount in capitals, batch number and hash."""
    batch = queries.get_batch(current_actor(), no)
    body = render(
        "funds/voucher_print.html", batch=batch, lines=queries.lines(batch), words=amount_in_words(batch.total_fen),
        generated_at=utcnow(),
    )  # fmt: skip
    return Response(
        body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{batch.no}.pdf"'}
    )
