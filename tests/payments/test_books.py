"""The books by hand, approval lists with too little money, reconciliation to the fen."""

from __future__ import annotations

import io

import openpyxl
import pytest
from peewee import IntegrityError

from tests.factories import funds
from tests.payments.conftest import approved
from trace.audit import operation
from trace.core.actor import Permission
from trace.core.errors import Invalid, RuleBroken
from trace.funds import approvals, budgets, ledger, ledger_queries, ledger_views
from trace.funds import checks as fund_checks
from trace.funds.approval_models import ApprovalItem, ApprovalList
from trace.funds.approval_rules import Claim, shares
from trace.funds.ledger import Posting
from trace.funds.ledger_models import Account, Budget, Transfer
from trace.funds.models import Application
from trace.funds.rules import Action, State
from trace.payments import reconcile
from trace.programmes.models import Programme
from trace.registry.models import SiteSetting

VECTOR = (3_333_333, 4_500_000, 6_120_050, 846_617)
"""Domain brief §5.7: 148 000.00 claimed of 100 000.00."""


def findings() -> list[str]:
    return [found for check in fund_checks.CHECKS for found in check()]


def test_pro_rata_as_in_the_brief():
    given = shares([Claim(f"SB{n}", fen) for n, fen in enumerate(VECTOR)], 10_000_000, "pro_rata")
    assert [share.amount_fen for share in given] == [2_252_252, 3_040_541, 4_135_169, 572_038]
    assert sum(share.amount_fen for share in given) == 10_000_000


def test_a_queue_is_served_in_order_and_nobody_is_passed_over():
    claims = [Claim("a", 40), Claim("b", 70), Claim("c", 10)]
    assert [share.amount_fen for share in shares(claims, 100, "queue")] == [40, 0, 0]
    assert [share.amount_fen for share in shares(claims, 120, "")] == [40, 70, 10]


def test_too_little_money_reduces_all_alike_and_the_sheet_says_so(home):
    scheme = funds.programme(home, money_fen=1_000_000)
    Programme.update(shortage="pro_rata").execute()
    items = approved(home, scheme, 2, to=State.PUBLICITY_PASSED)
    office, leader = home.actor("office"), home.actor("leader")
    nos = [item.no for item in items]
    with pytest.raises(RuleBroken, match="^本项目剩余指标 1.00 万元，本批需 1.80 万元，请调整批次或申请追加。$"):
        approvals.convene(office, nos)
    with pytest.raises(Invalid, match="项目通知规定，指标不够时按比例折减。"):
        approvals.convene(office, nos, shortage="queue")
    made = approvals.convene(office, nos, shortage="pro_rata")[0]
    assert (made.claimed_fen, made.total_fen, made.shortage) == (1_800_000, 1_000_000, "pro_rata")
    assert Budget.get(Budget.programme == scheme).reserved_fen == 1_000_000
    approvals.approve(leader, nos, "同意。", "纪要1号")
    rows = list(Application.select().order_by(Application.id))
    assert [row.amount_fen for row in rows] == [500_000, 500_000]
    assert rows[0].sheet["reduction"] == {"claimed_fen": 900_000, "amount_fen": 500_000, "rule": "pro_rata"}
    assert findings() == []


def test_a_queue_leaves_the_last_waiting(home):
    scheme = funds.programme(home, money_fen=1_000_000)
    items = approved(home, scheme, 2, to=State.PUBLICITY_PASSED)
    approvals.convene(home.actor("office"), [item.no for item in items], shortage="queue")
    assert [row.state for row in Application.select().order_by(Application.id)] == ["APPROVING", "PUBLICITY_PASSED"]
    assert findings() == []


def test_sent_back_and_refused_give_the_money_free(home, scheme):
    items = approved(home, scheme, 2, to=State.APPROVING)
    assert Budget.get(Budget.programme == scheme).reserved_fen == 1_800_000
    funds.step(home, items[0].no, "leader", Action.SEND_BACK, opinion="面积再核。")
    funds.step(home, items[1].no, "leader", Action.REJECT, opinion="不符合。")
    assert Budget.get(Budget.programme == scheme).reserved_fen == 0
    assert {row.state for row in ApprovalItem.select()} == {"back", "rejected"}
    assert {row.state for row in ApprovalList.select()} == {"emptied"}
    assert findings() == []


