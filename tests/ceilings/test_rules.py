"""The arithmetic of the ceilings, by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from trace.ceilings.rules import (
    Arrow,
    Link,
    Override,
    PlantBalance,
    Step,
    broken,
    most_out,
    season_ceiling,
    sentence,
    verdict,
)
from trace.core.text import Message

ONE = Fraction(1)


def link(most, found, override=None, arrow=Arrow.HARVEST):
    return Link(arrow, "X", "g", most, found, Message(""), override=override)


def test_a_season_is_bounded_by_area_and_by_trees():
    ten_mu = 6667
    assert season_ceiling(ten_mu, None, ONE, 1000, None) == 12_000_600
    assert season_ceiling(ten_mu, 100, ONE, 1000, 24) == 2_880_000
    assert season_ceiling(ten_mu, 100, Fraction(15, 100), 1000, 24) == 432_000
    assert season_ceiling(ten_mu, 100, Fraction(0), 1000, 24) == 0
    assert season_ceiling(ten_mu, None, None, 300, None) == 3_600_180
    assert season_ceiling(ten_mu, 100, ONE, None, None) is None


@pytest.mark.parametrize(
    ("most", "found", "override", "state"),
    [(10, 10, None, "ok"), (10, 11, None, "broken"), (None, 11, None, "unknown"), (10, None, None, "unknown"),
     (10, 11, Override("FX", "大年", "张三", "2026-12-31"), "overridden")],
)  # fmt: skip
def test_an_arrow_stands_breaks_or_is_not_known(most, found, override, state):
    assert link(most, found, override).state == state
    assert verdict([link(1, 1), link(most, found, override)]) == state


def test_the_first_broken_arrow_comes_first_and_says_by_how_much():
    wrong = broken([link(5, 5), link(1_000, 2_500), link(1, 9)])
    assert [one.found for one in wrong] == [2_500, 9]
    assert "采收 2.50 公斤，树木最多能产 1.00 公斤，多出 1.50 公斤" in str(sentence(wrong[0]))


def test_an_inflated_parent_does_not_explain_its_child():
    steps = [
        Step(((1, 100),), ((2, Fraction(90), Fraction(45, 100)),)),
        Step(((2, 90),), ((3, Fraction(90), ONE),)),
    ]
    assert most_out(steps, {1: Fraction(100)}) == {1: 100, 2: 45, 3: 45}


def test_a_blend_may_hold_what_its_inputs_may_hold():
    steps = [Step(((1, 50), (2, 50)), ((3, Fraction(100), ONE),))]
    assert most_out(steps, {1: Fraction(100), 2: Fraction(100)})[3] == 100


@pytest.mark.parametrize(("bought", "state"), [(500, "ok"), (400, "flagged"), (200, "broken")])
def test_a_plant_cannot_make_more_than_it_bought(bought, state):
    plant = PlantBalance(100, bought, Fraction(22, 100), Fraction(35, 100), Fraction(45, 100))
    assert PlantBalance(100, 1000, plant.low, plant.high, plant.hard, shared_g=900).state == "broken"
    assert (plant.needed_g, plant.least_g, plant.state) == (454, 222, state)
