"""HTML doors of what follows a payment: audit workspace, clawback, complaints about money."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import business_date
from trace.payments import audits, case_queries, case_rules, clawbacks, grievances
from trace.payments.schemas import (
    AnswerSchema,
    CaseSchema,
    ClawbackSchema,
    FindingSchema,
    GrievanceSchema,
    HearingSchema,
    NoticeNoSchema,
    ReceiptSchema,
    SampleSchema,
    TextSchema,
)
from trace.programmes.queries import visible_programmes
from trace.web.access import Access, access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.limits import limiter
from trace.web.paging import page_by_id

bp = Blueprint("cases", __name__)
P = Permission


def _audit_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    return render_template(
        "payments/audit.html", signals=audits.signals(actor), kinds=audits.SIGNALS, statistics=audits.statistics(),
        page=page_by_id(case_queries.samples(actor), case_queries.AuditSample.id), programmes=list(visible_programmes(actor).limit(200)),
        values=values, errors=errors,
    )  # fmt: skip


@bp.get("/funds/audit")
@access(P.APPLICATION_AUDIT)
def workspace() -> ResponseReturnValue:
    """Signals, samples, findings by cause."""
    return _audit_page({"size": "10"}, {})


@bp.post("/funds/audit/samples")
@access(P.APPLICATION_AUDIT)
@form_view(_audit_page)
def draw_sample() -> ResponseReturnValue:
    """Draw a sample that can be drawn again."""
    body = load(SampleSchema(), form_values())
    made = audits.draw_sample(current_actor(), size=body["size"], seed=body["seed"], programme=body["programme"])
    return redirect(url_for("payments.cases.show_sample", code=made.code))


@bp.get("/funds/audit/samples/<code>")
@access(P.APPLICATION_AUDIT)
def show_sample(code: str) -> ResponseReturnValue:
    """A sample with seed, method, frame and what was drawn."""
    actor = current_actor()
    row = case_queries.get_sample(actor, code)
    return render_template(
        "payments/sample.html", sample=row, rows=audits.drawn_rows(actor, row.drawn), rank=audits.rank
    )


def _findings_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    page = page_by_id(case_queries.findings(actor), case_queries.AuditFinding.id)
    return render_template("payments/findings.html", page=page, units=case_queries.UNITS, values=values, errors=errors)


@bp.get("/funds/audit/findings")
@access(P.APPLICATION_AUDIT, P.APPLICATION_REVIEW, P.APPLICATION_PUBLICISE, P.PAYMENT_READ)
def findings() -> ResponseReturnValue:
    """Audit findings in one's charge."""
    keep = {name: request.args.get(name, "") for name in ("application", "sample")}
    return _findings_page(keep, {})


@bp.post("/funds/audit/findings")
@access(P.APPLICATION_AUDIT)
@form_view(_findings_page)
def open_finding() -> ResponseReturnValue:
    """Write down a finding."""
    made = audits.open_finding(current_actor(), **load(FindingSchema(), form_values()))
    done("审计发现 %(code)s 已登记。", code=made.code)
    return redirect(url_for("payments.cases.show_finding", code=made.code))


def _finding_page(values: dict[str, Any], errors: dict[str, str], code: str, move: str = "") -> str:
    actor = current_actor()
    row = case_queries.get_finding(actor, code)
    return render_template(
        "payments/finding.html", finding=row, steps=case_queries.finding_steps(row), units=case_queries.UNITS,
        mine=row.unit in case_queries.units_of(actor), values=values, errors=errors,
    )  # fmt: skip


@bp.get("/funds/audit/findings/<code>")
@access(P.APPLICATION_AUDIT, P.APPLICATION_REVIEW, P.APPLICATION_PUBLICISE, P.PAYMENT_READ)
def show_finding(code: str) -> ResponseReturnValue:
    """One finding with the exchange about it."""
    return _finding_page({}, {}, code)


