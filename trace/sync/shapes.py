"""Shapes of bodies as they were shipped, and the step up from each: a phone two releases old still syncs. Pure.

A shape that was shipped is never edited; a new one gets the next number and a step from the one before. Golden operations of every number
stand in ``tests/sync/golden``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]
Step = Callable[[Body], Body]


def _harvest_weight_to_quantity(body: Body) -> Body:
    """Shape 0, the trial app of spring 2026: ``weight`` in 公斤 without its unit, the day as ``date``, always fruit."""
    rest = {key: value for key, value in body.items() if key not in ("weight", "date")}
    return {"part": "fruit", **rest, "quantity": body["weight"], "unit": "公斤", "on": body["date"]}


def _renamed_act(body: Body) -> Body:
    """Shape 0, the trial app of spring 2026: ``type``, ``date`` and ``remark``."""
    names = {"type": "activity", "date": "on", "remark": "note"}
    if not {"type", "date"} <= body.keys():
        raise KeyError("never was of this shape")
    return {names.get(key, key): value for key, value in body.items()}


STEPS: dict[tuple[str, int], Step] = {
    ("harvest.record", 0): _harvest_weight_to_quantity,
    ("activity.record", 0): _renamed_act,
}
"""From (kind, number) to the shape with the next number."""


def lifted(kind: str, schema: int, present: int, body: Body) -> Body:
    """A body in today's shape. Raises KeyError when it lacks what its own shape had (the door calls that malformed)."""
    for number in range(schema, present):
        body = STEPS[kind, number](body)
    return body
