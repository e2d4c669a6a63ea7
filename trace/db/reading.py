"""A connection for single rows that are read very often: one for the whole process, taken in turns, outside every transaction.

Taking a pooled connection and giving it back costs as much as the read, and threads that let go of the interpreter for a few microseconds each wait for
one another far longer. In turns they do not (ADR 0032).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from peewee import Database, OperationalError
from playhouse.pool import PooledDatabase

from trace.db.engine import AT_CLOSE, db


class Reader:
    """Reads one row at a time; sees what was committed before the call."""

    def __init__(self) -> None:
        """Opens with the first read, and again when the application is bound to another database."""
        self._turn = threading.Lock()
        self._connection: Any = None
        self._database: Database | None = None

    def row(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The first row or None. A connection that failed is dropped; the next call opens a new one."""
        with self._turn:
            try:
                if self._database is not db.obj:
                    self._open()
                # All rows, not the first: a statement not read to its end would keep its snapshot.
                rows = self._connection.execute(sql, parameters).fetchall()
            except Exception as error:
                self._drop()
                raise OperationalError(str(error)) from error
        return rows[0] if rows else None

    def close(self) -> None:
        """Give the connection up."""
        with self._turn:
            self._drop()

    def _open(self) -> None:
        self._drop()
        database = db.obj
        # Past the pool: this connection never goes back to it.
        self._connection = super(PooledDatabase, database)._connect()  # type: ignore[misc]
        self._database = database

    def _drop(self) -> None:
        connection, self._connection, self._database = self._connection, None, None
        if connection is not None:
            connection.close()


reader = Reader()
AT_CLOSE.append(reader.close)