def test_a_large_list_needs_the_heads_signature(home, scheme):
    SiteSetting.create(key="funds.head_signature_fen", value=900_000)
    item = approved(home, scheme, 1, to=State.APPROVING)[0]
    leader = home.actor("leader")
    with pytest.raises(Invalid, match="须填写主要负责人签批件文号"):
        approvals.approve(leader, [item.no], "同意。", "纪要1号")
    approvals.approve(leader, [item.no], "同意。", "纪要1号", "签批〔2026〕7号")
    assert ApprovalList.get().head_ref == "签批〔2026〕7号"
    assert findings() == []


def test_the_year_ends_with_lapse_carry_over_and_a_correction(home, scheme):
    maker = home.actor("finance_maker")
    later = funds.programme(home, money_fen=0, name="2027年新造奖补", year=2027)
    with pytest.raises(Invalid, match="本项目可用指标只有"):
        budgets.lapse(maker, scheme.code, 100_000_001, "财收1号")
    budgets.lapse(maker, scheme.code, 30_000_000, "财收1号")
    budgets.lapse(maker, scheme.code, 30_000_000, "财收1号")
    budgets.carry_over(maker, scheme.code, later.code, 20_000_000, "结转1号")
    with pytest.raises(Invalid, match="请选择结转到哪个项目"):
        budgets.carry_over(maker, scheme.code, scheme.code, 1, "结转2号")
    old, new = (Budget.get(Budget.programme == row) for row in (scheme, later))
    assert (old.withdrawn_fen, new.appropriated_fen) == (50_000_000, 20_000_000)
    entry = Transfer.get(Transfer.kind == "lapse")
    budgets.reverse(maker, entry.key, "文号写错")
    with pytest.raises(RuleBroken, match="已经冲销过"):
        reverse_again(maker, entry)
    assert Budget.get(Budget.programme == scheme).withdrawn_fen == 20_000_000
    assert findings() == []


def reverse_again(maker, entry) -> None:
    """The key makes a repeat harmless, so a second reversal is tried under another key."""
    with operation(maker, Permission.BUDGET_APPROPRIATE) as op:
        op.record("budget.reverse", "x")
        ledger.post(
            op,
            Posting(
                "reverse",
                entry.programme_id,
                entry.amount_fen,
                "other",
                "paper",
                "x",
                reverses=entry.key,
                reason="再冲",
            ),
        )


def test_the_database_refuses_wrong_books(home, scheme):
    """Whatever the code does: wrong accounts, moved sums, and more than was appropriated do not get in."""
    accounts = {row.kind: row for row in Account.select().where(Account.programme == scheme)}
    base = {
        "programme": scheme,
        "doc_kind": "paper",
        "doc_no": "x",
        "actor_id": 1,
        "actor_name": "x",
        "at": scheme.drafted_at,
    }
    with pytest.raises(IntegrityError, match="wrong accounts"):
        Transfer.create(
            key="a", kind="lapse", debit=accounts["paid"], credit=accounts["available"], amount_fen=1, **base
        )
    with pytest.raises(IntegrityError):
        Transfer.create(
            key="b", kind="lapse", debit=accounts["lapsed"], credit=accounts["available"], amount_fen=10**9, **base
        )
    with pytest.raises(IntegrityError, match="budget moves with transfers only"):
        Budget.update(appropriated_fen=10**12).execute()
    with pytest.raises(IntegrityError):
        Budget.delete().execute()
    Transfer.create(key="c", kind="lapse", debit=accounts["lapsed"], credit=accounts["available"], amount_fen=1, **base)
    assert Budget.get(Budget.programme == scheme).withdrawn_fen == 1, "the database moved the sum by itself"


