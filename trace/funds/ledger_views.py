"""HTML doors of the books: balances and entries of a programme, entries by hand, the sheet."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trace.core.actor import Permission
from trace.core.clock import to_local
from trace.funds import budgets, ledger_queries, ledger_rules, queries
from trace.funds.approval_views import READERS
from trace.funds.ledger import remaining_fen
from trace.funds.ledger_models import Transfer
from trace.funds.schemas import CarrySchema, LapseSchema, ReverseSchema
from trace.programmes.queries import get_programme, visible_programmes
from trace.web.access import access, current_actor
from trace.web.forms import done, form_values, form_view, load
from trace.web.paging import page_by_id
from trace.web.sheets import attachment

bp = Blueprint("ledger", __name__)
P = Permission


def _page(values: dict[str, Any], errors: dict[str, str], code: str) -> str:
    actor = current_actor()
    ledger_queries.require_reader(actor)
    programme = get_programme(actor, code)
    account, text = request.args.get("account", ""), request.args.get("q", "").strip()
    account = account if account in ledger_rules.ACCOUNTS else ""
    page = page_by_id(ledger_queries.entries_query(programme, account, text), Transfer.id)
    budget = queries.budgets([programme.id])[programme.id]
    others = [row for row in visible_programmes(actor).limit(200) if row.id != programme.id]
    return render_template(
        "funds/ledger.html", programme=programme, budget=budget, left=remaining_fen(budget), page=page, account=account, text=text,
        entries=ledger_queries.with_balances(programme, account if not text else "", page.items), balances=ledger_queries.balances(programme),
        books=ledger_rules, values=values, errors=errors, others=others, credit_normal=ledger_queries.CREDIT_NORMAL,
        opens_lists=any(actor.can(permission) for permission in READERS),
    )  # fmt: skip


@bp.get("/funds/programmes/<code>/ledger")
@access(P.FUND_READ)
def show(code: str) -> ResponseReturnValue:
    """The books of a programme: balances, entries with their papers, running balance of one account."""
    return _page({}, {}, code)


@bp.get("/funds/programmes/<code>/ledger.xlsx")
@access(P.FUND_READ)
def sheet(code: str) -> ResponseReturnValue:
    """All entries with live sums: the balances are formulas over the entries."""
    actor = current_actor()
    ledger_queries.require_reader(actor)
    programme = get_programme(actor, code)
    return attachment(workbook(programme), f"{programme.code}-ledger.xlsx")


@bp.post("/funds/programmes/<code>/ledger/lapse")
@access(P.BUDGET_APPROPRIATE)
@form_view(_page)
def lapse(code: str) -> ResponseReturnValue:
    """Take back what was not used."""
    body = load(LapseSchema(), form_values())
    budgets.lapse(current_actor(), code, body["amount_fen"], body["doc_no"])
    done("年终收回已入账。")
    return redirect(url_for("funds.ledger.show", code=code))


@bp.post("/funds/programmes/<code>/ledger/carry")
@access(P.BUDGET_APPROPRIATE)
@form_view(_page)
def carry_over(code: str) -> ResponseReturnValue:
    """Carry what was not used into another programme."""
    body = load(CarrySchema(), form_values())
    budgets.carry_over(current_actor(), code, body["into"], body["amount_fen"], body["doc_no"])
    done("结转已入账，两个项目同时记账。")
    return redirect(url_for("funds.ledger.show", code=code))


@bp.post("/funds/programmes/<code>/ledger/reverse")
@access(P.BUDGET_APPROPRIATE)
@form_view(_page)
def reverse(code: str) -> ResponseReturnValue:
    """Correct an entry by its mirror image."""
    body = load(ReverseSchema(), form_values())
    budgets.reverse(current_actor(), body["key"], body["reason"])
    done("已冲销，原分录保留。")
    return redirect(url_for("funds.ledger.show", code=code))


def workbook(programme: Any) -> bytes:
    """One sheet of entries, one of balances; every balance is a SUMIFS over the entries, the last line their sum: nought in sound books."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    head, money = book.add_format({"bold": True, "bottom": 2}), book.add_format({"num_format": "#,##0.00"})
    rows, accounts = book.add_worksheet("分录"), book.add_worksheet("余额")
    titles = ("时间", "业务", "借方科目", "贷方科目", "金额（元）", "凭据", "申请号", "经办", "说明")
    for place, title in enumerate(titles):
        rows.write_string(0, place, title, head)
        rows.set_column(place, place, (18, 14, 14, 14, 16, 22, 14, 12, 24)[place])
    entries = ledger_queries.all_entries(programme)
    words = ledger_rules.ACCOUNTS
    for line, entry in enumerate(entries, 1):
        row = entry.transfer
        texts = (
            to_local(row.at).strftime("%Y-%m-%d %H:%M"), ledger_rules.KINDS[row.kind], words[entry.debit], words[entry.credit], None, row.doc_no,
            row.application.no if row.application_id else "", row.actor_name, row.reason,
        )  # fmt: skip
        for place, text in enumerate(texts):
            if text is not None:
                rows.write_string(line, place, text)
        rows.write_number(line, 4, entry.amount_fen / 100, money)
    rows.freeze_panes(1, 0)
    _balances(accounts, head, money, len(entries) + 1, ledger_queries.balances(programme))
    book.close()
    return out.getvalue()


def _balances(sheet: Any, head: Any, money: Any, last: int, known: dict[str, int]) -> None:
    for place, title in enumerate(("科目", "借方合计（元）", "贷方合计（元）", "借减贷（元）")):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, 18)
    signs = {kind: -amount if kind in ledger_queries.CREDIT_NORMAL else amount for kind, amount in known.items()}
    for line, (kind, word) in enumerate(ledger_rules.ACCOUNTS.items(), 2):
        sheet.write_string(line - 1, 0, word)
        sheet.write_formula(line - 1, 1, f"=SUMIFS(分录!E$2:E${last},分录!C$2:C${last},A{line})", money)
        sheet.write_formula(line - 1, 2, f"=SUMIFS(分录!E$2:E${last},分录!D$2:D${last},A{line})", money)
        sheet.write_formula(line - 1, 3, f"=B{line}-C{line}", money, signs[kind] / 100)
    end = len(ledger_rules.ACCOUNTS) + 1
    sheet.write_string(end, 0, "合计（应为 0）", head)
    sheet.write_formula(end, 3, f"=SUM(D2:D{end})", money, 0)
