"""Strict JSON in, canonical JSON out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core.canonical import MAX_DEPTH, canonical_bytes, sha256_hex, strict_loads
from trace.core.errors import Invalid

NOT_JSON = "不是有效的 JSON 内容，请检查是否复制完整。"
leaves = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8)
values = st.recursive(leaves, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=5), v, max_size=4))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        '{"a": 1, "a": 2}',
        "[NaN]",
        "[Infinity]",
        "[1e309]",
        "[9007199254740992]",
        "[" + "9" * 5000 + "]",
        '["\\ud800"]',
        "\ud800",
        b"\xff\xfe[]",
        "[1] 2",
        '["a\nb"]',
    ],
)
def test_anything_doubtful_is_not_json(text):
    with pytest.raises(Invalid) as caught:
        strict_loads(text, 10_000, "geometry")
    assert (str(caught.value), caught.value.code, caught.value.field) == (NOT_JSON, "NOT_JSON", "geometry")


def test_good_json_passes_with_or_without_a_byte_order_mark():
    assert strict_loads('\ufeff{"a": [1, -0.5, "坵"]}'.encode(), 100) == {"a": [1, -0.5, "坵"]}
    assert strict_loads('"\\ud83c\\udf3f"', 100) == "🌿"


def test_depth_is_bounded_before_anything_is_parsed():
    assert strict_loads("[" * MAX_DEPTH + "]" * MAX_DEPTH, 1000) is not None
    for deep in ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), '{"a":' * 100_000):
        with pytest.raises(Invalid, match="内容嵌套过深，无法识别。"):
            strict_loads(deep, 10**6)


def test_brackets_inside_a_text_are_not_depth():
    text = json.dumps(['[{"' * 50 + "\\"])
    assert strict_loads(text, 1000) == ['[{"' * 50 + "\\"]


def test_size_is_bounded():
    with pytest.raises(Invalid, match="内容过大，最多 2 KB。"):
        strict_loads(b" " * 2001, 2000)


@given(values)
@settings(deadline=None, max_examples=80)
def test_canonical_bytes_read_back_and_stay(value):
    once = canonical_bytes(value)
    again = strict_loads(once, 10**6)
    assert again == value
    assert canonical_bytes(again) == once


def test_the_order_of_keys_does_not_matter_to_the_hash():
    assert sha256_hex(canonical_bytes({"b": 1, "a": 2})) == sha256_hex(canonical_bytes({"a": 2, "b": 1}))
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
