"""JSON doors of payments."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.core.errors import Invalid
from trace.funds.schemas import ListQuery
from trace.payments import batches, queries
from trace.payments.schemas import BatchReasonSchema, BatchReleaseSchema, BatchSchema, ResultSchema
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-payments", __name__, description="支付")
P = Permission


def _batch(row: Any) -> dict[str, Any]:
    return {
        "no": row.no, "kind": row.kind, "state": row.state, "total_fen": row.total_fen, "digest": row.digest, "maker": row.maker_name,
        "checker": row.checker_name,
        "lines": [
            {
                "code": line.code, "application": line.application.no, "instalment": line.instalment, "payee": line.payee_name,
                "account_last4": line.account_last4, "amount_fen": line.amount_fen, "evidence": line.evidence, "state": line.state,
                "reason": line.reason,
            }
            for line in queries.lines(row)
        ],
    }  # fmt: skip


@bp.get("/payment-batches")
@access(P.PAYMENT_READ)
@bp.arguments(ListQuery, location="query")
@bp.response(200)
def list_batches(args: dict[str, Any]) -> dict[str, Any]:
    """Payment batches, newest first; accounts by their last four digits."""
    page = page_by_id(queries.visible_batches(current_actor()), queries.PaymentBatch.id)
    return {"items": [_batch(row) for row in page.items], "next": page.next}


@bp.post("/payment-batches")
@access(P.PAYMENT_MAKE)
@bp.arguments(BatchSchema)
@bp.response(201)
def make_batch(body: dict[str, Any]) -> dict[str, Any]:
    """Prepare a batch of approved applications; ``kind`` is card or corporate, or left out when all use one channel."""
    return _batch(batches.make_batch(current_actor(), body["applications"], body["kind"]))


@bp.get("/payment-batches/<no>")
@access(P.PAYMENT_READ)
@bp.response(200)
def show_batch(no: str) -> dict[str, Any]:
    """One batch."""
    return _batch(queries.get_batch(current_actor(), no))


@bp.post("/payment-batches/<no>/release")
@access(P.PAYMENT_CHECK)
@bp.arguments(BatchReleaseSchema)
@bp.response(200)
def release_batch(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Release a batch to the bank with a code of the own authenticator (``otp``); repeating it changes nothing.

    409 FACTOR_MISSING: enrol first at ``/second-factor``.
    """
    return _batch(batches.release_batch(current_actor(), no, body["otp"]))


@bp.post("/payment-batches/<no>/cancel")
@access(P.PAYMENT_MAKE)
@bp.arguments(BatchReasonSchema)
@bp.response(200)
def cancel_batch(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Take back a batch that was not released."""
    return _batch(batches.cancel_batch(current_actor(), no, body["reason"]))


@bp.post("/payment-batches/<no>/result")
@access(P.PAYMENT_MAKE)
@bp.arguments(ResultSchema)
@bp.response(200)
def record_result(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Book the bank's answers, each named by the id of its line or by its application; lines left out stay pending."""
    actor = current_actor()
    codes = {line.application.no: line.code for line in queries.lines(queries.get_batch(actor, no))}
    results = []
    for line in body["lines"]:
        code = line["code"] or codes.get(line["application"], line["application"])
        state = line.get("state") or {True: "paid", False: "failed"}.get(line.get("paid"), "")
        if not code or not state:
            raise Invalid("每一行都要写明细号（或申请号）和结果。", field="lines", code="MISSING")
        results.append(batches.Result(code, state, line["bank_ref"], line["reason"]))
    return _batch(batches.record_results(actor, no, results))
