"""Writing a batch of scans: one transaction, a few upserts per code. No page waits for it.

Not an ``operation``: nobody acts, nothing is decided, and the trail must not grow with every consumer (security design: scans only in sums).
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from trace.core.clock import business_date
from trace.db import db
from trace.scan import readers
from trace.scan.models import CodeAlert, ScanDay, ScanPlace, ScanReader, ScanSalt, UnitScan
from trace.scan.patterns import Place, looks_copied, signs_of

Scan = tuple[int | None, int, str, datetime]
"""(serial or None for a batch code, run id, address, instant)"""

READER_CAP = 30
"""Scans of one code by one reader that count in a day. Whoever opens a code a hundred thousand times adds no more than this (A3)."""

_key: list[bytes] = [b""]
_regions: list[readers.Regions] = [readers.Regions()]
_salts: dict[tuple[int, date], bytes] = {}
"""Salts read before, by database and day."""


def open_recording(key: bytes, regions: readers.Regions) -> None:
    """Set what fingerprints of networks are keyed with, and the list of regions."""
    _key[:], _regions[:] = [key], [regions]
    _salts.clear()


def record_scans(scans: list[Scan]) -> None:
    """Count a batch; afterwards look whether a code turned up in too many hands."""
    grouped: dict[tuple[int | None, int, str, date], list[datetime]] = defaultdict(list)
    for serial, run_id, address, at in scans:
        grouped[serial, run_id, address, business_date(at)].append(at)
    days: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    touched: dict[int, int] = {}
    # Everybody takes rows in the order of serial numbers and days last, so that two writers never wait for each other in a ring.
    with db.atomic():
        for (serial, run_id, address, day), times in sorted(
            grouped.items(), key=lambda item: (item[0][0] or 0, item[0][1:])
        ):
            if serial is None:
                days[run_id, day][2] += len(times)
                continue
            counted, fresh, new_reader = _count_unit(serial, run_id, address, day, times)
            days[run_id, day][0] += counted
            days[run_id, day][1] += int(fresh)
            if new_reader:
                touched[serial] = run_id
        for serial, run_id in sorted(touched.items()):
            _watch(serial, run_id, max(at for *_, at in scans))
        for (run_id, day), (counted, first, batch) in sorted(days.items()):
            if counted or batch:
                sums = {"count": counted, "first_opened": first, "batch_count": batch}
                _added(ScanDay, {"run": run_id, "day": day}, sums, {})


def _count_unit(serial: int, run_id: int, address: str, day: date, times: list[datetime]) -> tuple[int, bool, bool]:
    """Count what is within the reader's allowance: how many, was it the code's first scan, is the reader new to it today."""
    total = _opened(serial, address, day, len(times))
    counted = min(total, READER_CAP) - min(total - len(times), READER_CAP)
    if counted <= 0:
        return 0, False, False
    new_reader = total == len(times)
    first = _count_code(serial, run_id, counted, times) == counted
    _count_place(serial, address, day, counted, times, new_reader)
    return counted, first, new_reader


def _opened(serial: int, address: str, day: date, times: int) -> int:
    """How often this reader has opened this code today, these times included."""
    row = {"day": day, "serial": serial, "reader": readers.reader_number(_salt(day), address)}
    return _added(ScanReader, row, {"count": times}, {})


def _count_code(serial: int, run_id: int, counted: int, times: list[datetime]) -> int:
    first = {"run": run_id, "first_at": min(times)}
    return _added(UnitScan, {"serial": serial}, {"count": counted}, {"last_at": max(times)}, first)


def _count_place(serial: int, address: str, day: date, counted: int, times: list[datetime], new_reader: bool) -> None:
    network = readers.network_number(readers.season_key(_key[0], day), address)
    row = {"serial": serial, "network": network, "region": _regions[0].of(address)}
    if not new_reader:
        same = [getattr(ScanPlace, name) == value for name, value in row.items()]
        if ScanPlace.update(count=ScanPlace.count + counted, last_at=max(times)).where(*same).execute():
            return
    # New today, or new to this region since the list of regions changed.
    _added(ScanPlace, row, {"count": counted, "readers": 1}, {"last_at": max(times)}, {"first_at": min(times)})


def _added(
    model: Any, key: dict[str, Any], sums: dict[str, int], newest: dict[str, Any], first: dict[str, Any] | None = None
) -> int:
    """Insert a row or add to the one of this key; returns the sum that the first of ``sums`` has now."""
    update = {getattr(model, name): getattr(model, name) + value for name, value in sums.items()}
    query = model.insert(**key, **sums, **newest, **(first or {})).on_conflict(
        conflict_target=[getattr(model, name) for name in key],
        update={**update, **{getattr(model, name): value for name, value in newest.items()}},
    )
    counted = getattr(model, next(iter(sums)))
    return int(next(iter(query.returning(counted).tuples().execute()))[0])


def _watch(serial: int, run_id: int, now: datetime) -> None:
    """Raise an alert for a code that looks copied. After the office settled one, only what came later counts."""
    alert = CodeAlert.get_or_none(CodeAlert.serial == serial)
    if alert is not None and alert.settled_at is None:
        return
    since = ScanPlace.first_at > alert.settled_at if alert else True
    rows = ScanPlace.select().where(ScanPlace.serial == serial, since)
    signs = signs_of((Place(row.network, row.region, row.readers, row.first_at, row.last_at) for row in rows), now)
    if not looks_copied(signs):
        return
    values = {"signs": " ".join(signs), "raised_at": now}
    CodeAlert.insert(serial=serial, run=run_id, **values).on_conflict(
        conflict_target=[CodeAlert.serial],
        update={**{getattr(CodeAlert, name): value for name, value in values.items()}, CodeAlert.settled_at: None, CodeAlert.settled_by: None},
    ).execute()  # fmt: skip


def _salt(day: date) -> bytes:
    """The day's salt, shared by all processes; with a new day the old salts and the numbers made with them are thrown away."""
    known = _salts.get((id(db.obj), day))
    if known is None:
        ScanSalt.insert(day=day, salt=secrets.token_bytes(32)).on_conflict_ignore().execute()
        known = bytes(ScanSalt.get(ScanSalt.day == day).salt)
        for table in (ScanSalt, ScanReader):
            table.delete().where(table.day < day).execute()
        _salts.clear()
        _salts[id(db.obj), day] = known
    return known
