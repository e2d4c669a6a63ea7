"""Counting scans without slowing the page: one writer per process takes a batch every fraction of a second.

What a kill can lose is what arrived since the last batch, at most ``EVERY`` seconds.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections import defaultdict
from datetime import datetime

import structlog
from peewee import PeeweeException

from trace.core.clock import utcnow
from trace.db import db
from trace.scan.models import UnitScan

EVERY = 0.25
FULL = 100_000

log = structlog.get_logger("scan")
Scan = tuple[int, int, datetime]
"""(serial, run id, instant)"""


class ScanCounter:
    """A queue and one thread. ``count`` never waits and never fails the page; a full queue drops the count, not the page."""

    def __init__(self) -> None:
        """The thread starts with the first scan; without ``background`` somebody else calls :meth:`flush` (tests do)."""
        self.background = True
        self._waiting: queue.Queue[Scan] = queue.Queue(FULL)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None

    def count(self, serial: int, run_id: int) -> None:
        """Note one scan."""
        try:
            self._waiting.put_nowait((serial, run_id, utcnow()))
        except queue.Full:
            log.warning("scan.dropped")
        if self.background and self._thread is None:
            self._start()

    def flush(self) -> int:
        """Write everything that waits; returns how many scans that was."""
        with self._writing:
            scans = []
            while True:
                try:
                    scans.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            if scans:
                _write(scans)
            return len(scans)

    def forget(self) -> None:
        """Drop what waits (between tests)."""
        while not self._waiting.empty():
            self._waiting.get_nowait()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scan-counter", daemon=True)
                self._thread.start()
                atexit.register(self._last)

    def _run(self) -> None:
        while True:
            time.sleep(EVERY)
            self._last()

    def _last(self) -> None:
        try:
            with db.connection_context():
                self.flush()
        except PeeweeException as error:
            log.error("scan.write_failed", error=repr(error))


def _write(scans: list[Scan]) -> None:
    grouped: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for serial, run_id, at in scans:
        grouped[serial, run_id].append(at)
    with db.atomic():
        for (serial, run_id), times in sorted(grouped.items()):
            UnitScan.insert(
                serial=serial, run=run_id, count=len(times), first_at=min(times), last_at=max(times)
            ).on_conflict(
                conflict_target=[UnitScan.serial],
                update={UnitScan.count: UnitScan.count + len(times), UnitScan.last_at: max(times)},
            ).execute()


counter = ScanCounter()
