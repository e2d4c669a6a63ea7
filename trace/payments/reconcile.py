"""Three ways side by side: what was instructed, what the bank's statement says, what the books say. A difference of one fen is found and placed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.identifiers import redact
from trace.core.text import N_, Message
from trace.core.units import parse_yuan
from trace.db.rows import put_rows
from trace.files.rules import clean_name
from trace.funds.ledger_models import Transfer
from trace.funds.models import Application
from trace.imports.cells import read_date
from trace.imports.sheets import read_table
from trace.payments.models import BankFile, BankRow, PaymentBatch, PaymentLine, ReconciliationNote
from trace.payments.returns import Fault, find_headings
from trace.programmes.models import Programme

KINDS = {
    "matched": N_("三方一致"),
    "amount": N_("金额不符"),
    "missing": N_("银行流水中没有"),
    "unbooked": N_("银行已付，账上未记"),
    "returned": N_("已退回"),
    "unknown": N_("流水无法对应"),
    "twice": N_("银行重复支付"),
    "ledger": N_("明细与账不符"),
}
TONES = {"matched": "ok", "returned": "info", "missing": "todo", "unbooked": "todo"}
HEADINGS = {
    "booked_on": ("记账日期", "交易日期", "日期", "date"),
    "amount": ("金额（元）", "金额(元)", "金额", "交易金额", "借方金额", "支出", "amount"),
    "back": ("贷方金额", "收入", "退回金额"),
    "code": ("明细号", "附言", "摘要", "用途", "业务编号", "code"),
    "bank_ref": ("流水号", "银行流水号", "交易流水号", "凭证号", "ref"),
}


@dataclass(frozen=True)
class Match:
    """One line of the comparison; amounts in fen, None where a side has nothing. ``subject`` is what a note about it hangs on."""

    kind: str
    subject: str
    batch: str
    application: str
    payee: str
    instructed_fen: int | None
    bank_fen: int | None
    booked_fen: int | None
    where: str = ""
    note: str = ""

    @property
    def gap_fen(self) -> int:
        """By how much the sides differ: bank less what the books have paid out (or what was instructed)."""
        base = self.booked_fen if self.booked_fen is not None else self.instructed_fen or 0
        return (self.bank_fen or 0) - base


@dataclass
class Result:
    """The whole comparison: sums of the three sides and every line that asks for an answer."""

    instructed_fen: int = 0
    bank_fen: int = 0
    booked_fen: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    open_items: list[Match] = field(default_factory=list)
    matched: int = 0


def import_statement(actor: Actor, name: str, body: bytes) -> BankFile:
    """Read the bank's statement. All bad rows are told at once; the same file again is recognised and changes nothing."""
    with operation(actor, Permission.PAYMENT_MAKE) as op:
        digest = hashlib.sha256(body).hexdigest()
        known = BankFile.get_or_none(BankFile.kind == "statement", BankFile.sha256 == digest)
        if known is not None:
            op.record("payment.statement", digest[:16], repeated=True)
            return known
        rows, faults = _read(body)
        if faults:
            raise Invalid(errors=[_told(fault) for fault in faults[:50]])
        made = BankFile.create(
            sha256=digest, kind="statement", name=redact(clean_name(name)) or "流水", row_count=len(rows), total_fen=sum(row["amount_fen"] for row in rows),
            read_by=actor.user_id, reader_name=actor.display_name, read_at=op.at,
        )  # fmt: skip
        put_rows(BankRow, [{"file": made.id, **row} for row in rows])
        op.record("payment.statement", digest[:16], rows=len(rows), total_fen=made.total_fen)
        return made


def explain(actor: Actor, subject: str, text: str) -> ReconciliationNote:
    """Write down, signed, what is behind a difference. Nothing is changed by it: the difference stays visible beside the note."""
    with operation(actor, Permission.PAYMENT_MAKE) as op:
        if not text.strip():
            raise Invalid("请写明差异的原因和处理办法。", field="text", code="MISSING")
        if not any(item.subject == subject for item in compare(actor).open_items):
            raise RuleBroken("这项差异已经不存在，请刷新。", code="NO_DIFFERENCE")
        made = ReconciliationNote.create(
            subject=subject,
            text=redact(text.strip())[:300],
            writer_id=actor.user_id,
            writer_name=actor.display_name,
            at=op.at,
        )
        op.record("payment.reconcile_note", subject, text=made.text)
        return made


