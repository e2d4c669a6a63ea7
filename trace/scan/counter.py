"""Counting scans without slowing the page: one writer per process takes a batch every fraction of a second.

What a kill can lose is what arrived since the last batch, at most ``EVERY`` seconds and the time of one write. An address lives in this queue only; what
is written is a number made of it (see ``recording``). A database that does not answer keeps the page up: the batch waits and is tried again.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque

import structlog

from trace.core.clock import utcnow
from trace.db import db
from trace.scan.recording import Scan, record_scans

EVERY = 0.25
FULL = 100_000

log = structlog.get_logger("scan")


class ScanCounter:
    """A queue and one thread. ``count`` never waits and never fails the page; a full queue drops the count, not the page."""

    def __init__(self) -> None:
        """The thread starts with the first scan; without ``background`` somebody else calls :meth:`flush` (tests do)."""
        self.background = True
        self._waiting: deque[Scan] = deque()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._dropped = 0

    def count(self, serial: int | None, run_id: int, address: str) -> None:
        """Note one scan of a unit's code, or of a batch code (no serial)."""
        if len(self._waiting) >= FULL:
            self._dropped += 1
            return
        self._waiting.append((serial, run_id, address, utcnow()))
        if self._thread is None and self.background:
            self._start()

    def flush(self) -> int:
        """Write everything that waits; returns how many scans that was. A batch that cannot be written goes back to the front."""
        with self._writing:
            scans = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if scans:
                try:
                    record_scans(scans)
                except BaseException:
                    self._waiting.extendleft(reversed(scans))
                    raise
            if self._dropped:
                log.warning("scan.dropped", count=self._dropped)
                self._dropped = 0
            return len(scans)

    def forget(self) -> None:
        """Drop what waits (between tests)."""
        self._waiting.clear()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scan-counter", daemon=True)
                self._thread.start()
                atexit.register(self._last)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            if self._waiting:
                self._last()

    def _last(self) -> None:
        try:
            with db.connection_context():
                self.flush()
        except Exception as error:  # a writer that dies of one bad batch would count nothing for ever after
            log.error("scan.write_failed", error=repr(error))


counter = ScanCounter()
