"""How far a long check or import is, and the wish to stop it: two small files beside the data.

Not rows: an import is one transaction, so nothing it writes to the database can be seen before it ends, and on SQLite nobody else can write.
"""

from __future__ import annotations

from pathlib import Path


class Stopped(Exception):
    """The person who began it wants it to end; nothing is kept."""


class Gauge:
    """Counts the rows of one import run."""

    EVERY = 20

    def __init__(self, folder: Path | None, code: str) -> None:
        """``folder``: None when nobody waits behind a progress bar."""
        self._folder = folder
        self._code = code
        self.done = 0

    def begin(self, total: int) -> None:
        """So many rows lie ahead."""
        self.done, self.total = 0, total
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._stop.unlink(missing_ok=True)
        self._show()

    def step(self, count: int = 1) -> None:
        """Rows done; raises :class:`Stopped` when somebody asked for it."""
        before, self.done = self.done, self.done + count
        if before // self.EVERY != self.done // self.EVERY:
            if self._folder is not None and self._stop.exists():
                raise Stopped
            self._show()

    def end(self) -> None:
        """Leave nothing behind."""
        if self._folder is not None:
            self._count.unlink(missing_ok=True)
            self._stop.unlink(missing_ok=True)

    def read(self) -> tuple[int, int] | None:
        """Rows done and in all, while it runs."""
        if self._folder is None or not self._count.exists():
            return None
        done, _, total = self._count.read_text().partition("/")
        return (int(done), int(total)) if done and total else None

    def ask_to_stop(self) -> None:
        """From the page of the run."""
        if self._folder is not None and self._folder.is_dir():
            self._stop.touch()

    @property
    def _count(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._code}.count"

    @property
    def _stop(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._code}.stop"

    def _show(self) -> None:
        if self._folder is not None:
            fresh = self._count.with_suffix(".new")
            fresh.write_text(f"{self.done}/{self.total}")
            fresh.replace(self._count)
