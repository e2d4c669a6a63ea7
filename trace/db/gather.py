"""Rows held back and written together, for exchanges that write thousands of small records.

Inside ``with gathering():`` every insert through :mod:`trace.db.rows` waits in memory. Whatever else is asked of the database first writes
what waits, in order, so nobody ever reads a state that lacks a row: holding back is a matter of speed alone. :func:`step` is the
savepoint that goes with it; it reaches the database only when something has to be written while it is open.

A row the database refuses is found out later than it would be by itself, when nobody can tell any more whose it was. Then
:class:`NotTogether` ends the transaction, and the caller does the same work again without holding anything back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import count
from typing import Any

import peewee
from peewee import OperationalError

from trace.db.engine import before_statement, db, is_postgres
from trace.db.model import BaseModel

_names = count(1)


class NotTogether(Exception):
    """The database refused one of the rows held back; do the work again, row by row."""


class _Mark:
    """A savepoint: where it stands among the rows held back, and its name once the database knows it."""

    def __init__(self, position: int) -> None:
        self.position, self.name = position, ""


class Gathering:
    """The rows of one transaction that wait to be written, in the order they were made."""

    def __init__(self, expected: int) -> None:
        """``expected``: how many rows a table is likely to get; keys are taken in blocks of so many."""
        self._expected = max(1, expected)
        self._rows: list[tuple[Any, list[Any]]] = []
        self._marks: list[_Mark] = []
        self._keys: dict[Any, Iterator[int]] = {}
        self._writing = self.broken = False

    def put(self, table: Any, values: list[Any]) -> int:
        """Hold a row back; returns the key it will have."""
        key = next(self._keys.get(table) or iter(()), None)
        if key is None:
            self._keys[table] = self._block(table)
            key = next(self._keys[table])
        self._rows.append((table, [key, *values]))
        return key

    def before(self, statement: str) -> None:
        """Let the database know what it has to know before it runs a statement: the rows held back, and around a write the savepoints."""
        if self._writing:
            return
        if self._rows or (self._marks and not self._marks[-1].name and not statement.startswith("SELECT ")):
            self.flush()

    def flush(self) -> None:
        """Write what waits, and make the savepoints around it real."""
        self._writing = True
        try:
            self._write_all()
        except OperationalError:
            raise
        except Exception as error:
            self.broken = True
            raise NotTogether from error
        finally:
            self._writing = False
        self._rows.clear()
        self._keys.clear()  # the next statement may insert by itself and take the keys on

    def begin(self) -> _Mark:
        """Open a savepoint."""
        mark = _Mark(len(self._rows))
        self._marks.append(mark)
        return mark

    def keep(self, mark: _Mark) -> None:
        """Close a savepoint; what was written stays."""
        self._marks.remove(mark)
        if mark.name:
            self._say(f"RELEASE SAVEPOINT {mark.name}")

    def undo(self, mark: _Mark) -> None:
        """Close a savepoint; what was written since is gone."""
        self._marks.remove(mark)
        del self._rows[0 if mark.name else mark.position :]
        if mark.name and not self.broken:
            self._say(f"ROLLBACK TO SAVEPOINT {mark.name}")
            self._say(f"RELEASE SAVEPOINT {mark.name}")
            self._keys.clear()

    def _write_all(self) -> None:
        start = 0
        for mark in self._marks:
            if not mark.name:
                self._write(self._rows[start : mark.position])
                start, mark.position, mark.name = mark.position, 0, f"step_{next(_names)}"
                self._say(f"SAVEPOINT {mark.name}")
        self._write(self._rows[start:])

    def _write(self, rows: list[tuple[Any, list[Any]]]) -> None:
        by_table: dict[Any, list[list[Any]]] = {}
        for table, values in rows:
            by_table.setdefault(table, []).append(values)
        with peewee.__exception_wrapper__:
            for table in sorted(by_table, key=lambda one: _depth(one.model)):
                db.cursor().executemany(table.keyed, by_table[table])

    def _block(self, table: Any) -> Iterator[int]:
        """Keys nobody else will take: of the sequence, or on SQLite, whose one writer this is, the next ones."""
        self._writing, before = True, self._writing
        try:
            if not is_postgres():
                return count(db.execute_sql(table.newest).fetchone()[0] + 1)
            return iter([key for (key,) in db.execute_sql(table.sequence, (self._expected,)).fetchall()])
        finally:
            self._writing = before

    def _say(self, statement: str) -> None:
        self._writing, before = True, self._writing
        try:
            db.execute_sql(statement)
        finally:
            self._writing = before


_open: ContextVar[Gathering | None] = ContextVar("gathering", default=None)


def current() -> Gathering | None:
    """The gathering that is open here."""
    return _open.get()


@contextmanager
def gathering(expected: int) -> Iterator[None]:
    """Hold rows back inside; only within a transaction. What waits at the end is written; :class:`NotTogether` when that fails."""
    held = Gathering(expected)
    token, hook = _open.set(held), before_statement.set(held.before)
    try:
        yield
        if held.broken:  # somebody caught the first refusal
            raise NotTogether
        held.flush()
    finally:
        before_statement.reset(hook)
        _open.reset(token)


@contextmanager
def step() -> Iterator[None]:
    """All that is written inside, or nothing: ``db.atomic()``, for free while rows are held back."""
    held = _open.get()
    if held is None:
        with db.atomic():
            yield
        return
    mark = held.begin()
    try:
        yield
    except BaseException:
        held.undo(mark)
        raise
    held.keep(mark)


@cache
def _depth(model: type[BaseModel]) -> int:
    """How many tables stand below one: rows are written from the ground up, so that every foreign key finds its row."""
    below = {field.rel_model for field in model._meta.refs if field.rel_model is not model}  # type: ignore[attr-defined]
    return 1 + max(map(_depth, below), default=0)