def compare(actor: Actor, programme: str = "", batch: str = "", year: int | None = None) -> Result:
    """Every released line against statement and books; what belongs to no line stands at the end."""
    actor.require(Permission.PAYMENT_READ)
    whole = not programme and not batch and year is None
    bank = _by_code()
    booked = _booked()
    notes = {
        row.subject: f"{row.text}（{row.writer_name}）"
        for row in ReconciliationNote.select().order_by(ReconciliationNote.id)
    }
    found = Result()
    for line in _lines(programme, batch, year):
        item = _line_match(line, bank.pop(line.code, []), booked.pop(line.code, 0), notes)
        found.instructed_fen += item.instructed_fen or 0
        found.bank_fen += item.bank_fen or 0
        found.booked_fen += item.booked_fen or 0
        _count(found, item)
    for item in _strays(bank, booked, notes) if whole else ():
        found.bank_fen += item.bank_fen or 0
        found.booked_fen += item.booked_fen or 0
        _count(found, item)
    return found


def _count(found: Result, item: Match) -> None:
    found.counts[item.kind] = found.counts.get(item.kind, 0) + 1
    if item.kind == "matched":
        found.matched += 1
    else:
        found.open_items.append(item)


def _lines(programme: str, batch: str, year: int | None) -> Any:
    rows = (
        PaymentLine.select(PaymentLine, PaymentBatch, Application, Programme)
        .join(PaymentBatch)
        .switch(PaymentLine)
        .join(Application)
        .join(Programme)
        .where(PaymentBatch.state.in_(("released", "done")))
        .order_by(PaymentLine.code)
    )
    if programme:
        rows = rows.where(Programme.code == programme)
    if batch:
        rows = rows.where(PaymentBatch.no == batch)
    return rows.where(Programme.year == year) if year else rows


def _by_code() -> dict[str, list[tuple[int, str]]]:
    """Statement movements by line id: amount and where the row stands."""
    found: dict[str, list[tuple[int, str]]] = {}
    rows = BankRow.select(BankRow, BankFile).join(BankFile).order_by(BankRow.id)
    for row in rows:
        key = row.line_code or f"#{row.file_id}:{row.row}"
        found.setdefault(key, []).append((row.amount_fen, f"{row.file.name} 第 {row.row} 行"))
    return found


def _booked() -> dict[str, int]:
    """What the books have paid out on each line, returns taken off."""
    found: dict[str, int] = {}
    rows = Transfer.select(Transfer.key, Transfer.kind, Transfer.amount_fen).where(Transfer.kind.in_(("pay", "return")))
    for key, kind, amount in rows.tuples():
        code = key.partition(":")[2]
        found[code] = found.get(code, 0) + (amount if kind == "pay" else -amount)
    return found


def _line_match(line: PaymentLine, moves: list[tuple[int, str]], booked: int, notes: dict[str, str]) -> Match:
    bank = sum(amount for amount, _ in moves)
    outs = [amount for amount, _ in moves if amount > 0]
    instructed = line.amount_fen if line.state in ("pending", "paid") else 0
    due = line.amount_fen if line.state == "paid" else 0
    if booked != due:
        kind = "ledger"
    elif len(outs) > 1 and bank > line.amount_fen:
        kind = "twice"
    elif bank == booked and instructed == booked:
        kind = "matched" if not (line.state == "returned" and not moves) else "missing"
    elif not moves:
        kind = "missing"
    elif line.state == "pending" and bank == line.amount_fen:
        kind = "unbooked"
    else:
        kind = "amount"
    return Match(
        kind, line.code, line.batch.no, line.application.no, line.payee_name, instructed, bank if moves else None, booked,
        "；".join(where for _, where in moves), notes.get(line.code, ""),
    )  # fmt: skip


