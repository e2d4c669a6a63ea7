"""Running numbers for public codes, one row per series, safe under concurrent writers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from peewee import CharField, IntegerField

from trace.db.engine import db
from trace.db.model import BaseModel


class CodeCounter(BaseModel):
    """The last number given out in a series such as ``H26``."""

    key = CharField(max_length=40, unique=True)
    value = IntegerField()


TABLES = (CodeCounter,)


_reserved: ContextVar[dict[str, list[int]] | None] = ContextVar("reserved", default=None)


def next_number(key: str, count: int = 1) -> int:
    """Take ``count`` numbers of a series and return the first; the row stays locked until the transaction ends."""
    block = (_reserved.get() or {}).get(key)
    if block is None:
        return _take(key, count)
    if block[1] < count:
        block[1] = (
            0  # what is left of the block is lost: later numbers are about to be taken, so it cannot be given back
        )
        return _take(key, count)
    block[0], block[1] = block[0] + count, block[1] - count
    return block[0] - count


@contextmanager
def reserving(keys: list[str], count: int) -> Iterator[None]:
    """Take ``count`` numbers of each series at once for what is written inside, and give back those not used.

    Nobody can take one meanwhile, for the series stays locked until the transaction ends; so no number is lost by it. ``keys`` in the order
    in which single writers take them, or two could wait for each other.
    """
    blocks = {key: [_take(key, count), count] for key in keys} if count else {}
    token = _reserved.set(blocks)
    try:
        yield
    finally:
        _reserved.reset(token)
    for key, (_, left) in blocks.items():
        if left:
            _take(key, -left)


def _take(key: str, count: int) -> int:
    row = db.execute_sql(_SQL % {"p": db.obj.param}, (key, count)).fetchone()
    return row[0] - count + 1


def take_turn(key: str) -> None:
    """One writer at a time passes here, until its transaction ends: for rules that look at many rows at once."""
    next_number(f"turn-{key}")


_SQL = (
    "INSERT INTO code_counter (key, value) VALUES (%(p)s, %(p)s) "
    "ON CONFLICT (key) DO UPDATE SET value = code_counter.value + excluded.value RETURNING value"
)
