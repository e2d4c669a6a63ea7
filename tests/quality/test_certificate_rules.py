"""Every refusal of domain brief §2.3 to the letter, all at once; the verdict table of §2.4. Pure: no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.core.errors import Invalid
from trace.core.identifiers import uscc_check_digit
from trace.pesticides.limits import Answer, Limit, LimitAnswer, Outcome
from trace.quality import certificate_rules as rules
from trace.quality import test_rules
from trace.quality.test_rules import Item, conclusion, parse_mg

BODY = "93430422MA0000001"
USCC = BODY + uscc_check_digit(BODY)
GOOD = rules.Facts(
    lot="H26-0001", unit="g", is_fresh=True, taxon="ehretia_dicksonii", product_name="土枇杷鲜果", known_names=frozenset({"土枇杷鲜果"}),
    quantity=100_000, remaining=420_500, village=True, is_person=False, uscc=USCC, contact="0734-8500001", bases=("control",), report="",
    report_usable="", issued_on=date(2026, 7, 18), today=date(2026, 7, 20), harvested_on=date(2026, 7, 18), producers=1, issuer_buys=False,
)  # fmt: skip
WRONG = [
    ({"product_name": "枇杷鲜果"}, "product_name", "产品名称与树种不符：本批为粗糠树（土枇杷），不能写‘枇杷’。"),
    ({"product_name": "苹果"}, "product_name", "产品名称请从产品目录中选择。"),
    ({"quantity": 500_000}, "quantity", "数量 500 公斤超过本批剩余 420.5 公斤。"),
    ({"village": False}, "village", "请选择到村。"),
    ({"uscc": BODY + ("1" if USCC[-1] != "1" else "2")}, "uscc", f"统一社会信用代码校验位不正确（应为 {USCC[-1]}）。"),
    ({"uscc": ""}, "issuer", "请先在主体资料里登记统一社会信用代码，再开具合格证。"),
    ({"contact": "12345"}, "contact", "联系电话格式不正确。"),
    ({"contact": ""}, "contact", "联系电话格式不正确。"),
    ({"bases": ()}, "basis", "请至少选择一项承诺依据。"),
    ({"bases": ("entrusted_test",)}, "report", "选择了‘委托检测’，请关联检测报告。"),
    ({"bases": ("own_test",)}, "report", "选择了‘自行检测’，请关联检测报告。"),
    ({"issued_on": date(2026, 7, 17)}, "issued_on", "开具日期不能早于采收日期 2026-07-18。"),
    ({"issued_on": date(2026, 7, 21)}, "issued_on", "开具日期不能晚于今天。"),
    ({"producers": 2}, "lot", "合格证按生产批次开具，一证只能对应一个批次。"),
    ({"held": "检测不合格"}, "lot", "批次 H26-0001 已锁定或召回（检测不合格），不能开具。"),
    ({"interval": "仅18天"}, "lot", "未满安全间隔期，不能开具：仅18天"),
    ({"unknown_interval": True}, "basis", "所用农药的安全间隔期不明，承诺依据必须选检测并关联检测报告。"),
    ({"banned": ("甲胺磷",)}, "lot", "本批次检出或使用过禁用成分：甲胺磷，不能开具。"),
    ({"bare_plots": ("P1",)}, "lot", "本批次没有生产记录，依法不能开具。"),
    ({"is_fresh": False}, "lot", "只有鲜果、鲜叶批次开具合格证，加工品按食品管理。"),
    (
        {"bases": ("own_test",), "report": "JC26-0001", "uncovered": ("吡虫啉",)},
        "report",
        "检测项目没有覆盖实际使用的农药：吡虫啉。用什么药，检什么药。",
    ),
]


def test_nothing_is_wrong_with_a_good_one():
    assert rules.mistakes(GOOD) == []


@pytest.mark.parametrize(("change", "field", "text"), WRONG, ids=[w[2][:18] for w in WRONG])
def test_each_refusal_in_its_words(change, field, text):
    found = rules.mistakes(replace(GOOD, **change))
    assert text in [str(one.message) for one in found]
    if field != "uscc":
        assert [one.field for one in found] == [field]


def test_everything_wrong_is_told_at_once():
    bad = replace(
        GOOD, product_name="枇杷", quantity=500_000, village=False, uscc="", contact="x", bases=(), held="封存", bare_plots=("P",),
        issued_on=date(2026, 7, 1),
    )  # fmt: skip
    assert {one.field for one in rules.mistakes(bad)} == {
        "product_name", "quantity", "village", "issuer", "contact", "basis", "lot", "issued_on",
    }  # fmt: skip
    assert len(rules.mistakes(bad)) == 9


def test_a_person_needs_no_credit_code_and_a_buyer_may_mix():
    assert rules.mistakes(replace(GOOD, is_person=True, uscc="")) == []
    assert rules.mistakes(replace(GOOD, producers=12, issuer_buys=True)) == []
    assert rules.mistakes(replace(GOOD, unknown_interval=True, bases=("own_test",), report="JC26-0001")) == []


@given(st.dates(date(2026, 1, 1), date(2099, 12, 31)), st.integers(1, 9999))
def test_numbers_read_back(day, sequence):
    text = rules.number(rules.number_prefix(USCC, "T00001"), day, sequence)
    assert rules.read_number(text) == ("HNC" + USCC[-8:], day, sequence)
    assert rules.read_number(text[:-1]) is None


def test_what_is_no_number():
    for text in ("", "HNC", "HNCABCDEFGH209913010001", "X" * 23):
        assert rules.read_number(text) is None


amounts = st.integers(0, 10**9)


@given(amounts, amounts, st.none() | amounts, st.booleans())
def test_the_verdict_table(result, lod, limit, banned):
    """Against the table written out a second time."""
    answer = (
        LimitAnswer(Answer.LIMIT, Limit("水果", "甲", limit)) if limit is not None else LimitAnswer(Answer.NO_LIMIT)
    )
    verdict = Item("甲", result, lod, answer, banned).verdict
    if banned and result and result >= lod:
        assert verdict is Outcome.OVER
    elif result < lod:
        assert verdict is Outcome.NOT_FOUND
    elif limit is None:
        assert verdict is Outcome.NO_LIMIT
    else:
        assert verdict is (Outcome.WITHIN if result <= limit else Outcome.OVER)


@given(
    st.lists(st.tuples(amounts, amounts, st.none() | amounts), min_size=1, max_size=6),
    st.sampled_from(["rapid", "quant"]),
)
def test_a_report_is_only_a_pass_when_every_item_is(rows, method):
    items = [
        Item(f"甲{n}", result, lod, LimitAnswer(Answer.LIMIT, Limit("水果", "甲", limit)) if limit is not None else LimitAnswer(Answer.NO_LIMIT))
        for n, (result, lod, limit) in enumerate(rows)
    ]  # fmt: skip
    ending, verdicts = conclusion(method, items), {item.verdict for item in items}
    assert (ending == "pass") == (verdicts <= {Outcome.WITHIN, Outcome.NOT_FOUND})
    if Outcome.OVER in verdicts:
        assert ending in test_rules.BAD
    assert (ending == "to_confirm") <= (method == "rapid")
    assert (ending == "fail") <= (method == "quant")


@pytest.mark.parametrize(
    ("text", "ng"), [("0.05", 50_000), ("未检出", 0), ("０．１", 100_000), ("0.000001", 1), ("ND", 0)]
)
def test_results_are_exact(text, ng):
    assert parse_mg(text, "items") == ng


@pytest.mark.parametrize("text", ["-1", "abc", "0.0000001", "NaN", "Infinity", "1e9"])
def test_results_that_are_none(text):
    with pytest.raises(Invalid, match="检测结果请填数字（mg/kg）或“未检出”。"):
        parse_mg(text, "items")
