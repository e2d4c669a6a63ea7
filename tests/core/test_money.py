"""Dividing a budget, rounding, and amounts in words."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core.money import amount_in_words, pro_rata, round_half_up

examples = settings(deadline=None, max_examples=80)
claims_lists = st.lists(st.integers(0, 10**10), min_size=1, max_size=30)


def test_the_vector_of_the_brief():
    assert pro_rata([3333333, 4500000, 6120050, 846617], 10_000_000) == [2252252, 3040541, 4135169, 572038]


def test_claims_that_fit_are_met_in_full():
    assert pro_rata([100, 200], 300) == [100, 200]
    assert pro_rata([100, 200], 10**6) == [100, 200]
    assert pro_rata([], 5) == []


def test_equal_remainders_are_served_in_order():
    assert pro_rata([1, 1, 1], 2) == [1, 1, 0]


@given(claims_lists, st.integers(0, 10**11))
@examples
def test_the_parts_sum_to_the_budget_or_the_claims(claims, budget):
    parts = pro_rata(claims, budget)
    assert sum(parts) == min(budget, sum(claims))
    assert all(0 <= part <= claim for part, claim in zip(parts, claims, strict=True))


@given(claims_lists, st.integers(0, 10**11))
@examples
def test_no_part_is_a_whole_fen_off_its_exact_share(claims, budget):
    total = sum(claims)
    for part, claim in zip(pro_rata(claims, budget), claims, strict=True):
        exact = Fraction(claim * min(budget, total), total) if total else 0
        assert abs(part - exact) < 1


def test_negative_money_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="negative"):
        pro_rata([-1, 2], 5)
    with pytest.raises(ValueError, match="negative"):
        pro_rata([1], -5)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (11, "壹角壹分"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (1000, "壹拾元整"),
        (10005, "壹佰元零伍分"),
        (10100, "壹佰零壹元整"),
        (100_500, "壹仟零伍元整"),
        (105_000, "壹仟零伍拾元整"),
        (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (1_000_000, "壹万元整"),
        (1_000_500, "壹万零伍元整"),
        (1_050_050, "壹万零伍佰元伍角整"),
        (1_275_000, "壹万贰仟柒佰伍拾元整"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (100_000_000, "壹佰万元整"),
        (100_050_000, "壹佰万零伍佰元整"),
        (10_000_000_001, "壹亿元零壹分"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_000_100_000, "壹亿零壹仟元整"),
        (1_000_000_000_000, "壹佰亿元整"),
        (100_000_000_000_000, "壹万亿元整"),
        (100_010_000_000_000, "壹万零壹亿元整"),
        (-100, "负壹元整"),
    ],
)
def test_amounts_in_capitals(fen, words):
    assert amount_in_words(fen) == words


@given(st.integers(0, 10**14))
@examples
def test_capitals_never_hold_two_zeros_in_a_row(fen):
    words = amount_in_words(fen)
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert fen == 0 or "零元" not in words


def read_back(words: str) -> int:
    """An independent reader of capitals: the fen they say."""
    digits = "零壹贰叁肆伍陆柒捌玖"
    total = section = digit = 0
    fen = 0
    for char in words:
        if char in digits:
            digit = digits.index(char)
        elif char in "拾佰仟":
            section, digit = section + digit * 10 ** ("拾佰仟".index(char) + 1), 0
        elif char == "万":
            section, digit = (section + digit) * 10_000, 0
        elif char == "亿":
            total, section, digit = (section + digit) * 10**8, 0, 0
        elif char == "元":
            fen, total, section, digit = (total + section + digit) * 100, 0, 0, 0
        elif char == "角":
            fen, digit = fen + digit * 10, 0
        elif char == "分":
            fen, digit = fen + digit, 0
    return fen


def read_groups(words: str) -> int:
    """Read below and above 万 apart, so that 万 multiplies only its own group."""
    head, _, tail = words.partition("万")
    return read_back(words) if not tail or "亿" in words else read_back(head + "万元") + read_back(tail)


@given(st.integers(0, 10**10 - 1))
@examples
def test_capitals_read_back_as_the_same_amount(fen):
    assert read_groups(amount_in_words(fen)) == fen


def test_halves_go_away_from_zero():
    assert round_half_up(Fraction(1257534246, 100_000), 2) == Decimal("12575.34")
    assert round_half_up(Decimal("2.5")) == 3
    assert round_half_up(Decimal("-2.5")) == -3
    assert round_half_up(Fraction(1, 200), 2) == Decimal("0.01")
    assert str(round_half_up(7, 2)) == "7.00"
