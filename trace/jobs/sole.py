"""One worker at a time for an installation: whoever holds the lock knows that jobs still marked running belong to a dead one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sole_worker(folder: Path) -> Iterator[None]:
    """Wait until no other worker of this folder lives, and keep others waiting; the system frees the lock of a killed one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "worker.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