@bp.post("/funds/audit/findings/<code>/<move>")
@access(P.APPLICATION_AUDIT, P.APPLICATION_REVIEW, P.APPLICATION_PUBLICISE, P.PAYMENT_READ)
@form_view(_finding_page)
def move_finding(code: str, move: str) -> ResponseReturnValue:
    """Answer, follow up, close."""
    audits.move_finding(current_actor(), code, move, load(TextSchema(), form_values())["text"])
    done("已登记。")
    return redirect(url_for("payments.cases.show_finding", code=code))


def _cases_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    page = page_by_id(case_queries.cases(current_actor()), case_queries.Clawback.id)
    return render_template("payments/clawbacks.html", page=page, today=business_date(), values=values, errors=errors)


@bp.get("/funds/clawbacks")
@access(P.APPLICATION_AUDIT, P.CLAWBACK_DECIDE, P.PAYMENT_READ)
def cases() -> ResponseReturnValue:
    """Clawback cases."""
    return _cases_page({name: request.args.get(name, "") for name in ("application", "finding")}, {})


@bp.post("/funds/clawbacks")
@access(P.APPLICATION_AUDIT)
@form_view(_cases_page)
def open_case() -> ResponseReturnValue:
    """Open a case."""
    body = load(CaseSchema(), form_values())
    made = clawbacks.open_case(
        current_actor(), body["application"], body["cause"], body["facts"], finding=body["finding"]
    )
    done("案件 %(code)s 已立案，相关支付暂停。", code=made.code)
    return redirect(url_for("payments.cases.show_case", code=made.code))


def _case_page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    case = case_queries.get_case(current_actor(), code)
    return render_template(
        "payments/clawback.html", case=case, receipts=case_queries.receipts(case), left=clawbacks.outstanding_fen(case),
        paid=clawbacks.net_paid_fen(case.application), values=values, errors=errors, today=business_date(),
        default_due=clawbacks.default_due(business_date()),
    )  # fmt: skip


@bp.get("/funds/clawbacks/<code>")
@access(P.APPLICATION_AUDIT, P.CLAWBACK_DECIDE, P.PAYMENT_READ)
def show_case(code: str) -> ResponseReturnValue:
    """One case: facts, hearing, decision, receipts, what is still to come."""
    return _case_page({}, {}, code)


@bp.post("/funds/clawbacks/<code>/clear")
@access(P.APPLICATION_AUDIT)
@form_view(_case_page)
def clear(code: str) -> ResponseReturnValue:
    """Nothing was found."""
    clawbacks.clear(current_actor(), code, load(TextSchema(), form_values())["text"])
    done("案件 %(code)s 已办结，申请恢复原状态。", code=code)
    return redirect(url_for("payments.cases.show_case", code=code))


@bp.post("/funds/clawbacks/<code>/notify")
@access(P.CLAWBACK_DECIDE)
@form_view(_case_page)
def notify(code: str) -> ResponseReturnValue:
    """Tell the beneficiary and give him time to answer."""
    case = clawbacks.notify(current_actor(), code, load(NoticeNoSchema(), form_values())["notice_no"])
    done("已告知，陈述申辩期至 %(day)s。", day=case.hearing_due_on.isoformat())
    return redirect(url_for("payments.cases.show_case", code=code))


@bp.post("/funds/clawbacks/<code>/hear")
@access(P.CLAWBACK_DECIDE)
@form_view(_case_page)
def hear(code: str) -> ResponseReturnValue:
    """Keep what he said."""
    body = load(HearingSchema(), form_values())
    clawbacks.hear(current_actor(), code, body["text"], body.get("heard_on"))
    done("陈述申辩已记录。")
    return redirect(url_for("payments.cases.show_case", code=code))


@bp.post("/funds/clawbacks/<code>/decide")
@access(P.CLAWBACK_DECIDE)
@form_view(_case_page)
def decide(code: str) -> ResponseReturnValue:
    """Decide amount and deadline."""
    clawbacks.decide(current_actor(), code, **load(ClawbackSchema(), form_values()))
    done("追缴决定已登记，应收款已入账。")
    return redirect(url_for("payments.cases.show_case", code=code))


