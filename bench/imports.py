"""Importing 10 000 households against openpyxl merely reading the same file."""

from __future__ import annotations

from io import BytesIO
from random import Random

import openpyxl

from bench.harness import Ratio, Skipped, compare, engines, timed
from trace.core.actor import Actor, Role
from trace.core.identifiers import citizen_id_check_digit
from trace.imports import services
from trace.imports.models import ImportRow, ImportRun
from trace.registry.models import Party, PartyRole
from trace.registry.vault import open_vault

ROWS = 10_000
BUREAU = Actor(1, "bench", "bench", frozenset({Role.BUREAU}))


def run(rounds: int) -> list[Ratio | Skipped]:
    """Both engines; every round reads, checks, seals, writes and undoes again."""
    data = households()
    found: list[Ratio | Skipped] = []
    for engine, skipped in engines("import of 10 000 households"):
        if skipped:
            found.append(skipped)
            continue
        open_vault("bench")
        found.append(
            compare(
                f"import of 10 000 households, {engine}",
                "openpyxl reading the file",
                theirs=lambda: timed(lambda: read(data)),
                ours=lambda: imported(data),
                at_most=4,
                rounds=rounds,
            )
        )
    return found


def read(data: bytes) -> int:
    """What openpyxl needs to hand over every cell."""
    return sum(1 for _ in openpyxl.load_workbook(BytesIO(data)).active.iter_rows(values_only=True))


def imported(data: bytes) -> float:
    """Seconds to hand the file in and import it (the check beforehand is the same work once more and not counted)."""
    run = services.receive(BUREAU, "parties", "bench.xlsx", data)
    ImportRun.update(state="checked").where(ImportRun.id == run.id).execute()
    seconds = timed(lambda: services.apply(BUREAU, run.code, "all"))
    assert Party.select().count() == ROWS
    for model in (ImportRow, PartyRole, Party):
        model.delete().execute()
    return seconds


def households() -> bytes:
    """A workbook as a township would hand it in; all numbers invented, their check digits right."""
    rng = Random(11)
    book = openpyxl.Workbook()
    book.active.append(["类别", "姓名", "乡镇", "村", "身份证号", "联系电话", "银行账号"])
    for number in range(ROWS):
        first = f"430422{1950 + number // 1000}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}{number % 1000:03d}"
        book.active.append(
            ["农户", f"户{number}", "松江镇", "凉市村", f"{first}{citizen_id_check_digit(first)}", f"138{number:08d}", f"62170000{number:08d}"]
        )  # fmt: skip
    out = BytesIO()
    book.save(out)
    return out.getvalue()
