"""The bank's return file: read by line id, every bad row told at once, booked only when nothing is wrong; the same file again changes nothing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import FieldError, Invalid, RuleBroken
from trace.core.identifiers import redact
from trace.core.text import Message
from trace.core.units import format_yuan, parse_yuan
from trace.files.rules import clean_name
from trace.imports.sheets import read_table
from trace.payments import queries, rules
from trace.payments.batches import Result, checked_answers, record_results
from trace.payments.models import BankFile, PaymentBatch, PaymentLine

HEADINGS = {
    "code": ("明细号", "明细编号", "业务编号", "line", "line_id", "code"),
    "state": ("结果", "状态", "处理结果", "交易状态", "result", "status"),
    "amount": ("金额（元）", "金额(元)", "金额", "交易金额", "amount"),
    "holder": ("收款户名", "户名", "姓名", "收款人"),
    "bank_ref": ("流水号", "银行流水号", "交易流水号", "凭证号", "ref"),
    "reason": ("失败原因", "原因", "退回原因", "备注", "reason"),
}
NEEDED = ("code", "state")
_TOTAL = re.compile(r"^(合计|总计|批次校验值|小计)")


@dataclass(frozen=True)
class Fault:
    """One thing wrong in the file: the row as the spreadsheet numbers it (0: the whole file), and what."""

    row: int
    message: Message


@dataclass
class Reading:
    """What a file says: answers by line, faults, and the sums of what would be booked."""

    sha256: str
    name: str
    answers: list[Result] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0
    total_fen: int = 0
    read_before: bool = False

    def count(self, state: str) -> int:
        """How many lines the file gives this state."""
        return sum(answer.state == state for answer in self.answers)


def check_return(actor: Actor, no: str, name: str, body: bytes) -> Reading:
    """Dry run: what the file would do to the batch, and everything that is wrong with it. Writes nothing."""
    actor.require(Permission.PAYMENT_MAKE)
    batch = queries.get_batch(actor, no)
    lines = {line.code: line for line in queries.lines(batch)}
    reading = _read(name, body, lines)
    reading.read_before = _read_before(reading.sha256, batch)
    if batch.state not in ("released", "done"):
        reading.faults.insert(0, Fault(0, Message("批次 %(no)s 还没有复核放行，不能登记银行回单。", {"no": no})))
    return reading


def apply_return(actor: Actor, no: str, name: str, body: bytes) -> PaymentBatch:
    """Book a file without faults; one with faults is refused whole, with all of them."""
    with operation(actor, Permission.PAYMENT_MAKE) as op:
        batch = queries.lock_batch(actor, no)
        reading = check_return(actor, no, name, body)
        if reading.faults:
            raise Invalid(errors=[_told(fault) for fault in reading.faults[:50]])
        if reading.read_before:
            op.record("payment.return_file", batch, sha256=reading.sha256, repeated=True)
            return batch
        made = record_results(actor, no, reading.answers)
        BankFile.create(
            sha256=reading.sha256, kind="return", name=reading.name, batch=batch, row_count=reading.rows, total_fen=reading.total_fen,
            read_by=actor.user_id, reader_name=actor.display_name, read_at=op.at,
        )  # fmt: skip
        op.record("payment.return_file", batch, sha256=reading.sha256, rows=reading.rows)
        return made


def _read(name: str, body: bytes, lines: dict[str, PaymentLine]) -> Reading:
    reading = Reading(hashlib.sha256(body).hexdigest(), redact(clean_name(name)) or "回单")
    try:
        table = read_table(body)
    except Invalid as error:
        reading.faults.append(Fault(0, error.message))
        return reading
    start, places = find_headings(table.rows, HEADINGS)
    missing = [HEADINGS[key][0] for key in NEEDED if key not in places]
    if missing:
        reading.faults.append(Fault(0, Message("没有找到表头：%(names)s。", {"names": "、".join(missing)})))
        return reading
    seen: dict[str, int] = {}
    for number, cells in table.rows[start + 1 :]:
        if _TOTAL.match(next((cell for cell in cells if cell), "")):
            continue
        reading.rows += 1
        answer = _answer(reading, number, {key: _cell(cells, place) for key, place in places.items()}, lines)
        if answer is None:
            continue
        if answer.code in seen:
            words = "明细 %(code)s 在第 %(row)s 行已经出现过。"
            reading.faults.append(Fault(number, Message(words, {"code": answer.code, "row": seen[answer.code]})))
            continue
        seen[answer.code] = number
        reading.answers.append(answer)
        reading.total_fen += lines[answer.code].amount_fen if answer.state == "paid" else 0
    if not reading.rows:
        reading.faults.append(Fault(0, Message("文件里没有明细行。")))
    _check_states(reading, seen, lines)
    return reading


def _answer(reading: Reading, number: int, row: dict[str, str], lines: dict[str, PaymentLine]) -> Result | None:
    """One row as an answer; everything wrong with it is noted with its row number, amounts and names included."""
    code, found = row["code"].strip(), len(reading.faults)
    line = lines.get(code)
    if line is None:
        shown = redact(code)[:30] or "—"
        reading.faults.append(Fault(number, Message("本批没有明细 %(code)s。", {"code": shown})))
        return None
    state = rules.RESULTS.get(row["state"].strip())
    if state is None:
        words = Message("结果“%(text)s”看不懂，请填成功、失败或退票。", {"text": redact(row["state"])[:20]})
        reading.faults.append(Fault(number, words))
    if row.get("amount"):
        _check_amount(reading, number, row["amount"], line)
    if row.get("holder") and not rules.same_name(row["holder"], line.holder_name):
        words = Message("收款户名与明细 %(code)s 的收款人不一致。", {"code": code})
        reading.faults.append(Fault(number, words))
    if state in ("failed", "returned") and not row.get("reason", "").strip():
        reading.faults.append(Fault(number, Message("请填写明细 %(code)s 支付失败的原因。", {"code": code})))
    if len(reading.faults) > found or state is None:
        return None
    return Result(code, state, row.get("bank_ref", "").strip()[:60], redact(row.get("reason", "").strip())[:200])


def _check_amount(reading: Reading, number: int, text: str, line: PaymentLine) -> None:
    try:
        fen = parse_yuan(text)
    except Invalid as error:
        reading.faults.append(Fault(number, error.message))
        return
    if fen != line.amount_fen:
        words = "明细 %(code)s 金额 %(got)s 元，批次为 %(want)s 元，相差 %(gap)s 元。"
        values = {
            "code": line.code, "got": format_yuan(fen), "want": format_yuan(line.amount_fen), "gap": format_yuan(fen - line.amount_fen),
        }  # fmt: skip
        reading.faults.append(Fault(number, Message(words, values)))


def _check_states(reading: Reading, seen: dict[str, int], lines: dict[str, PaymentLine]) -> None:
    """What became of a line is final: an answer that contradicts an earlier one is a fault of its row."""
    for answer in reading.answers:
        try:
            checked_answers(lines, [answer])
        except Invalid as error:
            reading.faults.append(Fault(seen[answer.code], error.errors[0].message))
    reading.faults.sort(key=lambda fault: fault.row)


def find_headings(rows: list[tuple[int, list[str]]], known: dict[str, tuple[str, ...]]) -> tuple[int, dict[str, int]]:
    """The row of the headings among the first ten, and where each known column stands."""
    best: tuple[int, dict[str, int]] = (0, {})
    for index, (_, cells) in enumerate(rows[:10]):
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            for key, names in known.items():
                if key not in places and cell.strip().lower() in names:
                    places[key] = place
        if len(places) > len(best[1]):
            best = (index, places)
    return best


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _read_before(sha256: str, batch: PaymentBatch) -> bool:
    found = BankFile.get_or_none(BankFile.kind == "return", BankFile.sha256 == sha256)
    if found is not None and found.batch_id != batch.id:
        raise RuleBroken("这份文件已作为另一批次的回单登记过。", code="FILE_OF_ANOTHER", field="file")
    return found is not None


def _told(fault: Fault) -> FieldError:
    words = (
        Message("第 %(row)s 行：%(text)s", {"row": fault.row, "text": str(fault.message)})
        if fault.row
        else fault.message
    )
    return FieldError("file", "RETURN_FILE", words)
