"""Theil–Sen exact, Holt against the same recursion written another way, cohorts against a table by hand, constraints, flags."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.forecast import cohorts, constraints, series
from trace.forecast.cohorts import Assumed, Outlet
from trace.forecast.constraints import Constraint, Means
from trace.forecast.series import Flag, Method


def test_the_method_follows_from_the_length():
    assert [series.method_for(n) for n in (0, 2, 3, 7, 8, 40)] == [
        Method.NONE, Method.NONE, Method.THEIL_SEN, Method.THEIL_SEN, Method.HOLT, Method.HOLT,
    ]  # fmt: skip
    assert series.carry_forward([5, 6], 4).points == ()


def test_theil_sen_by_hand():
    """Slopes of 1, 4, 5, 13 (steps 3, 1, 8; over two 2, 9/2; over three 4): sorted 1 2 3 4 4.5 8, median 7/2."""
    assert series.theil_sen([1, 4, 5, 13]) == (Fraction(7, 2), Fraction(3, 4))
    assert series.theil_sen([10, 20, 30]) == (10, 10)
    assert [p.mid for p in series.carry_forward([10, 20, 30], 2).points] == [40, 50]


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**14), st.integers(3, 7))
def test_a_straight_line_is_found_exactly_and_its_band_has_no_width(step, start, length):
    outlook = series.carry_forward([start + step * n for n in range(length)], 3)
    for point in outlook.points:
        expected = max(start + step * (length - 1 + point.ahead), 0)
        assert point.low == point.mid == point.high == expected


@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=7), st.integers(0, 6), st.integers(0, 10**12))
def test_the_median_slope_ignores_one_wild_value_as_it_should(values, at, wild):
    """Independent: numpy's median over all pairs in floating point agrees with the exact fraction."""
    values[at % len(values)] = wild
    slope, intercept = series.theil_sen(values)
    pairs = [(values[j] - values[i]) / (j - i) for i, j in combinations(range(len(values)), 2)]
    assert float(slope) == pytest.approx(np.median(pairs), rel=1e-9, abs=1e-3)
    rest = [value - np.median(pairs) * n for n, value in enumerate(values)]
    assert float(intercept) == pytest.approx(np.median(rest), rel=1e-6, abs=1)


def holt_as_a_matrix(values, alpha, beta):
    """The same smoothing as a linear state space: s ← A s + b y, an independent formulation."""
    state = np.array([values[0], values[1] - values[0]], dtype=float)
    onward = np.array([[1, 1], [0, 1]], dtype=float)
    gain = np.array([alpha, alpha * beta], dtype=float)
    errors = []
    for value in values[1:]:
        ahead = onward @ state
        error = value - ahead[0]
        errors.append(error)
        state = ahead + gain * error
    return state, np.array(errors)


@given(
    st.lists(st.integers(0, 10**8), min_size=8, max_size=20), st.integers(1, 20), st.integers(0, 20),
)  # fmt: skip
def test_holt_agrees_with_its_state_space_form(values, a, b):
    alpha, beta = Fraction(a, 20), Fraction(b, 20)
    level, trend, errors = series.holt(values, alpha, beta)
    state, independent = holt_as_a_matrix(values, float(alpha), float(beta))
    assert [float(level), float(trend)] == pytest.approx(state.tolist(), rel=1e-6, abs=10)
    assert [float(e) for e in errors] == pytest.approx(independent.tolist(), rel=1e-6, abs=10)


def test_the_weights_of_holt_are_the_best_of_the_grid():
    values = [100, 120, 135, 160, 170, 200, 215, 240, 260]
    alpha, beta = series.holt_weights(values)
    best = float(np.sum(holt_as_a_matrix(values, float(alpha), float(beta))[1] ** 2))
    for a in range(1, 21):
        for b in range(21):
            assert best <= float(np.sum(holt_as_a_matrix(values, a / 20, b / 20)[1] ** 2)) + 1e-6
    first = series.carry_forward(values, 8)
    assert first == series.carry_forward(values, 8), "no two runs differ"
    widths = [point.high - point.low for point in first.points]
    assert all(p.low <= p.mid <= p.high for p in first.points) and widths[-1] > widths[0]


