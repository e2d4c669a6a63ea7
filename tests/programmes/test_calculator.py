"""The eight kinds of reckoning, exact to the fen. The figures of the domain brief §5.5 and §5.7 are asserted as they stand there."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.core.errors import Invalid, RuleBroken
from trace.programmes import interest
from trace.programmes.calculator import Claim, Item, Limits, calculate, instalments, slices
from trace.programmes.interest import InterestRule, Loan, spans
from trace.programmes.sheet import lines_of
from trace.programmes.terms import Terms

M2_OF_30_MU = 20_000


def terms(kind: str, params: dict, **values) -> Terms:
    """A notice of 2025 with only what the reckoning reads."""
    body = {
        "name": "奖补", "doc_no": "", "basis": "依据", "basis_valid_to": None, "kind": kind, "purpose": "planting", "year": 2025,
        "opens_on": date(2025, 1, 1), "closes_on": date(2025, 12, 31), "params": params, "min_area_m2": 0, "publicity_days": 7,
        "publicity_working": True, "application_cap_fen": None, "beneficiary_cap_fen": None, "programme_cap_fen": None,
        "exclusion_group": "", "shortage": "queue", "stacking": False, "stacking_pct": 100, "materials": [], "finance_ref": "", "contact": "",
        "conditions": "", **values,
    }  # fmt: skip
    return Terms(**body)


def area(m2: int, **values) -> Claim:
    return Claim(applied_m2=m2, verified_m2=m2, plot_m2=m2, **values)


def flat(rate: int) -> dict:
    return {"tiers": [[0, rate]], "tier_mode": "whole"}


def loan(**values) -> Loan:
    """The loan of §5.5: 500 000 元 at 4.35 % from 1 March 2025."""
    body = {
        "name": "借字1号", "drawn_on": date(2025, 3, 1), "due_on": date(2027, 3, 1), "principal_fen": 50_000_000,
        "rates": [(date(2025, 3, 1), Fraction("4.35"))], "interest_paid_fen": 1_848_750, **values,
    }  # fmt: skip
    return Loan(**body)


def discount(claimed: Loan, **params) -> int:
    agreed = terms("interest_discount", {"rate_pct": "3", "base": 360, "share_pct": "100", **params})
    return calculate(agreed, Claim(loans=[claimed], lpr=LPR)).amount_fen


LPR = [(date(2024, 7, 22), Fraction("3.35")), (date(2024, 10, 21), Fraction("3.10")), (date(2025, 5, 20), Fraction(3))]
REPAID = [(date(2025, 9, 1), 20_000_000)]


@pytest.mark.parametrize(
    ("claimed", "params", "fen"),
    [
        (loan(), {}, 1_275_000),
        (loan(), {"base": 365}, 1_257_534),
        (loan(repayments=REPAID), {}, 1_071_667),
        (loan(interest_paid_fen=900_000), {}, 900_000),
    ],
)
def test_the_figures_of_the_brief(claimed, params, fen):
    assert discount(claimed, **params) == fen


def test_the_spans_of_the_brief():
    found = spans(loan(repayments=REPAID), date(2025, 1, 1), date(2026, 1, 1))
    assert [(span.days, span.principal_fen) for span in found] == [(184, 50_000_000), (122, 30_000_000)]
    assert 50_000_000 * Fraction("4.35") / 100 * 306 / 360 == 1_848_750


@pytest.mark.parametrize(
    ("claimed", "params", "fen"),
    [
        (loan(rates=[(date(2025, 3, 1), Fraction(2))]), {}, 850_000),  # 2 % is all the contract asks
        (loan(rates=[(date(2025, 3, 1), Fraction("4.35")), (date(2025, 9, 1), Fraction(2))]), {}, 1_105_556),  # 184 days at 3, 122 at 2
        (loan(overdue=[(date(2025, 9, 1), date(2025, 10, 1))]), {}, 1_150_000),  # 30 days fall out
        (loan(due_on=date(2025, 4, 1)), {}, 129_167),  # 31 days, the due day not counted
        (loan(), {"max_months": 6}, 766_667),  # to 1 September
        (loan(), {"lpr_plus_bp": -60}, 1_062_500),  # LPR 3.10 on the day of the draw, less 0.60
        (loan(), {"share_pct": "50"}, 924_375),  # half of the interest paid
        (loan(other_discounts_fen=1_000_000), {}, 848_750),  # all discounts together stay below the interest
        (loan(drawn_on=date(2024, 12, 1), rates=[(date(2024, 12, 1), Fraction(5))], interest_paid_fen=10**9), {}, 1_520_833),  # the year's 365 days
    ],
)  # fmt: skip
def test_what_bounds_a_discount(claimed, params, fen):
    assert discount(claimed, **params) == fen


def test_no_discount_is_guessed_without_the_lpr_of_the_day():
    old = loan(drawn_on=date(2019, 1, 1), rates=[(date(2019, 1, 1), Fraction(5))])
    with pytest.raises(Invalid, match="LPR 表中没有 2019-01-01"):
        discount(old, lpr_plus_bp=0)


def test_the_sheet_of_a_loan_shows_every_span():
    agreed = terms("interest_discount", {"rate_pct": "3", "base": 360, "share_pct": "100"})
    sheet = calculate(agreed, Claim(loans=[loan(repayments=REPAID)]))
    said = [(str(line.item), str(line.rule), line.figure.replace("\u2009", "")) for line in lines_of(sheet.as_json())]
    assert said == [
        ("借字1号：2025-03-01 起至 2025-09-01 前", "500\u2009000.00 元 × 3% × 184 天 ÷ 360", "7666.67"),
        ("借字1号：2025-09-01 起至 2026-01-01 前", "300\u2009000.00 元 × 3% × 122 天 ÷ 360", "3050.00"),
        ("借字1号：应贴息", "各段相加，四舍五入一次", "10716.67"),
        (
            "借字1号：可贴息",
            "实付利息 18\u2009487.50 元，最多贴 100%，已由其他资金贴息 0.00 元，合计不超过实付利息",
            "10716.67",
        ),
        ("贴息合计", "各笔贷款相加", "10716.67"),
        ("核定金额", "以上合计", "10716.67"),
    ]


@pytest.mark.parametrize(
    ("applied", "verified", "plot", "accepted", "fen"),
    [
        (10_000, 12_000, 11_000, 10_000, 900_000),
        (12_000, 10_001, 11_000, 10_001, 900_090),
        (12_000, 12_000, 3_333, 3_333, 299_970),
        (7, 9, 9, 7, 630),
    ],
)
def test_accepted_area_is_the_least_and_the_fen_exact(applied, verified, plot, accepted, fen):
    sheet = calculate(terms("per_area", flat(60_000)), Claim(applied_m2=applied, verified_m2=verified, plot_m2=plot))
    assert (sheet.accepted_m2, sheet.amount_fen) == (accepted, fen)


def test_a_sheet_of_before_still_shows_what_it_came_to():
    old = {"kind": "per_area", "accepted_m2": 20_000, "amount_fen": 1_800_000}
    assert [(str(line.item), line.figure) for line in lines_of(old)] == [
        ("核定面积", "30.00"),
        ("核定金额", "18\u2009000.00"),
    ]
    assert lines_of(None) == []


def test_halves_of_a_fen_go_up_once():
    assert calculate(terms("per_area", flat(1_000)), area(1)).amount_fen == 2  # 0.0015 亩 × 10.00 元 = 1.5 分


def test_tiers_of_area_as_a_whole_or_in_slices():
    tiers = [[0, 20_000], [6_667, 30_000], [20_000, 40_000]]  # from 0, 10 and 30 亩
    whole = {"tiers": tiers, "tier_mode": "whole"}
    assert calculate(terms("per_area", whole), area(M2_OF_30_MU)).amount_fen == 1_200_000
    sliced = calculate(terms("per_area", {"tiers": tiers, "tier_mode": "slice"}), area(26_667))
    assert [line.amount_fen for line in sliced.lines if line.amount_fen] == [
        200_010,
        599_985,
        400_020,
        1_200_015,
        1_200_015,
    ]


def test_instalments_add_up_to_the_whole():
    agreed = terms(
        "per_area_instalments", {**flat(33_333), "instalments": [["50", 0, "85"], ["30", 12, ""], ["20", 24, ""]]}
    )
    amounts = [calculate(agreed, area(667, instalment=n)).amount_fen for n in (1, 2, 3)]
    assert sum(amounts) == calculate(terms("per_area", flat(33_333)), area(667)).amount_fen == 33_350
    assert amounts == [16_675, 10_005, 6_670]


def test_a_unit_a_percentage_a_fee():
    units = terms("per_unit", {"unit": "株", "rate_fen": 150})
    assert calculate(units, Claim(items=[Item("一年生苗", 1000), Item("容器苗", Fraction(1, 2))])).amount_fen == 150_075
    costs = terms("pct_capped", {"pct": "30", "cap_fen": 5_000_000})
    assert calculate(costs, Claim(items=[Item("烘干机", 12_345_67)])).amount_fen == 370_370
    assert calculate(costs, Claim(items=[Item("冷库", 10**8)])).amount_fen == 5_000_000
    fees = terms("fee_discount", {"pct": "50"})
    assert calculate(fees, Claim(items=[Item("担保费", 33_333)])).amount_fen == 16_667


def test_sales_in_tiers():
    tiers = [[10_000_000, "1"], [50_000_000, "2"]]  # from 10 and 50 万元
    sold = Claim(items=[Item("线上", 40_000_000), Item("线下", 20_000_000)])
    assert calculate(terms("sales_award", {"tiers": tiers, "tier_mode": "whole"}), sold).amount_fen == 1_200_000
    assert calculate(terms("sales_award", {"tiers": tiers, "tier_mode": "slice"}), sold).amount_fen == 600_000
    fixed = {"tiers": [[10_000_000, 100_000], [50_000_000, 300_000]], "tier_mode": "fixed"}
    assert calculate(terms("sales_award", fixed), sold).amount_fen == 300_000
    with pytest.raises(RuleBroken, match="核定金额为 0"):
        calculate(terms("sales_award", fixed), Claim(items=[Item("线上", 9_999_999)]))


def test_a_fixed_award_does_not_depend_on_area():
    agreed = terms("fixed_award", {"award_fen": 500_000})
    assert calculate(agreed, area(5)).amount_fen == 500_000
    with pytest.raises(RuleBroken, match="核定金额为 0"):
        calculate(agreed, Claim(applied_m2=5, verified_m2=0, plot_m2=5))


def test_ceilings_bind_in_their_order_and_say_so():
    agreed = terms(
        "per_area", flat(60_000), application_cap_fen=1_500_000, beneficiary_cap_fen=2_000_000, programme_cap_fen=10**9
    )
    sheet = calculate(agreed, area(M2_OF_30_MU), Limits(granted_fen=900_000, linked=True))
    assert sheet.amount_fen == 1_100_000
    assert [str(line.item) for line in sheet.lines[-3:]] == ["单份申请封顶", "同一受益人封顶", "核定金额"]
    assert "本人和关联主体已核定 9\u2009000.00 元" in str(sheet.lines[-2].rule)
    with pytest.raises(RuleBroken, match="核定金额为 0"):
        calculate(agreed, area(M2_OF_30_MU), Limits(granted_fen=2_000_000))


def test_stacked_support_never_exceeds_the_cost():
    agreed = terms("pct_capped", {"pct": "50"}, stacking=True, stacking_pct=60)
    assert (
        calculate(agreed, Claim(items=[Item("冷库", 1_000_000)]), Limits(other_support_fen=300_000)).amount_fen
        == 300_000
    )


TIERS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**5)), max_size=4, unique_by=lambda row: row[0]).map(
    lambda rows: [[0, 100], *[[over, 100 + rate] for over, rate in sorted(rows)]]
)


@given(TIERS, st.integers(1, 10**6), st.integers(0, 10**5))
def test_slices_cover_the_quantity_and_more_ground_is_never_less_money(tiers, m2, more):
    assert sum(part for part, _ in slices(tiers, "slice", m2)) == m2
    agreed = terms("per_area", {"tiers": tiers, "tier_mode": "slice"})

    def worth(m2: int) -> int:
        try:
            return calculate(agreed, area(m2)).amount_fen
        except RuleBroken:
            return 0

    assert worth(m2 + more) >= worth(m2) - len(tiers)  # each slice is rounded by itself: at most half a fen each way


@given(st.integers(0, 10**12), st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_shares_always_add_up(whole, weights):
    shares = [Fraction(weight * 100, sum(weights)) for weight in weights]
    parts = instalments(whole, shares)
    assert sum(parts) == whole and all(part >= 0 for part in parts)
    assert all(abs(part - whole * share / 100) <= 1 for part, share in zip(parts, shares, strict=True))


DAYS = st.integers(0, 364).map(lambda n: date(2025, 1, 1) + timedelta(days=n))


@given(st.lists(st.tuples(DAYS, st.integers(1, 10**6)), max_size=5), st.lists(st.tuples(DAYS, st.integers(1, 40)), max_size=2), st.integers(0, 10**8))  # fmt: skip
def test_a_discount_is_bounded_and_its_spans_never_overlap(repayments, overdue, paid):
    claimed = loan(
        repayments=repayments, overdue=[(day, day + timedelta(days=n)) for day, n in overdue], interest_paid_fen=paid
    )
    found = spans(claimed, date(2025, 1, 1), date(2026, 1, 1))
    assert all(left.end <= right.start for left, right in zip(found, found[1:], strict=False))
    late = {day + timedelta(days=k) for day, n in overdue for k in range(n)}
    counted = [span.start + timedelta(days=k) for span in found for k in range(span.days)]
    assert len(counted) == len(set(counted)) and not late & set(counted)
    rule = InterestRule(Fraction(3))
    by_day = sum(
        (50_000_000 - sum(fen for on, fen in repayments if on <= day)) * Fraction(3, 100) / 360 for day in counted
    )
    assert by_day == sum(interest.discount_of(span, rule, None) for span in found)
    try:
        amount = discount(claimed)
    except RuleBroken:
        return
    assert 0 < amount <= paid