@bp.post("/funds/clawbacks/<code>/receive")
@access(P.PAYMENT_MAKE)
@form_view(_case_page)
def receive(code: str) -> ResponseReturnValue:
    """Book what came in."""
    body = load(ReceiptSchema(), form_values())
    clawbacks.receive(current_actor(), code, body["receipt_no"], body["amount_fen"], body.get("received_on"))
    done("到账已登记。")
    return redirect(url_for("payments.cases.show_case", code=code))


@bp.post("/funds/clawbacks/<code>/finish")
@access(P.PAYMENT_MAKE)
@form_view(_case_page)
def finish(code: str) -> ResponseReturnValue:
    """Close a case that had nothing to collect."""
    clawbacks.receive(current_actor(), code, "", 0)
    done("案件 %(code)s 已办结。", code=code)
    return redirect(url_for("payments.cases.show_case", code=code))


def _grievances_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    state = request.args.get("state", "")
    query = case_queries.grievances(current_actor(), state if state in case_rules.GRIEVANCE_STATES else "")
    page = page_by_id(query, case_queries.Grievance.id)
    return render_template(
        "payments/grievances.html", page=page, chosen=state, today=business_date(), values=values, errors=errors
    )


@bp.get("/funds/grievances")
@access(P.GRIEVANCE_READ)
def grievance_list() -> ResponseReturnValue:
    """Complaints about money."""
    return _grievances_page({}, {})


def _grievance_page(values: dict[str, Any], errors: dict[str, str], no: str, contact: str = "") -> str:
    row = case_queries.get_grievance(current_actor(), no)
    return render_template(
        "payments/grievance.html", row=row, contact=contact, today=business_date(), values=values, errors=errors
    )


@bp.get("/funds/grievances/<no>")
@access(P.GRIEVANCE_READ)
def show_grievance(no: str) -> ResponseReturnValue:
    """One complaint."""
    return _grievance_page({}, {}, no)


@bp.post("/funds/grievances/<no>/take")
@access(P.GRIEVANCE_HANDLE)
@form_view(_grievance_page)
def take(no: str) -> ResponseReturnValue:
    """Take it in hand."""
    grievances.take(current_actor(), no, stop_payment=bool(form_values().get("stop_payment")))
    done("投诉 %(no)s 已受理。", no=no)
    return redirect(url_for("payments.cases.show_grievance", no=no))


@bp.post("/funds/grievances/<no>/answer")
@access(P.GRIEVANCE_HANDLE)
@form_view(_grievance_page)
def answer(no: str) -> ResponseReturnValue:
    """Answer it."""
    body = load(AnswerSchema(), form_values())
    grievances.answer(current_actor(), no, body["outcome"], body["answer"])
    done("投诉 %(no)s 已答复。", no=no)
    return redirect(url_for("payments.cases.show_grievance", no=no))


@bp.post("/funds/grievances/<no>/contact")
@access(P.GRIEVANCE_HANDLE)
@form_view(_grievance_page)
def contact(no: str) -> ResponseReturnValue:
    """Show how to reach the writer; the look is kept in the trail."""
    return _grievance_page({}, {}, no, grievances.reveal_contact(current_actor(), no))


def _complain_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    return render_template("payments/complain.html", values=values, errors=errors)


@bp.get("/notices/complaints/new")
@access(Access.PUBLIC)
def complain() -> ResponseReturnValue:
    """The page to complain about money, for anybody."""
    return _complain_page({"application": request.args.get("application", "")}, {})


@bp.post("/notices/complaints/new")
@access(Access.PUBLIC)
@limiter.limit("10 per hour")
@form_view(_complain_page)
def file_grievance() -> ResponseReturnValue:
    """Take a complaint and give its receipt."""
    made = grievances.file_grievance(None, **load(GrievanceSchema(), form_values()))
    return render_template("payments/receipt.html", row=made, fresh=True)


@bp.get("/notices/complaints/<receipt>")
@access(Access.PUBLIC)
@limiter.limit("30 per minute", deduct_when=lambda response: response.status_code == 404)
def receipt(receipt: str) -> ResponseReturnValue:
    """What became of a complaint, for whoever holds its receipt."""
    return render_template("payments/receipt.html", row=case_queries.grievance_by_receipt(receipt), fresh=False)