def test_running_balances_end_at_the_balance(payable):
    funds.pay(payable.home, payable.nos[:2])
    entries = ledger_queries.all_entries(payable.scheme, "committed")
    assert [entry.balance_fen for entry in entries] == [900_000, 1_800_000, 2_700_000, 1_800_000, 900_000]
    rows = list(ledger_queries.entries_query(payable.scheme, "committed").order_by(Transfer.id.desc()))
    assert [entry.balance_fen for entry in ledger_queries.with_balances(payable.scheme, "committed", rows)] == [
        entry.balance_fen for entry in reversed(entries)
    ]
    balances = ledger_queries.balances(payable.scheme)
    assert (balances["source"], balances["paid"], balances["committed"]) == (100_000_000, 1_800_000, 900_000)
    book = openpyxl.load_workbook(io.BytesIO(ledger_views.workbook(payable.scheme)))
    assert (
        book["余额"]["B2"].value.startswith("=SUMIFS(分录!E$2:E$")
        and book["分录"].max_row == Transfer.select().count() + 1
    )


STATEMENT = "日期,金额,附言,流水号\n"


def statement(*rows: tuple[str, str, str]) -> bytes:
    return (STATEMENT + "".join(f"{day},{amount},{remark},B\n" for day, amount, remark in rows)).encode()


def test_one_fen_is_found_and_placed(payable):
    maker = payable.actor("finance_maker")
    batch = funds.pay(payable.home, payable.nos)
    day = "2026-09-24"
    body = statement(
        (day, "9000.00", f"代发 {batch.no}-00001"), (day, "9000.01", f"{batch.no}-00002"), (day, "12.00", "手续费"),
    )  # fmt: skip
    reconcile.import_statement(maker, "流水.csv", body)
    reconcile.import_statement(maker, "又一次.csv", body)
    found = reconcile.compare(maker)
    items = {item.subject: item for item in found.open_items}
    assert found.matched == 1 and found.bank_fen - found.booked_fen == 1_801_201 - 2_700_000
    wrong = items[f"{batch.no}-00002"]
    assert (wrong.kind, wrong.gap_fen, wrong.where) == ("amount", 1, "流水.csv 第 3 行")
    assert items[f"{batch.no}-00003"].kind == "missing"
    stray = next(item for item in found.open_items if item.kind == "unknown")
    assert (stray.bank_fen, stray.where) == (1_200, "流水.csv 第 4 行")
    reconcile.explain(maker, wrong.subject, "银行多扣一分，已要求退回。")
    again = {item.subject: item for item in reconcile.compare(maker).open_items}
    assert again[wrong.subject].note.startswith("银行多扣一分") and again[wrong.subject].gap_fen == 1
    with pytest.raises(RuleBroken, match="已经不存在"):
        reconcile.explain(maker, f"{batch.no}-00001", "没事")
    assert findings() == []


def test_paid_twice_and_money_that_came_back_are_told_apart(payable):
    maker = payable.actor("finance_maker")
    batch = funds.pay(payable.home, payable.nos)
    day = "2026-09-24"
    twice = [(day, "9000", f"{batch.no}-0000{n}") for n in (1, 1, 2, 3)]
    reconcile.import_statement(maker, "a.csv", statement(*twice, (day, "-9000", f"{batch.no}-00002")))
    kinds = {item.subject: item.kind for item in reconcile.compare(maker).open_items}
    assert kinds == {f"{batch.no}-00001": "twice", f"{batch.no}-00002": "amount"}


def test_a_bad_statement_names_every_row(payable):
    maker = payable.actor("finance_maker")
    with pytest.raises(Invalid) as refused:
        reconcile.import_statement(
            maker, "a.csv", statement(("2026-13-01", "1", ""), ("2026-09-01", "多少", ""), ("2027-01-01", "1", ""))
        )
    told = [str(item.message) for item in refused.value.errors]
    assert [text[:6] for text in told] == ["第 2 行：", "第 3 行：", "第 4 行："]
