"""What higher layers tell the register, and do after it: the register knows them only by these two sockets, filled at start-up.

``areas``: the land a party operates, for the status 种植大户. ``followers``: what must move when two entries are merged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from trace.audit import Operation
from trace.registry.models import Party


class Areas(Protocol):
    """A source of operated areas."""

    def __call__(self) -> Any:
        """A Peewee query of (party id, m²), one row per party."""


Follower = Callable[[Operation, Party, Party], dict[str, int]]
"""Moves what belongs to the first party to the second; returns how many rows of what were moved."""

_areas: list[Areas] = []
_followers: list[Follower] = []


def connect(areas: Areas, *followers: Follower) -> None:
    """Fill the sockets; a second call replaces the first."""
    _areas[:] = [areas]
    _followers[:] = followers


def operated_areas() -> Any:
    """The query of (party id, m²)."""
    return _areas[0]()


def follow(op: Operation, old: Party, new: Party) -> dict[str, int]:
    """Let every higher layer move its own rows."""
    moved: dict[str, int] = {}
    for follower in _followers:
        moved |= follower(op, old, new)
    return moved
