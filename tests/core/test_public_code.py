"""Codes that cannot be guessed: every altered character fails, serial numbers come back, versions rotate."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.core.identifiers import CROCKFORD
from trace.core.public_code import LENGTH, SERIAL_BITS, CodeBook, grouped, normalise

OLD, NEW = b"o" * 32, b"n" * 32
BOOK = CodeBook({"1": OLD, "2": NEW}, "2")


@given(st.integers(0, (1 << SERIAL_BITS) - 1))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(serial: int):
    code = BOOK.write(serial)
    assert len(code) == LENGTH
    assert BOOK.read(code) == serial
    assert BOOK.read(grouped(code).lower()) == serial


def test_every_single_character_changed_is_refused():
    code = BOOK.write(4711)
    for place in range(LENGTH):
        for char in CROCKFORD:
            if char != code[place]:
                assert BOOK.read(code[:place] + char + code[place + 1 :]) is None


def test_codes_of_an_older_key_stay_valid_and_foreign_ones_never_were():
    old = CodeBook({"1": OLD}, "1").write(7)
    assert BOOK.read(old) == 7
    assert BOOK.read(CodeBook({"2": b"x" * 32}, "2").write(7)) is None
    assert BOOK.read(CodeBook({"3": OLD}, "3").write(7)) is None


def test_neighbours_do_not_look_like_neighbours():
    codes = [BOOK.write(n) for n in range(200)]
    assert len(set(codes)) == 200
    assert codes != sorted(codes)
    assert len({code[1:3] for code in codes}) > 100


@pytest.mark.parametrize("text", ["", "0", "1" * 19, "1" * 21, "１" * 20, "<script>", "土" * 20, "1" * 19 + "U"])
def test_nonsense_is_unknown(text: str):
    assert BOOK.read(text) is None


def test_letters_people_confuse_are_read_as_digits():
    assert normalise("iL-oO") == "1100"
