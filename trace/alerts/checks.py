"""Invariants of alerts."""

from __future__ import annotations

from collections.abc import Iterator

from trace.alerts.models import Alert
from trace.alerts.rules import KINDS


def check_sentences() -> Iterator[str]:
    """Every alert is of a known kind and has all values its sentence names."""
    for row in Alert.select():
        if row.kind not in KINDS:
            yield f"alert {row.code}: unknown kind {row.kind}"
            continue
        try:
            KINDS[row.kind].text % row.facts
        except KeyError as missing:
            yield f"alert {row.code}: no value for {missing}"


CHECKS = (check_sentences,)
