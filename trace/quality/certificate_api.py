"""JSON doors of certificates and laboratory reports."""

from __future__ import annotations

from typing import Any

from trace.core.actor import Permission
from trace.quality import certificate_queries as queries
from trace.quality import certificates, testing
from trace.quality import report_queries as tests
from trace.quality.certificate_schemas import (
    CancelSchema,
    CertificateSchema,
    CorrectionSchema,
    NumbersSchema,
    ReportSchema,
)
from trace.quality.certificates import Wanted
from trace.quality.testing import Line, Paper
from trace.web.access import access, current_actor
from trace.web.api import Blueprint
from trace.web.paging import page_by_id

bp = Blueprint("api-certificates", __name__, description="承诺达标合格证与检测报告")


def _out(row: Any) -> dict[str, Any]:
    return {
        "no": row.no, "lot": row.lot.code, "issuer": row.issuer.code, "product_name": row.product_name, "quantity": row.quantity,
        "unit": row.lot.unit, "used": queries.used_up([row.id])[row.id], "village": row.village.code, "basis": row.basis,
        "sources": row.sources, "issued_on": row.issued_on.isoformat(), "state": queries.state_of(row),
    }  # fmt: skip


@bp.get("/certificates")
@access(Permission.QUALITY_READ)
@bp.response(200)
def list_certificates() -> dict[str, Any]:
    """Certificates of lots in one's charge, and those one collected."""
    page = page_by_id(queries.visible_certificates(current_actor()), queries.Certificate.id)
    return {"items": [_out(row) for row in page.items], "next": page.next}


@bp.post("/certificates")
@access(Permission.CERTIFICATE_ISSUE)
@bp.arguments(CertificateSchema)
@bp.response(201)
def issue(body: dict[str, Any]) -> dict[str, Any]:
    """Issue a certificate; every reason against it is told at once."""
    row = certificates.issue(current_actor(), Wanted(**{**body, "bases": tuple(body["bases"])}))
    return _out(queries.get_certificate(current_actor(), row.no))


@bp.post("/certificates/numbers")
@access(Permission.CERTIFICATE_ISSUE)
@bp.arguments(NumbersSchema)
@bp.response(201)
def give_numbers(body: dict[str, Any]) -> dict[str, Any]:
    """Numbers for a device to issue without network."""
    row = certificates.give_numbers(current_actor(), str(body["device"]))
    return {
        "device": row.device,
        "year": row.year,
        "first": row.first,
        "last": row.last,
        "prefix": certificates.prefix_of(row.party),
    }


@bp.get("/certificates/<no>")
@access(Permission.QUALITY_READ)
@bp.response(200)
def show(no: str) -> dict[str, Any]:
    """One certificate with its state and how much of it is used up."""
    return _out(queries.get_certificate(current_actor(), no))


@bp.post("/certificates/<no>/cancel")
@access(Permission.CERTIFICATE_ISSUE)
@bp.arguments(CancelSchema)
@bp.response(200)
def cancel(body: dict[str, Any], no: str) -> dict[str, Any]:
    """Take a certificate back, before anything was received on it."""
    certificates.cancel(current_actor(), no, body["reason"])
    return _out(queries.get_certificate(current_actor(), no))


def _with_versions(row: Any) -> dict[str, Any]:
    versions = [
        {"code": one.code, "version": number, "reason": why}
        for number, (one, why) in enumerate(tests.versions_of(row), 1)
    ]
    return {**_report_out(row), "versions": versions}


def _report_out(row: Any) -> dict[str, Any]:
    items = [
        {
            "active": i.active,
            "result_ng_kg": i.result_ng,
            "lod_ng_kg": i.lod_ng,
            "limit_ng_kg": i.limit_ng,
            "verdict": i.verdict,
        }
        for i in tests.items_of(row)
    ]
    return {
        "code": row.code, "lot": row.lot.code, "lab": row.lab, "report_no": row.report_no, "sample_no": row.sample_no,
        "sampled_on": row.sampled_on.isoformat(), "method": row.method, "conclusion": row.conclusion, "items": items,
        "hold": row.hold.code if row.hold_id else None,
    }  # fmt: skip


@bp.get("/test-reports")
@access(Permission.QUALITY_READ)
@bp.response(200)
def list_reports() -> dict[str, Any]:
    """Reports on lots in one's charge."""
    page = page_by_id(tests.visible_reports(current_actor()), tests.LabReport.id)
    return {"items": [_report_out(row) for row in page.items], "next": page.next}


@bp.post("/test-reports")
@access(Permission.TEST_RECORD)
@bp.arguments(ReportSchema)
@bp.response(201)
def record_report(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a report; over a limit it holds the lot and everything made from it."""
    lines = tuple(Line(**item) for item in body.pop("items"))
    row = testing.record_report(current_actor(), Paper(**body, lines=lines))
    return _report_out(tests.get_report(current_actor(), row.code))


@bp.get("/test-reports/<code>")
@access(Permission.QUALITY_READ)
@bp.response(200)
def show_report(code: str) -> dict[str, Any]:
    """One report with its items."""
    return _with_versions(tests.get_report(current_actor(), code))


@bp.post("/test-reports/<code>/corrections")
@access(Permission.TEST_RECORD)
@bp.arguments(CorrectionSchema)
@bp.response(201)
def correct_report(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Write a mistyped report again, with a ``reason``: judged anew, both versions stay, and no hold is lifted by it."""
    lines = tuple(Line(**item) for item in body.pop("items"))
    reason, _ = body.pop("reason"), body.pop("lot")
    old = tests.get_report(current_actor(), code)
    row = testing.correct_report(current_actor(), code, Paper(lot=old.lot.code, **body, lines=lines), reason)
    return _with_versions(tests.get_report(current_actor(), row.code))