def _strays(bank: dict[str, list[tuple[int, str]]], booked: dict[str, int], notes: dict[str, str]) -> Iterator[Match]:
    """Movements of the bank that no line explains, and payments in the books without a line."""
    for key, moves in bank.items():
        where = "；".join(place for _, place in moves)
        yield Match(
            "unknown", key, "", "", "", None, sum(amount for amount, _ in moves), None, where, notes.get(key, "")
        )
    for code, amount in booked.items():
        if amount:
            yield Match("ledger", code, "", "", "", None, None, amount, "", notes.get(code, ""))


def statements() -> list[BankFile]:
    """The statements read, newest first."""
    return list(BankFile.select().where(BankFile.kind == "statement").order_by(BankFile.id.desc()).limit(50))


def programme_sums(actor: Actor) -> list[tuple[str, str, int, int]]:
    """Code, name, paid lines and paid by the books of each programme: the two columns must agree."""
    actor.require(Permission.PAYMENT_READ)
    rows = (
        PaymentLine.select(Programme.id, Programme.code, Programme.name, fn.SUM(PaymentLine.amount_fen))
        .join(Application)
        .join(Programme)
        .where(PaymentLine.state == "paid")
        .group_by(Programme.id, Programme.code, Programme.name)
        .order_by(Programme.code)
    )
    books: dict[int, int] = {}
    for key, kind, amount in (
        Transfer.select(Transfer.programme, Transfer.kind, fn.SUM(Transfer.amount_fen))
        .where(Transfer.kind.in_(("pay", "return")))
        .group_by(Transfer.programme, Transfer.kind)
        .tuples()
    ):
        books[key] = books.get(key, 0) + (int(amount) if kind == "pay" else -int(amount))
    return [(code, name, int(amount), books.get(key, 0)) for key, code, name, amount in rows.tuples()]


def _read(body: bytes) -> tuple[list[dict[str, Any]], list[Fault]]:
    table = read_table(body)
    start, places = find_headings(table.rows, HEADINGS)
    missing = [HEADINGS[key][0] for key in ("booked_on", "amount") if key not in places]
    if missing:
        return [], [Fault(0, Message("没有找到表头：%(names)s。", {"names": "、".join(missing)}))]
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, cells in table.rows[start + 1 :]:
        cell = {key: cells[place] if place < len(cells) else "" for key, place in places.items()}
        if cells and cells[0].startswith(("合计", "总计", "期初", "期末")):
            continue
        try:
            rows.append(_movement(number, cell))
        except Invalid as error:
            faults.append(Fault(number, error.message))
    if not rows and not faults:
        faults.append(Fault(0, Message("文件里没有流水。")))
    return rows, faults


def _movement(number: int, cell: dict[str, str]) -> dict[str, Any]:
    """One row; money that came back is negative, whether the bank marks it with a minus or in a column of its own."""
    out, back = cell.get("amount", "").strip(), cell.get("back", "").strip()
    if out in ("", "0", "0.00") and back:
        amount = -parse_yuan(back)
    elif out.startswith(("-", "−")):
        amount = -parse_yuan(out[1:])
    else:
        amount = parse_yuan(out)
    day: date = read_date(cell.get("booked_on", ""))
    if day > business_date():
        raise Invalid("记账日期 %(day)s 还没有到。", code="DATE_FUTURE", day=day.isoformat())
    return {
        "row": number, "booked_on": day, "line_code": _code_in(cell.get("code", "")), "amount_fen": amount,
        "bank_ref": redact(cell.get("bank_ref", "").strip())[:60],
    }  # fmt: skip


def _code_in(text: str) -> str:
    """The id of a line wherever the bank put it in its remark."""
    for word in text.replace("：", " ").replace(":", " ").replace("，", " ").split():
        parts = word.split("-")
        if len(parts) == 3 and word.startswith("ZF") and parts[1].isdigit() and parts[2].isdigit():
            return word[:40]
    return ""


def _told(fault: Fault) -> FieldError:
    words = (
        Message("第 %(row)s 行：%(text)s", {"row": fault.row, "text": str(fault.message)})
        if fault.row
        else fault.message
    )
    return FieldError("file", "STATEMENT", words)