def test_the_cohort_model_against_a_table_by_hand():
    """
    150 亩 (100 000 m²) of 2020 and 75 亩 (50 000 m²) of 2024, 400 kg a 亩 at full bearing, curve 4: 5 %, 5: 15 %, 6: 35 %, 7: 65 %, 8: 85 %, 9: 100 %.

    year | 2020's age, %, kg      | 2024's age, %, kg   | Σ kg
    2026 | 6: 35 % → 21 000       | 2:  0 % → 0         | 21 000
    2027 | 7: 65 % → 39 000       | 3:  0 %             | 39 000
    2028 | 8: 85 % → 51 000       | 4:  5 % → 1 500     | 52 500
    2029 | 9: 100 % → 60 000      | 5: 15 % → 4 500     | 64 500
    2030 | 10: 100 % → 60 000     | 6: 35 % → 10 500    | 70 500
    """
    curve = {0: 0, 4: 5, 5: 15, 6: 35, 7: 65, 8: 85, 9: 100}
    outlets = (Outlet("fresh", 500, 1000, 800), Outlet("dried", 500, 250, 6000))
    rows = cohorts.run({2020: 100_000, 2024: 50_000}, range(2026, 2031), Assumed(400, curve, outlets))
    assert [row.fruit_g for row in rows] == [21_000_000, 39_000_000, 52_500_000, 64_500_000, 70_500_000]
    assert [row.bearing_m2 for row in rows] == [100_000, 100_000, 150_000, 150_000, 150_000]
    # 70 500 kg: half fresh at 8 元 = 282 000 元; half dried, 8 812.5 kg at 60 元 = 528 750 元.
    assert rows[-1].value_fen == 81_075_000
    late = cohorts.run({2027: 100_000}, range(2030, 2031), Assumed(400, curve, outlets))[0]
    assert late.fruit_g == 0, "trees planted after 2026 do not bear by 2030"


CURVE = {0: 0, 4: 5, 5: 15, 6: 35, 7: 65, 8: 85, 9: 100}
MODEL = Assumed(400, CURVE, (Outlet("fresh", 1000, 1000, 1000),))


@pytest.mark.parametrize(
    ("changes", "binding"),
    [
        ({"seedlings": 740}, Constraint.SEEDLINGS), ({"budget_fen": 500_000}, Constraint.BUDGET), ({"capacity_g": 1_000_000}, Constraint.CAPACITY),
        ({}, Constraint.NONE),
    ],
)  # fmt: skip
def test_the_scarcest_means_is_named(changes, binding):
    means = Means(
        **{
            "seedlings": 740_000, "survival_pct": 100, "capacity_g": 10**12, "budget_fen": 10**12, "density_per_mu": 74, "fen_per_mu": 50_000,
            **changes,
        }
    )  # fmt: skip
    found = constraints.simulate({2018: 200_000}, 200_000, 2027, 2030, means, MODEL, 300_000)
    assert found.binding is binding


def test_what_one_more_unit_buys():
    """740 seedlings a year are 10 亩; 1 000 more are 13.51 亩 a year, four years, all of them living: 36 036 m²."""
    means = Means(740, 100, 10**12, 10**12, 74, 50_000)
    found = constraints.simulate({}, 0, 2027, 2030, means, MODEL, 10**9)
    assert found.area_2030_m2 == 4 * 6666
    assert found.one_more[Constraint.SEEDLINGS][0] == 4 * (15_675 - 6666)
    assert found.one_more[Constraint.BUDGET][0] == 0, "money was not what was missing"
    assert found.one_more[Constraint.CAPACITY] == (0, 0), "nothing bears yet"


@given(
    st.integers(0, 10**6), st.integers(0, 100), st.integers(0, 10**10), st.integers(0, 10**10), st.integers(0, 10**8)
)
def test_more_means_never_mean_less(seedlings, survival, capacity, budget, stock):
    means = Means(seedlings, survival, capacity, budget, 74, 50_000)
    found = constraints.simulate({2020: stock}, stock, 2027, 2030, means, MODEL, None)
    assert all(area >= 0 and fen >= 0 for area, fen in found.one_more.values())
    assert all(step.processed_g <= step.fruit_g for step in found.steps)


def test_flags_have_their_bounds_and_their_reasons():
    def flags(values):
        return [series.judge(value, 1000).flag for value in values]

    assert flags((1000, 999, 900, 899, 750, 749)) == [
        Flag.GREEN, Flag.YELLOW, Flag.YELLOW, Flag.ORANGE, Flag.ORANGE, Flag.RED,
    ]  # fmt: skip
    assert series.judge(1, 1000).reason.startswith("按现有依据，目标无法达到")
    assert series.judge(1200, 1000, recent=(9, 8, 7)).flag is Flag.RED
    assert series.judge(1200, 1000, recent=(9, 8, 8)).flag is Flag.GREEN
    assert series.judge(1200, 1000, stale_days=121).flag is Flag.GREY
    assert series.judge(1200, 1000, weak_share=Fraction(51, 100)).flag is Flag.GREY
    assert series.judge(None, 1000).flag is Flag.GREY and series.judge(5, None).flag is Flag.GREY


def test_the_pace_of_the_brief():
    """3 亿元 to 100 亿元 in six years is 79 % a year; 3.0万亩 to 10 in 5.75 years +1.22万亩 or 23.3 % a year (domain brief §6.5)."""
    money = series.pace([250, 300], 10_000, Fraction(6))
    assert round(money.needed_rate * 100) == 79
    land = series.pace([28_000, 30_000], 100_000, Fraction(23, 4))
    assert (round(float(land.needed)), round(land.needed_rate * 1000) / 10) == (12_174, 23.3)
    assert land.achieved == 2000
