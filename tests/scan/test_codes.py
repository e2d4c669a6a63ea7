"""Invented, altered and counted-up codes: none accepted, the database never asked, and nothing to read off the clock."""

from __future__ import annotations

import os
import random
import statistics
import time

import pytest

from trace.core.public_code import LENGTH, CodeBook
from trace.db import db
from trace.db.reading import reader
from trace.labels import sheets
from trace.labels.codes import batch_book, book
from trace.scan import answers
from trace.scan.rules import Verdict
from trace.web.limits import limiter

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORGED = int(os.environ.get("FORGED_CODES", "20000"))
"""1 000 000 in the full run."""


@pytest.fixture
def no_database(monkeypatch):
    """Every statement that is executed, for the test to find none."""
    asked, real = [], type(db.obj).execute_sql

    def heard(self, sql, *rest, **more):
        asked.append(sql)
        return real(self, sql, *rest, **more)

    monkeypatch.setattr(type(db.obj), "execute_sql", heard)
    monkeypatch.setattr(reader, "row", lambda sql, parameters: asked.append(sql))
    return asked


def forgeries(genuine: list[str], rng: random.Random):
    """Four kinds in turn: out of the air, one character altered, counted up, two codes spliced."""
    for number in range(FORGED):
        code = rng.choice(genuine)
        at = rng.randrange(LENGTH)
        if number % 4 == 0:
            yield rng.choice("1B") + "".join(rng.choices(ALPHABET, k=LENGTH - 1))
        elif number % 4 == 1:
            yield code[:at] + rng.choice(ALPHABET.replace(code[at], "")) + code[at + 1 :]
        elif number % 4 == 2:
            body = int.from_bytes(code[1:8].encode(), "big") + rng.randrange(1, 1000)
            yield code[0] + "".join(ALPHABET[body >> 5 * n & 31] for n in range(7)) + code[8:]
        else:
            other = rng.choice(genuine)
            yield code[:8] + other[8:] if other != code else code[::-1]


def test_no_forged_code_is_accepted_and_none_reaches_the_database(run, no_database):
    genuine = [sheets.code_at(run, n) for n in range(40)] + [batch_book().write(run.lot_id)]
    known, accepted, tried = set(genuine), 0, 0
    for code in forgeries(genuine, random.Random(2931)):
        if code in known:
            continue
        tried += 1
        accepted += answers.look(code) is not None
    assert accepted == 0 and tried > FORGED * 0.95
    assert no_database == []


def test_every_character_and_every_place_counts(run):
    code = sheets.code_at(run, 3)
    for at in range(LENGTH):
        for letter in ALPHABET.replace(code[at], ""):
            assert book().read(code[:at] + letter + code[at + 1 :]) is None
    assert book().read(code.lower()) == run.first_serial + 3, "typed in small letters it is the same code"


def test_a_whole_request_with_a_forged_code_asks_nothing(client, run, no_database):
    client.get("/t/" + "1" * 20)
    no_database.clear()
    for code in ("1" * 20, sheets.code_at(run, 0)[::-1], "B" + "2" * 19, "x", "%00", "1" * 200):
        assert client.get(f"/t/{code}").status_code == 404
    assert no_database == []


def test_unknown_and_altered_take_the_same_time():
    """Medians of interleaved blocks; both go through one tag and one comparison, whatever is wrong."""
    codes = CodeBook({"1": b"k" * 32}, "1")
    genuine = codes.write(12345)
    altered = genuine[:-1] + ("0" if genuine[-1] != "0" else "1")
    kinds = {"altered": altered, "invented": "1" + "7" * 19, "version": "9" + genuine[1:]}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(200):
        for name, code in kinds.items():
            began = time.perf_counter()
            for _ in range(50):
                codes.read(code)
            times[name].append(time.perf_counter() - began)
    quick = {name: statistics.quantiles(values, n=10)[0] for name, values in times.items()}
    assert max(quick.values()) < 1.5 * min(quick.values()), quick


def test_unknown_and_altered_are_the_same_page(client, run):
    limiter.enabled = False
    try:
        code = sheets.code_at(run, 0)
        altered = code[:-1] + ("0" if code[-1] != "0" else "1")
        pages = {client.get(f"/t/{wrong}").text.replace(wrong, "") for wrong in (altered, "1" * 20, "abc")}
    finally:
        limiter.enabled = True
    assert len(pages) == 1


def test_codes_of_another_secret_or_kind_are_strangers(run):
    stranger = CodeBook({"1": b"other" * 7}, "1")
    assert answers.look(stranger.write(run.first_serial)) is None
    assert book().read(batch_book().write(run.lot_id)) is None
    assert batch_book().read(sheets.code_at(run, 0)) is None


def test_old_keys_stay_readable_after_a_rotation():
    first = CodeBook({"1": b"a" * 32}, "1")
    both = CodeBook({"1": b"a" * 32, "2": b"b" * 32}, "2")
    for serial in (0, 1, 2**35 - 1, 77):
        assert both.read(first.write(serial)) == serial
        assert both.write(serial)[0] == "2" and both.read(both.write(serial)) == serial
    assert CodeBook({"2": b"b" * 32}, "2").read(first.write(5)) is None, "a retired key"


def test_neighbours_are_strangers(run):
    codes = [sheets.code_at(run, n) for n in range(40)]
    alike = [sum(a == b for a, b in zip(one, two, strict=True)) for one, two in zip(codes, codes[1:], strict=False)]
    assert statistics.mean(alike) < 3


def test_batch_codes_say_so(client, run):
    code = batch_book().write(run.lot_id)
    with db.connection_context():
        seen = answers.look(code)
    assert seen.verdict is Verdict.BATCH and seen.serial is None
    page = client.get(f"/t/{code}").text
    assert "批次码（非一物一码）" in page and "一路走来" in page
