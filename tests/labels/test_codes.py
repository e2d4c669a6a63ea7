"""Codes nobody can invent: forged ones cost no database, keys rotate, a run of any size is one row."""

from __future__ import annotations

import json
import os
from random import Random

import pytest

from tests.factories import county as make
from trace.core.errors import RuleBroken
from trace.core.identifiers import CROCKFORD
from trace.core.public_code import LENGTH, CodeBook
from trace.db import db
from trace.db.reading import reader
from trace.labels import codes, queries, services, sheets
from trace.labels.codes import KeyRing, book, ring
from trace.labels.models import LabelActivation, LabelRun, LabelUnit
from trace.processing.services import Input, Output, pack, record_run

FORGED = int(os.environ.get("TRACE_FORGED", "20000"))


@pytest.fixture
def packs(home):
    actor = home.actor("coop")
    lot = make.harvest(actor, make.plot(actor, home))
    dried = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    return pack(actor, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]


@pytest.fixture
def no_database(monkeypatch):
    """Any statement is a failure."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a forged code reached the database")

    monkeypatch.setattr(db.obj, "execute_sql", refuse)
    monkeypatch.setattr(reader, "row", refuse)


def forged(rng: Random, good: list[str], n: int) -> str:
    """Invented, altered in one place, counted on, joined from two good ones, or of a key that never was."""
    code = good[n % len(good)]
    place, kind = rng.randrange(LENGTH), n % 5
    if kind == 0:
        return "".join(rng.choices(CROCKFORD, k=LENGTH))
    if kind == 1:
        return code[:place] + rng.choice([sign for sign in CROCKFORD if sign != code[place]]) + code[place + 1 :]
    if kind == 2:
        head = CROCKFORD[(CROCKFORD.index(code[7]) + 1) % 32]
        return code[:7] + head + code[8:]
    if kind == 3:
        return code[:8] + good[(n + 1) % len(good)][8:]
    return rng.choice("23456789") + code[1:]


def test_forged_altered_and_counted_codes_are_all_refused_without_a_query(home, packs, no_database):
    rng, good = Random(23), [book().write(n) for n in range(200)]
    assert all(book().read(code) is not None for code in good)
    accepted = [code for n in range(FORGED) if book().read(code := forged(rng, good, n)) is not None]
    assert accepted == [], f"of {FORGED}"


def test_a_run_of_any_size_is_one_row(home, packs, monkeypatch):
    monkeypatch.setattr("trace.labels.balance.lots.made_quantities", lambda ids: dict.fromkeys(ids, 2_000_000))
    # Only the size of the run is tested here: no tree bears five hundred tons, and the ceilings would say so.
    monkeypatch.setattr(services, "require_explained", lambda *_: None)
    actor = home.actor("coop")
    run = services.make_run(actor, packs.code, 1_000_000)
    assert (LabelRun.select().count(), LabelUnit.select().count(), LabelActivation.select().count()) == (1, 0, 0)
    assert queries.run_of_code(sheets.code_at(run, 999_999)) == (run, run.first_serial + 999_999)
    services.activate_run(actor, run.no, 1, 500_000)
    services.void_unit(actor, sheets.code_at(run, 700_000), "撕坏")
    assert (LabelActivation.select().count(), LabelUnit.select().count()) == (1, 1)


def test_after_a_rotation_old_labels_stay_valid_and_old_runs_print_the_same_codes(app, home, packs):
    actor = home.actor("coop")
    old = services.make_run(actor, packs.code, 10)
    before = [sheets.code_at(old, n) for n in range(10)]
    assert ring().rotate() == "2"
    new = services.make_run(actor, packs.code, 10)
    assert (old.key_version, new.key_version) == ("1", "2")
    assert [sheets.code_at(queries.run_by_no(old.no), n) for n in range(10)] == before
    assert all(code.startswith("1") for code in before) and sheets.code_at(new, 0).startswith("2")
    assert [book().read(code) for code in before] == [old.first_serial + n for n in range(10)]
    assert book().read(sheets.code_at(new, 3)) == new.first_serial + 3
    path = app.config["TRACE"].instance / "label-keys.json"
    assert path.stat().st_mode & 0o077 == 0, "nobody else may read the keys"
    assert json.loads(path.read_text())["keys"].keys() == {"2"}


def test_another_process_notices_the_rotation_within_its_next_look(tmp_path, monkeypatch):
    monkeypatch.setattr(codes, "LOOK", 0.0)
    first, second = (KeyRing("s" * 32, tmp_path, "") for _ in range(2))
    first.path = second.path = tmp_path / "label-keys.json"
    second.refresh()
    first.rotate()
    code = first.book.write(77)
    second.refresh()
    assert second.book.read(code) == 77
    assert KeyRing("other" * 8, None, "") is not None
    stranger = CodeBook({"2": bytes(32)}, "2")
    assert stranger.read(code) is None and second.book.read(stranger.write(77)) is None


def test_a_key_that_does_not_exist_is_not_the_key_of_zeros():
    """Codes that name no key are checked against a fixed key, so that they take as long; even the right tag for it opens nothing."""
    assert CodeBook({"1": b"k" * 32}, "1").read(CodeBook({"9": bytes(32)}, "9").write(5)) is None


def test_a_retired_key_opens_nothing_and_the_commands_say_what_they_do(app, home, packs, command):
    actor = home.actor("coop")
    run = services.make_run(actor, packs.code, 10)
    code = sheets.code_at(run, 0)
    assert "新密钥版本 2 已启用，旧标签照常可查" in command("labels", "rotate-key").output
    assert "只验旧码\t1 批标签" in command("labels", "keys").output
    refused = command("labels", "retire-key", "1")
    assert refused.exit_code and "还有 1 批未作废的标签使用密钥 1" in refused.output
    assert book().read(code) is not None
    services.void_run(actor, run.no, "密钥更换")
    assert "密钥版本 1 已停用" in command("labels", "retire-key", "1").output
    assert book().read(code) is None
    assert command("labels", "retire-key", "2").exit_code, "the key in use cannot be retired"


def test_a_lost_file_of_keys_does_not_write_with_another_key(app, home, packs):
    with pytest.raises(RuleBroken):
        codes.ring().retire("7")
    assert codes.ring().current == "1"
