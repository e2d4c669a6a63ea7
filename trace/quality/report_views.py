"""HTML doors of laboratory reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.errors import NotFound
from trace.core.text import N_
from trace.files.doors import download, uploaded
from trace.files.queries import file_by_id
from trace.files.rules import ACCEPT
from trace.lots import queries as lots
from trace.pesticides.limits import Outcome, mg
from trace.quality import certificate_queries, test_rules, testing
from trace.quality import report_queries as queries
from trace.quality.certificate_schemas import CorrectionForm, ReportForm
from trace.quality.testing import Line, Paper
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id

bp = Blueprint("tests", __name__, url_prefix="/tests")
ROWS = 8
"""Lines of a report on the form; longer ones come through the interface."""
TONES = {"pass": "ok", "reference": "todo", "fail": "stop", "to_confirm": "stop"}
WORDS = {"conclusions": test_rules.CONCLUSIONS, "methods": test_rules.METHODS, "tones": TONES}
HEAD = ("lab", "cma", "catl", "report_no", "sample_no", "sampler", "method", "entrusted")


@bp.get("")
@access(Permission.QUALITY_READ)
def reports() -> ResponseReturnValue:
    """Laboratory reports on lots in one's charge."""
    page = page_by_id(queries.visible_reports(current_actor()), queries.LabReport.id)
    return render_template("quality/reports.html", page=page, **WORDS)


def _report_form(values: dict[str, Any], errors: dict[str, str], lot: str, **more: Any) -> str:
    row = lots.get_lot(current_actor(), lot)
    harvests = certificate_queries.harvests_behind(row)
    waiting = [(r.code, r.code) for r in queries.reports_of(row) if r.conclusion == "to_confirm" and r.lot_id == row.id]
    return render_template(
        "quality/report_form.html", lot=row, values={"method": "quant", **values}, errors=errors, rows=ROWS, accept=ACCEPT, waiting=waiting,
        used=sorted(certificate_queries.actives_used(harvests)), methods=[(key, gettext(word)) for key, word in test_rules.METHODS.items()],
        **more,
    )  # fmt: skip


@bp.get("/new/<lot>")
@access(Permission.TEST_RECORD)
def new_report(lot: str) -> ResponseReturnValue:
    """The page to type a report; the actives really used stand there already."""
    return _report_form({}, {}, lot)


@bp.post("/new/<lot>")
@access(Permission.TEST_RECORD)
@form_view(_report_form)
def record_report(lot: str) -> ResponseReturnValue:
    """Keep a report."""
    paper, _ = _typed(ReportForm(), lot)
    row = testing.record_report(current_actor(), paper)
    done("检测报告 %(code)s 已登记。", code=row.code)
    return redirect(url_for("quality.tests.show_report", code=row.code))


def _typed(schema: Any, lot: str) -> tuple[Paper, str]:
    """The paper of the form, and the reason when it corrects another."""
    body = load(schema, {**form_values(), "lot": lot})
    reason = body.pop("reason", "")
    typed = zip(body.pop("actives"), body.pop("results"), body.pop("lods"), strict=False)
    return Paper(**body, lines=tuple(Line(*row) for row in typed if row[0].strip()), scan=uploaded()), reason


@bp.get("/<code>")
@access(Permission.QUALITY_READ)
def show_report(code: str) -> ResponseReturnValue:
    """One report: items with limits and verdicts, the hold it placed, and its other versions."""
    row = queries.get_report(current_actor(), code)
    return render_template(
        "quality/report.html", row=row, items=queries.items_of(row), outcomes={one.value: one.label for one in Outcome}, mg=mg,
        versions=queries.versions_of(row), newer=queries.correction_of(row), **WORDS,
    )  # fmt: skip


def _correction_form(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    row = queries.get_report(current_actor(), code)
    return _report_form(values, errors, row.lot.code, old=row)


@bp.get("/<code>/correct")
@access(Permission.TEST_RECORD)
def correct_form(code: str) -> ResponseReturnValue:
    """The page to write a mistyped report again: what was typed stands there."""
    row = queries.get_report(current_actor(), code)
    items = queries.items_of(row)
    values = {name: getattr(row, name) for name in HEAD} | {
        "sampled_on": row.sampled_on.isoformat(), "actives": [i.active for i in items],
        "results": [mg(i.result_ng) if i.verdict != "not_found" else gettext(N_("未检出")) for i in items],
        "lods": [mg(i.lod_ng) if i.lod_ng else "" for i in items], "lab_party": row.lab_party.code if row.lab_party_id else "",
        "confirms": row.confirms.code if row.confirms_id else "",
    }  # fmt: skip
    return _correction_form(values, {}, code)


@bp.post("/<code>/correct")
@access(Permission.TEST_RECORD)
@form_view(_correction_form)
def correct_report(code: str) -> ResponseReturnValue:
    """Keep the corrected version beside the old one."""
    paper, reason = _typed(CorrectionForm(), queries.get_report(current_actor(), code).lot.code)
    row = testing.correct_report(current_actor(), code, paper, reason)
    done("检测报告 %(old)s 已更正为 %(code)s，两版都可查看。", old=code, code=row.code)
    return redirect(url_for("quality.tests.show_report", code=row.code))


@bp.get("/<code>/scan")
@access(Permission.QUALITY_READ)
def report_scan(code: str) -> Response:
    """The scan of a report."""
    row = queries.get_report(current_actor(), code)
    if row.scan_id is None:
        raise NotFound()
    return download(file_by_id(row.scan_id))
