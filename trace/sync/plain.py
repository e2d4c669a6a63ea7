"""The usual harvest read without the schema: what a phone sends thousands of times, all of it as it should be. Pure.

The schema says what is right and what is said when it is not; this answers the same for bodies that hold nothing unusual, in a tenth of the
time, and leaves everything else to the schema. A test asks both for bodies of all kinds.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from trace.core.errors import Invalid
from trace.field.schemas import typed_weight
from trace.field.weigh_rules import DESTINATIONS, MOST_CONTAINERS

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXTS = {"yield_reason": 200, "late_reason": 200, "note": 500}
_CHOICES = {
    "part": ("fruit", ("fruit", "leaf", "flower")), "unit": ("公斤", ("公斤", "斤")), "destination": ("", ("", *DESTINATIONS)),
}  # fmt: skip
_FIGURES = ("gross", "tare", "damage")
_KNOWN = {"plot", "on", "quantity", "containers", "pickers", *_TEXTS, *_CHOICES}


def read_harvest(body: dict[str, Any]) -> dict[str, Any] | None:
    """A ``harvest.record`` as :class:`trace.sync.schemas.HarvestBody` would give it; None: ask the schema."""
    if not body.keys() <= _KNOWN or type(body.get("plot")) is not str or type(body.get("on")) is not str:
        return None
    try:
        return {
            "plot_code": body["plot"],
            "harvested_on": _day(body["on"]),
            **_texts(body),
            **_choices(body),
            **_weights(body),
        }
    except (_Unusual, ValueError, Invalid):
        return None


class _Unusual(Exception):
    """Something the schema has to judge."""


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise _Unusual
    return date.fromisoformat(text)


def _texts(body: dict[str, Any]) -> dict[str, str]:
    return {name: _short(body.get(name, ""), most) for name, most in _TEXTS.items()}


def _choices(body: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name, (default, allowed) in _CHOICES.items():
        found[name] = value = body.get(name, default)
        if type(value) is not str or value not in allowed:
            raise _Unusual
    return found


def _weights(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"containers": _containers(body.get("containers", []))}
    if "quantity" in body:
        found["weight"] = typed_weight(_short(body["quantity"], 40), body)
    if "pickers" in body:
        if type(body["pickers"]) is not int:
            raise _Unusual
        found["pickers"] = body["pickers"]
    return found


def _containers(rows: Any) -> list[dict[str, str]]:
    if type(rows) is not list or len(rows) > MOST_CONTAINERS:
        raise _Unusual
    return [_container(row) for row in rows]


def _container(row: Any) -> dict[str, str]:
    if type(row) is not dict or not row.keys() <= set(_FIGURES):
        raise _Unusual
    return {name: _short(row.get(name, ""), 40) for name in _FIGURES}


def _short(text: Any, most: int) -> str:
    if type(text) is not str or len(text) > most:
        raise _Unusual
    return text
