"""HTML doors to what comes from the bank and about it: return files, statements, reconciliation, templates, account changes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.files.doors import uploaded
from trace.payments import bank_files, payee_accounts, queries, reconcile, returns, rules
from trace.payments.schemas import AccountSchema, DecisionSchema, NoteSchema, TemplateSchema
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id
from trace.web.sheets import Column, as_xlsx, attachment

bp = Blueprint("bank", __name__)
P = Permission


def _file() -> tuple[str, bytes]:
    """The uploaded table, empty when none was chosen (the reader says so in words)."""
    given = request.files.get("file")
    return ("", b"") if given is None else (given.filename or "", given.read(12 * 1024 * 1024))


@bp.post("/funds/payments/<no>/return-file")
@access(P.PAYMENT_MAKE)
def return_file(no: str) -> ResponseReturnValue:
    """Read a return file: without ``apply`` only shown, with it booked when nothing is wrong."""
    actor = current_actor()
    name, body = _file()
    reading = returns.check_return(actor, no, name, body)
    if request.form.get("apply") and not reading.faults:
        returns.apply_return(actor, no, name, body)
        done("批次 %(no)s 的银行回单已登记。", no=no)
        return redirect(url_for("payments.show_batch", no=no))
    batch = queries.get_batch(actor, no)
    status = 422 if reading.faults else 200
    return render_template("payments/return_file.html", batch=batch, reading=reading), status


def _reconcile_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    actor = current_actor()
    filters = {"programme": request.args.get("programme", ""), "batch": request.args.get("batch", "")}
    found = reconcile.compare(actor, filters["programme"], filters["batch"])
    return render_template(
        "payments/reconcile.html", found=found, statements=reconcile.statements(), programmes=reconcile.programme_sums(actor),
        kinds=reconcile.KINDS, tones=reconcile.TONES, filters=filters, values=values, errors=errors,
    )  # fmt: skip


@bp.get("/funds/reconcile")
@access(P.PAYMENT_READ)
def reconciliation() -> ResponseReturnValue:
    """Lines, statement and books side by side."""
    return _reconcile_page({}, {})


@bp.post("/funds/reconcile/statement")
@access(P.PAYMENT_MAKE)
@form_view(_reconcile_page)
def statement() -> ResponseReturnValue:
    """Read a statement."""
    made = reconcile.import_statement(current_actor(), *_file())
    done("已读入流水 %(n)s 条。", n=made.row_count)
    return redirect(url_for("payments.bank.reconciliation"))


@bp.post("/funds/reconcile/note")
@access(P.PAYMENT_MAKE)
@form_view(_reconcile_page)
def note() -> ResponseReturnValue:
    """Explain a difference."""
    body = load(NoteSchema(), form_values())
    reconcile.explain(current_actor(), body["subject"], body["text"])
    done("说明已记下。")
    return redirect(url_for("payments.bank.reconciliation"))


@bp.get("/funds/reconcile.xlsx")
@access(P.PAYMENT_READ)
def reconciliation_sheet() -> ResponseReturnValue:
    """The differences as a sheet."""
    found = reconcile.compare(current_actor())
    money = "#,##0.00"
    columns = [
        Column("类别", 16), Column("明细号", 20), Column("批次号", 14), Column("申请号", 14), Column("应付（元）", 14, money),
        Column("银行（元）", 14, money), Column("账上（元）", 14, money), Column("相差（元）", 12, money), Column("位置", 30), Column("说明", 40),
    ]  # fmt: skip
    rows = [
        [reconcile.KINDS[item.kind], item.subject, item.batch, item.application, *(None if fen is None else fen / 100 for fen in (
            item.instructed_fen, item.bank_fen, item.booked_fen)), item.gap_fen / 100, item.where, item.note]
        for item in found.open_items
    ]  # fmt: skip
    return attachment(as_xlsx("对账差异", columns, rows), "reconciliation.xlsx")


def _accounts_page(values: dict[str, Any], errors: dict[str, str], code: str = "") -> str:
    state = request.args.get("state", "")
    query = queries.account_changes(current_actor(), state if state in rules.ACCOUNT_STATES else "")
    return render_template(
        "payments/accounts.html", page=page_by_id(query, queries.PayeeAccount.id), chosen=state, values=values, errors=errors,
        tried=code, days=payee_accounts.cool_down_days(),
    )  # fmt: skip


@bp.get("/funds/payments/accounts")
@access(P.PAYMENT_READ)
def accounts() -> ResponseReturnValue:
    """Changes of payee accounts."""
    return _accounts_page({"party": request.args.get("party", "")}, {})


@bp.post("/funds/payments/accounts")
@access(P.PAYMENT_MAKE)
@form_view(_accounts_page)
def propose_account() -> ResponseReturnValue:
    """Ask for another account, with evidence."""
    body = load(AccountSchema(), form_values())
    made = payee_accounts.propose_account(
        current_actor(), body["party"], holder_name=body["holder_name"], number=body["number"], bank_name=body["bank_name"],
        reason=body["reason"], evidence=uploaded("evidence"),
    )  # fmt: skip
    done("账户变更 %(code)s 已提出，须由另一人复核。", code=made.code)
    return redirect(url_for("payments.bank.accounts"))


@bp.post("/funds/payments/accounts/<code>/decide")
@access(P.PAYMENT_CHECK)
@form_view(_accounts_page)
def decide_account(code: str) -> ResponseReturnValue:
    """Confirm or refuse a change."""
    body = load(DecisionSchema(), form_values())
    row = payee_accounts.decide_account(current_actor(), code, agreed=body["agreed"], note=body["note"])
    if row.usable_from:
        done("账户变更已确认，%(day)s 起可以支付。", day=row.usable_from.isoformat())
    else:
        done("账户变更未通过。")
    return redirect(url_for("payments.bank.accounts"))


def _template_page(values: dict[str, Any], errors: dict[str, str]) -> str:
    current = {kind: bank_files.template_of(kind) for kind in rules.BATCH_KINDS}
    return render_template(
        "payments/templates.html",
        current=current,
        versions=queries.templates(),
        fields=bank_files.FIELDS,
        values=values,
        errors=errors,
    )


@bp.get("/funds/payments/templates")
@access(P.PAYMENT_READ)
def bank_templates() -> ResponseReturnValue:
    """The columns of the bank's files."""
    return _template_page({}, {})


@bp.post("/funds/payments/templates")
@access(P.PAYMENT_CHECK)
@form_view(_template_page)
def save_template() -> ResponseReturnValue:
    """Keep a new version of a channel's columns."""
    body = load(TemplateSchema(), form_values())
    chosen = [(field, heading) for field, heading in zip(body["field"], body["heading"], strict=False) if field]
    made = bank_files.save_template(
        current_actor(),
        body["kind"],
        body["name"],
        chosen,
        purpose_code=body["purpose_code"],
        totals=body["totals"],
        encoding=body["encoding"],
    )
    done("模板 %(code)s 已启用。", code=made.code)
    return redirect(url_for("payments.bank.bank_templates"))
