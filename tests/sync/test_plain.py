"""The short cut for usual harvests answers exactly what the schema answers, or leaves the body to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from trace.sync.plain import read_harvest
from trace.sync.schemas import HarvestBody

words = st.one_of(st.text(max_size=45), st.integers(-3, 5000), st.none(), st.booleans(), st.just("x" * 600))
figures = st.one_of(st.sampled_from(["420.5", "４２０．５", "420.5斤", "1,5", "-5", "", "0", "abc", "10"]), words)
days = st.one_of(st.dates().map(str), st.sampled_from(["2026-7-18", "20260718", "2026-02-30", "2026-W01-1", ""]), words)
rows = st.lists(st.dictionaries(st.sampled_from(["gross", "tare", "damage", "other"]), figures, max_size=4), max_size=3)
bodies = st.fixed_dictionaries(
    {"plot": st.one_of(st.just("430422122246-0001"), words), "on": days},
    optional={
        "part": st.one_of(st.sampled_from(["fruit", "leaf", "bark"]), words), "quantity": figures,
        "unit": st.sampled_from(["公斤", "斤", "kg", "石", 3]), "containers": st.one_of(rows, words), "pickers": st.one_of(st.integers(), words),
        "destination": st.sampled_from(["plant", "", "moon", None]), "note": words, "yield_reason": words, "late_reason": words,
        "gps": st.just({"lat": "26.7", "lon": "112.5", "accuracy": "8"}), "photos": st.just([]), "weather": words,
    },
)  # fmt: skip


@given(bodies)
def test_the_same_as_the_schema(body):
    quick = read_harvest(body)
    try:
        slow = HarvestBody().load(body)
    except ValidationError:
        slow = None
    assert quick is None or quick == slow


@pytest.mark.parametrize(
    "more", [{}, {"containers": [{"gross": "21.5", "tare": "1.2"}], "pickers": 3}, {"note": "东坡"}]
)
def test_the_usual_takes_the_short_cut(more):
    usual = {
        "plot": "430422122246-0001",
        "part": "fruit",
        "on": "2026-07-18",
        "quantity": "420.5",
        "unit": "斤",
        **more,
    }
    assert read_harvest(usual) == HarvestBody().load(usual)
