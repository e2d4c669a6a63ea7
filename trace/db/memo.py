"""Answers remembered while many records of one kind are written in one transaction, so that the register is asked once and not per record.

Nothing is remembered outside ``with remembering()``. Whoever writes what a remembered answer depends on calls :func:`forget`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

Found = TypeVar("Found", bound=Callable[..., Any])
_open: ContextVar[dict[Any, Any] | None] = ContextVar("memo", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember what is asked inside, until the end of the block."""
    token = _open.set({})
    try:
        yield
    finally:
        _open.reset(token)


def remembered(ask: Found) -> Found:
    """The answer of a read by its arguments (rows count by their key); errors are not remembered."""

    @wraps(ask)
    def answer(*args: Any) -> Any:
        kept = _open.get()
        if kept is None:
            return ask(*args)
        key = (ask, *args)
        if key not in kept:
            kept[key] = ask(*args)
        return kept[key]

    return answer  # type: ignore[return-value]


def forget() -> None:
    """Ask everything anew from here on."""
    kept = _open.get()
    if kept is not None:
        kept.clear()


def seed(ask: Callable[..., Any], value: Any, *args: Any) -> None:
    """Answer a remembered read beforehand."""
    kept = _open.get()
    if kept is not None:
        kept.setdefault((getattr(ask, "__wrapped__", ask), *args), value)


def correct(ask: Callable[..., Any], value: Any, *args: Any) -> None:
    """Change what is remembered, because one has just changed it oneself."""
    kept = _open.get()
    if kept is not None:
        kept[(getattr(ask, "__wrapped__", ask), *args)] = value


def recall(ask: Callable[..., Any], *args: Any) -> Any:
    """What was seeded as the answer to a read; None where nothing was."""
    kept = _open.get()
    return None if kept is None else kept.get((getattr(ask, "__wrapped__", ask), *args))
