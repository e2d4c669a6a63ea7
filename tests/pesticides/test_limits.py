"""“无对应限量” is an answer of its own and never a pass."""

from __future__ import annotations

import pytest

from trace.pesticides.limits import Answer, Limit, Outcome, find_limit, outcome

POME = Limit("水果:仁果类水果(苹果除外)", "吡虫啉", 500_000, "GB 2763-2021")
FRUIT = Limit("水果", "吡虫啉", 1_000_000, "GB 2763-2021")


@pytest.mark.parametrize(
    ("path", "active", "value"),
    [
        ("水果:仁果类水果:枇杷", "吡虫啉", 500_000),
        ("水果:仁果类水果:苹果", "吡虫啉", 1_000_000),
        ("水果:仁果类水果", "吡虫啉", 500_000),
        ("水果：仁果类水果：枇杷", "吡虫啉", 500_000),
        ("水果:浆果", "吡虫啉", 1_000_000),
        ("水果:仁果类水果:枇杷", "噻嗪酮", None),
        ("饮料类:茶叶", "吡虫啉", None),
        ("", "吡虫啉", None),
        (None, "吡虫啉", None),
    ],
)
def test_the_nearest_group_answers(path, active, value):
    found = find_limit([FRUIT, POME], path, active)
    assert (found.limit.ng_kg if found.limit else None) == value
    assert found.answer is (Answer.NO_LIMIT if value is None else Answer.LIMIT)


def test_no_limit_has_its_own_words_and_no_verdict():
    none = find_limit([POME], None, "吡虫啉")
    assert str(none.words) == "无对应限量"
    assert str(none.answer.label) == "无对应限量"
    assert outcome(none, 1, 0) is Outcome.NO_LIMIT
    assert "合格" not in Outcome.NO_LIMIT.label + str(none.words)
    for result in (1, 10**9):
        assert outcome(none, result) is not Outcome.WITHIN


def test_results_beside_a_limit():
    answer = find_limit([POME], "水果:仁果类水果", "吡虫啉")
    assert str(answer.words) == "0.5 mg/kg（水果:仁果类水果(苹果除外)）"
    assert outcome(answer, 500_000) is Outcome.WITHIN
    assert outcome(answer, 500_001) is Outcome.OVER
    assert outcome(answer, 4_999, 5_000) is Outcome.NOT_FOUND
    assert outcome(find_limit([], "水果", "吡虫啉"), 4_999, 5_000) is Outcome.NOT_FOUND
