"""What people type for weights, areas and money, and how it is shown."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core import units
from trace.core.errors import Invalid
from trace.core.units import Weight

examples = settings(deadline=None, max_examples=80)


def refusal(parse, *args):
    """The message and the code a parser answers with."""
    with pytest.raises(Invalid) as caught:
        parse(*args)
    return str(caught.value), caught.value.code


@pytest.mark.parametrize(
    ("typed", "weight"),
    [
        ("420.5", Weight(420_500, "420.5", "公斤")),
        ("４２０．５", Weight(420_500, "420.5", "公斤")),
        (" 420。5 ", Weight(420_500, "420.5", "公斤")),
        ("420.5斤", Weight(210_250, "420.5", "斤")),
        ("420.5 KG", Weight(420_500, "420.5", "KG")),
        ("1.2吨", Weight(1_200_000, "1.2", "吨")),
        ("７５０克", Weight(750, "750", "克")),
        ("3 千克", Weight(3000, "3", "千克")),
        ("3㎏", Weight(3000, "3", "㎏")),
        ("\ufeff5\u200b", Weight(5000, "5", "公斤")),
        ("1 234.5", Weight(1_234_500, "1234.5", "公斤")),
        ("1,234.5", Weight(1_234_500, "1234.5", "公斤")),
        ("1,234,567", Weight(1_234_567_000, "1234567", "公斤")),
        ("0.001", Weight(1, "0.001", "公斤")),
        (".5", Weight(500, "0.5", "公斤")),
        ("5.", Weight(5000, "5", "公斤")),
        ("+5", Weight(5000, "5", "公斤")),
    ],
)
def test_weights_are_understood(typed, weight):
    assert units.parse_weight(typed) == weight


def test_the_default_unit_can_be_jin():
    assert units.parse_weight("3", default_unit="斤") == Weight(1500, "3", "斤")


@pytest.mark.parametrize(
    ("typed", "message", "code"),
    [
        ("420,5", "请用小数点：420.5？", "COMMA"),
        ("４２０，５", "请用小数点：420.5？", "COMMA"),
        ("420,5斤", "请用小数点：420.5？", "COMMA"),
        ("0,500", "请用小数点：0.500？", "COMMA"),
        ("3,000", "看不出逗号是千位还是小数点，请写成 3000 或 3.000。", "COMMA"),
        ("-5", "重量必须大于 0。", "NOT_POSITIVE"),
        ("－5", "重量必须大于 0。", "NOT_POSITIVE"),
        ("0", "重量必须大于 0。", "NOT_POSITIVE"),
        ("abc", "重量只能填数字。", "NOT_A_NUMBER"),
        ("四百", "重量只能填数字。", "NOT_A_NUMBER"),
        ("1e3", "重量只能填数字。", "NOT_A_NUMBER"),
        ("5²", "重量单位“²”不认识，请用公斤或斤。", "UNIT_UNKNOWN"),
        ("½", "重量只能填数字。", "NOT_A_NUMBER"),
        ("٣", "重量只能填数字。", "NOT_A_NUMBER"),
        ("1.2.3", "重量只能填数字。", "NOT_A_NUMBER"),
        ("4 2", "重量只能填数字。", "NOT_A_NUMBER"),
        ("1,2,3", "重量只能填数字。", "NOT_A_NUMBER"),
        ("NaN", "重量只能填数字。", "NOT_A_NUMBER"),
        (".", "重量只能填数字。", "NOT_A_NUMBER"),
        ("9" * 5000, "重量只能填数字。", "NOT_A_NUMBER"),
        ("", "请填写重量。", "MISSING"),
        ("　", "请填写重量。", "MISSING"),
        ("5磅", "重量单位“磅”不认识，请用公斤或斤。", "UNIT_UNKNOWN"),
        ("0.0005", "重量最多精确到 1 克。", "TOO_PRECISE"),
        ("0.001斤", "重量最多精确到 1 克。", "TOO_PRECISE"),
        ("1000000000吨", "重量过大，请核对数字和单位。", "TOO_LARGE"),
    ],
)
def test_wrong_weights_are_refused_in_words(typed, message, code):
    assert refusal(units.parse_weight, typed) == (message, code)


def test_the_refusal_names_its_field():
    with pytest.raises(Invalid) as caught:
        units.parse_weight("abc", field="weight")
    assert [(e.field, e.code, str(e.message)) for e in caught.value.errors] == [
        ("weight", "NOT_A_NUMBER", "重量只能填数字。")
    ]


@given(st.integers(1, 10**11))
@examples
def test_a_shown_weight_reads_back_the_same(grams):
    assert units.parse_weight(units.format_kg(grams)).grams == grams


@given(st.text(max_size=60))
@examples
def test_any_text_is_either_a_weight_or_refused(text):
    try:
        weight = units.parse_weight(text)
    except Invalid as error:
        assert str(error)
    else:
        assert weight.grams > 0


@pytest.mark.parametrize(
    ("typed", "unit", "parsed"),
    [
        ("420.5斤", "g", (210_250, ("420.5", "斤"))),
        ("1.5", "ml", (1500, ("1.5", "升"))),
        ("250毫升", "ml", (250, ("250", "毫升"))),
        ("12", "pcs", (12, ("12", "件"))),
        ("12袋", "pcs", (12, ("12", "袋"))),
    ],
)
def test_quantities_follow_the_lot_unit(typed, unit, parsed):
    assert units.parse_quantity(typed, unit) == parsed


@pytest.mark.parametrize(
    ("typed", "unit", "message"),
    [
        ("1.5", "pcs", "数量填得过细，请填整数。"),
        ("0.0001", "ml", "数量最多精确到 1 毫升。"),
        ("-1", "pcs", "数量必须大于 0。"),
        ("3公斤", "ml", "数量单位“公斤”不认识，请用升或毫升。"),
    ],
)
def test_wrong_quantities_are_refused(typed, unit, message):
    assert refusal(units.parse_quantity, typed, unit)[0] == message


@pytest.mark.parametrize(
    ("typed", "m2"),
    [
        ("15", 10_000),
        ("6.00", 4000),
        ("４．１０亩", 2733),
        ("1公顷", 10_000),
        ("667平方米", 667),
        ("5㎡", 5),
        ("5 m2", 5),
        ("5m²", 5),
    ],
)
def test_areas_are_understood(typed, m2):
    assert units.parse_area_mu(typed) == m2


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("六亩", "面积只能填数字。"),
        ("6顷", "面积单位“顷”不认识，请用亩、公顷或平方米。"),
        ("0.0001", "面积必须大于 0。"),
        ("-1", "面积必须大于 0。"),
        ("6,5", "请用小数点：6.5？"),
        ("99999999亩", "面积过大，请核对数字和单位。"),
    ],
)
def test_wrong_areas_are_refused(typed, message):
    assert refusal(units.parse_area_mu, typed)[0] == message


def test_the_county_goal_in_mu_is_exact():
    assert units.m2_from_mu(Decimal(100_000)) == 66_666_667
    assert units.mu_from_m2(66_666_667) == Decimal("100000.00")
    assert units.mu_from_m2(10_000) == Decimal("15.00")
    assert units.mu_from_m2(4998, 1) == Decimal("7.5")
    assert units.mu_from_m2(-667) == Decimal("-1.00")


def test_half_a_hundredth_of_a_mu_rounds_up():
    assert units.mu_from_m2(Fraction(10_000, 15) * Fraction(1005, 1000)) == Decimal("1.01")


@given(st.integers(0, 10**8))
@examples
def test_mu_with_two_decimals_survive_square_metres(hundredths):
    mu = Decimal(hundredths) / 100
    assert units.mu_from_m2(units.m2_from_mu(mu)) == mu


@given(st.integers(0, 10**9))
@examples
def test_mu_is_within_half_a_hundredth(m2):
    assert abs(Fraction(units.mu_from_m2(m2)) - Fraction(m2 * 15, 10_000)) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("12750.00", 1_275_000),
        ("12,750", 1_275_000),
        ("12,750.50元", 1_275_050),
        ("￥0.01", 1),
        ("¥ 3", 300),
        ("15万元", 15_000_000),
        ("0.5亿元", 5_000_000_000),
    ],
)
def test_amounts_are_understood(typed, fen):
    assert units.parse_yuan(typed) == fen


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("0.005", "金额最多精确到分。"),
        ("-1", "金额必须大于 0。"),
        ("3,5", "请用小数点：3.5？"),
        ("5美元", "金额单位“美元”不认识，请用元或万元。"),
        ("壹万", "金额只能填数字。"),
        ("", "请填写金额。"),
    ],
)
def test_wrong_amounts_are_refused(typed, message):
    assert refusal(units.parse_yuan, typed)[0] == message


@given(st.integers(1, 10**14))
@examples
def test_a_shown_amount_reads_back_the_same(fen):
    assert units.parse_yuan(units.format_yuan(fen)) == fen


def test_numbers_are_grouped_by_thin_spaces():
    assert units.format_kg(1_234_500) == "1\u2009234.50"
    assert units.format_kg(1) == "0.001"
    assert units.format_mu(66_666_667) == "100\u2009000.00"
    assert units.format_mu(4000, 1) == "6.0"
    assert units.format_yuan(-1_275_000) == "-12\u2009750.00"
    assert units.format_int(1_234_567) == "1\u2009234\u2009567"
    assert units.format_wan_yuan(12_350_000) == "12.35"
    assert units.format_wan_yuan(12_345_678) == "12.3457"
    assert units.format_wan_yuan(12_345_000) == "12.345"
    assert units.format_yi_yuan(10**12) == "100.0000"
    assert units.format_quantity(1500, "ml") == "1.50 升"
    assert units.format_quantity(1500, "pcs") == "1\u2009500 件"
    assert units.format_quantity(1500, "g") == "1.50 公斤"


def test_shares_are_shown_as_percentages_rounded_half_up():
    assert units.format_pct(Fraction(1, 3)) == "33.33%"
    assert units.format_pct(Fraction(12345, 1_000_000)) == "1.23%"
    assert units.format_pct(Fraction(12350, 1_000_000), 1) == "1.2%"
    assert units.format_pct(Fraction(1, 800), 1) == "0.1%"
    assert units.format_pct(Fraction(-1, 8)) == "-12.50%"
    assert units.format_pct(Fraction(0)) == "0.00%"


def test_nothing_is_a_dash():
    for shown in (units.format_kg, units.format_mu, units.format_yuan, units.format_wan_yuan, units.format_yi_yuan):
        assert shown(None) == "—"
    assert units.format_int(None) == "—"
    assert units.format_pct(None) == "—"
    assert units.format_quantity(None, "g") == "—"


def test_full_width_letters_fold_and_other_scripts_stay():
    assert units.normalise_digits(" ９１４３０４２２ＭＡ\u202e ") == "91430422MA"
    assert units.normalise_digits("5²䶮") == "5²䶮"
