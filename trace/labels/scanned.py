"""How often the codes of a run were looked up: known to the domain of scans above, which the composition root connects here."""

from __future__ import annotations

from collections.abc import Callable

from trace.labels.models import LabelRun

Counter = Callable[[LabelRun], tuple[int, int]]
_counter: list[Counter] = []


def connect(counter: Counter) -> None:
    """Hand in the counter: run → (codes opened at least once, openings in all)."""
    _counter[:] = [counter]


def counted(run: LabelRun) -> tuple[int, int]:
    """Codes of a run that were opened at least once, and how often in all."""
    return _counter[0](run) if _counter else (0, 0)
