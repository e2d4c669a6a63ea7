"""HTML doors of payments: batches, the bank's files, answers, accounts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.accounts.factors import is_enrolled
from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.core.errors import NotFound
from trace.core.money import amount_in_words
from trace.payments import bank_files, bank_views, batches, case_rules, case_views, queries, rules
from trace.payments.schemas import BatchReasonSchema, BatchReleaseSchema, BatchSchema
from trace.pdf import render
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id
from trace.web.sheets import attachment

bp = Blueprint("payments", __name__)
bp.register_blueprint(bank_views.bp)
bp.register_blueprint(case_views.bp)
P = Permission
LINES_SHOWN = 500
"""A page of so many lines; longer batches are answered by file and read as a sheet."""


@bp.context_processor
def words() -> dict[str, Any]:
    """The words and tones of states, for every template of this domain."""
    return {"pay": rules, "cases": case_rules}


@bp.get("/funds/payments")
@access(P.PAYMENT_READ)
def index() -> ResponseReturnValue:
    """Payment batches, newest first."""
    state = request.args.get("state", "")
    query = queries.visible_batches(current_actor())
    if state in rules.BATCH_STATES:
        query = query.where(queries.PaymentBatch.state == state)
    return render_template("payments/batches.html", page=page_by_id(query, queries.PaymentBatch.id), chosen=state)


def _batch_form(values: dict[str, Any], errors: dict[str, str]) -> str:
    ready = list(queries.ready(current_actor()).limit(LINES_SHOWN))
    groups = [
        (kind, [row for row in ready if rules.kind_for(row.applicant.kind) == kind]) for kind in rules.BATCH_KINDS
    ]
    return render_template(
        "payments/new.html", groups=[item for item in groups if item[1]], values=values, errors=errors
    )


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
    body = load(BatchSchema(), form_values())
    batch = batches.make_batch(current_actor(), body["applications"], body["kind"])
    done("支付批次 %(no)s 已制单，须由另一人复核放行。", no=batch.no)
    return redirect(url_for("payments.show_batch", no=batch.no))


def _batch_page(values: dict[str, Any], errors: dict[str, str], no: str, accounts: dict[int, str] | None = None) -> str:
    actor = current_actor()
    batch = queries.get_batch(actor, no)
    shown = list(queries.lines_query(batch).limit(LINES_SHOWN))
    return render_template(
        "payments/batch.html", batch=batch, lines=shown, words=amount_in_words(batch.total_fen), values=values,
        errors=errors, accounts=accounts, is_maker=batch.maker_id == actor.user_id, sums=queries.sums_by_state(batch),
        programmes=queries.sums_by_programme(batch), files=queries.files_of(batch), enrolled=is_enrolled(actor.user_id),
        template=bank_files.template_of(batch.kind),
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
    found = {line.id: number for line, number in batches.reveal_accounts(current_actor(), no)}
    return _batch_page({}, {}, no, found)


@bp.post("/funds/payments/<no>/release")
@access(P.PAYMENT_CHECK)
@form_view(_batch_page)
def release_batch(no: str) -> ResponseReturnValue:
    """Release a batch to the bank, with a code of the own authenticator."""
    batches.release_batch(current_actor(), no, load(BatchReleaseSchema(), form_values())["otp"])
    done("批次 %(no)s 已放行，可以导出银行文件。", no=no)
    return redirect(url_for("payments.show_batch", no=no))


@bp.post("/funds/payments/<no>/cancel")
@access(P.PAYMENT_MAKE)
@form_view(_batch_page)
def cancel_batch(no: str) -> ResponseReturnValue:
    """Take back a batch that was not released."""
    batches.cancel_batch(current_actor(), no, load(BatchReasonSchema(), form_values())["reason"])
    done("批次 %(no)s 已撤销，其中的申请可以重新制单。", no=no)
    return redirect(url_for("payments.show_batch", no=no))


@bp.post("/funds/payments/<no>/result")
@access(P.PAYMENT_MAKE)
@form_view(_batch_page)
def record_result(no: str) -> ResponseReturnValue:
    """Book the bank's answer, line by line as the form shows them."""
    values = form_values()
    lines = queries.lines(queries.get_batch(current_actor(), no))
    results = [
        batches.Result(
            line.code, "paid" if values.get(f"result-{line.id}") == "paid" else "failed", values.get(f"ref-{line.id}", "")[:60],
            values.get(f"reason-{line.id}", "")[:200],
        )
        for line in lines
        if line.state == "pending"
    ]  # fmt: skip
    batches.record_results(current_actor(), no, results)
    done("批次 %(no)s 的银行回单已登记。", no=no)
    return redirect(url_for("payments.show_batch", no=no))


@bp.post("/funds/payments/<no>/bank-file.<form>")
@access(P.PAYMENT_MAKE, P.PAYMENT_CHECK)
def bank_file(no: str, form: str) -> Response:
    """The file for the bank; every copy is kept in the trail."""
    if form not in bank_files.MARKS:
        raise NotFound()
    return attachment(bank_files.bank_file(current_actor(), no, form), f"{no}.{form}", bank_files.MARKS[form])


@bp.get("/funds/payments/<no>/voucher.pdf")
@access(P.PAYMENT_READ)
def voucher(no: str) -> Response:
    """The payment voucher: amount in capitals, batch number and hash, the evidence behind each line."""
    batch = queries.get_batch(current_actor(), no)
    body = render(
        "payments/voucher_print.html", batch=batch, lines=queries.lines(batch), words=amount_in_words(batch.total_fen),
        generated_at=utcnow(), programmes=queries.sums_by_programme(batch), sums=queries.sums_by_state(batch),
    )  # fmt: skip
    return Response(
        body, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{batch.no}.pdf"'}
    )
