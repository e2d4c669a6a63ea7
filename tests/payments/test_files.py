"""What goes to the bank and what comes back: files by templates, return files by line id, nothing twice, every fault at once."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.conftest import post
from tests.factories import funds
from trace.audit.models import AuditEntry
from trace.core.errors import Invalid, RuleBroken
from trace.funds.ledger_models import Budget, Transfer
from trace.funds.models import Application
from trace.funds.rules import State
from trace.payments import bank_files, batches, checks, queries, returns
from trace.payments.models import BankFile, PaymentLine


def findings() -> list[str]:
    return [finding for check in checks.CHECKS for finding in check()]


def released(payable):
    batch = batches.make_batch(payable.actor("finance_maker"), payable.nos)
    return funds.release(payable.home, batch.no)


def answer_file(batch, states: list[tuple], form: str = "csv") -> bytes:
    """A return file as a bank would send it: line id, name, amount, result, reason, reference."""
    rows = [
        ["明细号", "收款户名", "金额（元）", "处理结果", "失败原因", "流水号"],
        *states,
        ["合计", "", "", "", "", ""],
    ]
    if form == "csv":
        return "\n".join(",".join(str(cell) for cell in row) for row in rows).encode("gb18030")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(
    batch, number: int, result: str = "成功", *, amount: str = "9000.00", name: str = "青坡合作社", reason: str = ""
) -> list[str]:
    return [f"{batch.no}-{number:05d}", name, amount, result, reason, f"B{number:04d}"]


def test_the_file_carries_accounts_totals_and_the_hash(payable):
    batch, maker = released(payable), payable.actor("finance_maker")
    sheet = openpyxl.load_workbook(io.BytesIO(bank_files.bank_file(maker, batch.no, "xlsx"))).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert rows[0] == ["序号", "明细号", "收款户名", "收款账号", "开户行", "金额（元）", "用途", "批次号"]
    assert rows[1][1:4] == [f"{batch.no}-00001", "青坡合作社", funds.ACCOUNT] and rows[1][5] == 9000
    assert rows[4][0] == "合计 3 笔" and rows[4][5] == "=SUM(F2:F4)"
    assert rows[5][0] == f"批次校验值 {batch.digest}"
    text = bank_files.bank_file(maker, batch.no, "csv").decode("utf-8-sig")
    assert text.count(funds.ACCOUNT) == 3 and "合计 3 笔,,,,,27000.00" in text and batch.digest in text
    kept = [entry.detail["form"] for entry in AuditEntry.select().where(AuditEntry.action == "payment.file")]
    assert kept == ["xlsx", "csv"], "every copy leaves its trail"


def test_no_file_before_release_and_none_of_an_altered_batch(payable):
    maker = payable.actor("finance_maker")
    batch = batches.make_batch(maker, payable.nos)
    with pytest.raises(RuleBroken, match="还没有复核放行，不能导出银行文件"):
        bank_files.bank_file(maker, batch.no, "csv")
    funds.release(payable.home, batch.no)
    PaymentLine.update(amount_fen=1).where(PaymentLine.code == f"{batch.no}-00002").execute()
    with pytest.raises(RuleBroken, match="校验值不符"):
        bank_files.bank_file(maker, batch.no, "csv")


def test_the_county_edits_the_columns(payable):
    checker, maker = payable.actor("finance_checker"), payable.actor("finance_maker")
    batch = released(payable)
    with pytest.raises(Invalid) as refused:
        bank_files.save_template(checker, "corporate", " ", [("code", "流水"), ("code", ""), ("colour", "色")])
    told = "".join(str(item.message) for item in refused.value.errors)
    assert "请填写模板名称" in told and "没有这些栏目：colour" in told and "收款户名、收款账号、金额（元）" in told
    assert "不能出现两次" in told and "每一栏都要有表头" in told
    columns = [("account", "ZH"), ("holder", "HM"), ("amount", "JE"), ("code", "BH"), ("purpose_code", "YT")]
    made = bank_files.save_template(
        checker, "corporate", "农商行", columns, purpose_code="TPP01", totals=False, encoding="gb18030"
    )
    assert made.code == "DG-1"
    lines = bank_files.bank_file(maker, batch.no, "csv").decode("gb18030").splitlines()
    assert lines[0] == "ZH,HM,JE,BH,YT" and len(lines) == 4
    assert lines[1] == f"{funds.ACCOUNT},青坡合作社,9000.00,{batch.no}-00001,TPP01"


def test_households_and_firms_go_by_two_channels(payable, household):
    maker = payable.actor("finance_maker")
    with pytest.raises(Invalid, match="农户走一卡通、单位走对公账户，请分两个批次制单"):
        batches.make_batch(maker, [*payable.nos, household.no])
    with pytest.raises(Invalid, match="所选申请应走“一卡通”"):
        batches.make_batch(maker, [household.no], "corporate")
    card = batches.make_batch(maker, [household.no])
    funds.release(payable.home, card.no)
    assert card.kind == "card"
    text = bank_files.bank_file(maker, card.no, "csv").decode("utf-8-sig")
    assert "王小满" in text and "TPP" in text


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_return_file_pays_some_and_sends_one_back(payable, form):
    batch, maker = released(payable), payable.actor("finance_maker")
    body = answer_file(batch, [row(batch, 1), row(batch, 2, "失败", reason="账户已销户"), row(batch, 3)], form)
    reading = returns.check_return(maker, batch.no, f"回单.{form}", body)
    assert (reading.faults, reading.rows, reading.count("paid"), reading.total_fen) == ([], 3, 2, 1_800_000)
    assert Transfer.select().where(Transfer.kind == "pay").count() == 0, "a dry run writes nothing"
    done = returns.apply_return(maker, batch.no, f"回单.{form}", body)
    assert done.state == "done"
    states = [Application.get_by_id(item.id).state for item in payable.applications]
    assert states == [State.PAID, State.PAY_FAILED, State.PAID]
    assert Budget.get(Budget.programme == payable.scheme).paid_fen == 1_800_000
    again = returns.apply_return(maker, batch.no, "另一个名字.csv", body)
    assert again.state == "done" and BankFile.select().count() == 1
    assert Transfer.select().where(Transfer.kind == "pay").count() == 2
    second = batches.make_batch(maker, [payable.nos[1]])
    funds.release(payable.home, second.no)
    returns.apply_return(maker, second.no, "b.csv", answer_file(second, [row(second, 1)]))
    assert Budget.get(Budget.programme == payable.scheme).paid_fen == 2_700_000
    assert findings() == []


def test_every_bad_line_is_told_at_once_and_none_is_booked(payable):
    batch, maker = released(payable), payable.actor("finance_maker")
    body = answer_file(
        batch,
        [
            row(batch, 1, amount="9000.01"), row(batch, 2, "也许"), row(batch, 3, "失败"), row(batch, 9),
            ["ZF26-0777-00001", "", "", "成功", "", ""], row(batch, 2, name="白石合作社"),
        ],
    )  # fmt: skip
    reading = returns.check_return(maker, batch.no, "坏.csv", body)
    told = {(fault.row, str(fault.message)) for fault in reading.faults}
    assert (2, f"明细 {batch.no}-00001 金额 9\u2009000.01 元，批次为 9\u2009000.00 元，相差 0.01 元。") in told
    assert (3, "结果“也许”看不懂，请填成功、失败或退票。") in told
    assert (4, f"请填写明细 {batch.no}-00003 支付失败的原因。") in told
    assert (5, f"本批没有明细 {batch.no}-00009。") in told and (6, "本批没有明细 ZF26-0777-00001。") in told
    assert (7, f"收款户名与明细 {batch.no}-00002 的收款人不一致。") in told
    with pytest.raises(Invalid) as refused:
        returns.apply_return(maker, batch.no, "坏.csv", body)
    assert len(refused.value.errors) == len(told)
    assert {line.state for line in PaymentLine.select()} == {"pending"}


def test_a_paid_line_may_come_back_once_and_be_paid_again(payable):
    batch, maker = released(payable), payable.actor("finance_maker")
    returns.apply_return(maker, batch.no, "a.csv", answer_file(batch, [row(batch, n) for n in (1, 2, 3)]))
    back = answer_file(batch, [row(batch, 2, "退票", reason="户名不符")])
    returns.apply_return(maker, batch.no, "b.csv", back)
    budget = Budget.get(Budget.programme == payable.scheme)
    assert (budget.committed_fen, budget.paid_fen) == (900_000, 1_800_000)
    assert Application.get(Application.no == payable.nos[1]).state == State.PAY_FAILED
    late = answer_file(batch, [row(batch, 1, "失败", reason="错"), row(batch, 2, "成功")])
    told = [str(fault.message) for fault in returns.check_return(maker, batch.no, "c.csv", late).faults]
    assert "已登记支付成功，不能改为失败" in told[0] and "已登记为失败或退票，不能再改" in told[1]
    second = batches.make_batch(maker, [payable.nos[1]])
    funds.release(payable.home, second.no)
    returns.apply_return(maker, second.no, "d.csv", answer_file(second, [row(second, 1)]))
    assert Budget.get(Budget.programme == payable.scheme).paid_fen == 2_700_000
    assert findings() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "文件是空的"),
        ("甲,乙\n1,2".encode(), "没有找到表头：明细号、结果"),
        ("明细号,结果\n".encode(), "文件里没有明细行"),
    ],
)
def test_a_file_that_is_no_answer_says_why(payable, body, words):
    batch = released(payable)
    faults = returns.check_return(payable.actor("finance_maker"), batch.no, "x.csv", body).faults
    assert any(words in str(fault.message) for fault in faults)


def test_the_page_shows_the_faults_and_books_a_clean_file(payable, sign_in):
    batch, browser = released(payable), sign_in("finance_maker")
    address, page = f"/funds/payments/{batch.no}/return-file", f"/funds/payments/{batch.no}"
    bad = post(browser, address, page=page, file=(io.BytesIO(answer_file(batch, [row(batch, 8)])), "a.csv"))
    assert bad.status_code == 422 and "一行也没有登记" in bad.text and f"{batch.no}-00008" in bad.text
    good = answer_file(batch, [row(batch, n) for n in (1, 2, 3)])
    assert "没有发现问题" in post(browser, address, page=page, file=(io.BytesIO(good), "a.csv")).text
    done = post(browser, address, page=page, apply="1", file=(io.BytesIO(good), "a.csv"))
    assert done.status_code == 302 and "已回单" in browser.get(page).text
    assert funds.ACCOUNT not in browser.get(page).text
    file = post(browser, f"{page}/bank-file.csv", page=page)
    assert file.status_code == 200 and file.headers["Content-Disposition"].endswith(f"filename={batch.no}.csv")


def test_a_batch_taken_back_frees_its_applications(payable):
    maker = payable.actor("finance_maker")
    batch = batches.make_batch(maker, payable.nos)
    with pytest.raises(Invalid, match="请写明撤销批次的原因"):
        batches.cancel_batch(maker, batch.no, " ")
    batches.cancel_batch(maker, batch.no, "金额待核")
    with pytest.raises(RuleBroken, match="已经放行或撤销"):
        batches.cancel_batch(maker, batch.no, "再来")
    again = batches.make_batch(maker, payable.nos)
    assert queries.lines(again)[0].live_key == f"{payable.nos[0]}/1"
    assert findings() == []
