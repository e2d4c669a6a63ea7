"""Writing a batch of scans: one transaction, a few statements for the whole batch. No page waits for it.

Not an ``operation``: nobody acts, nothing is decided, and the trail must not grow with every consumer (security design: scans only in sums).
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from trace.core.clock import business_date
from trace.db import db
from trace.db.counters import take_turn
from trace.scan import readers
from trace.scan.models import CodeAlert, ScanPlace, ScanReader, ScanSalt
from trace.scan.patterns import MANY_NETWORKS, MANY_REGIONS, Place, looks_copied, signs_of

Scan = tuple[int | None, int, str, datetime]
"""(serial or None for a batch code, run id, address, instant)"""

READER_CAP = 30
"""Scans of one code by one reader that count in a day. Whoever opens a code a hundred thousand times adds no more than this (A3)."""
AT_ONCE = 400

_key: list[bytes] = [b""]
_regions: list[readers.Regions] = [readers.Regions()]
_salts: dict[tuple[int, date], bytes] = {}
"""Salts read before, by database and day."""


@dataclass
class Seen:
    """What one reader did with one code in this batch; ``counted`` after the allowance, ``new`` when not seen before today."""

    serial: int
    run_id: int
    reader: int
    network: int
    region: str
    opened: int
    first: datetime
    last: datetime
    counted: int = 0
    new: bool = False

    @property
    def place(self) -> tuple[int, int, str]:
        """The key of its place."""
        return self.serial, self.network, self.region


def open_recording(key: bytes, regions: readers.Regions) -> None:
    """Set what fingerprints of networks are keyed with, and the list of regions."""
    _key[:], _regions[:] = [key], [regions]
    _salts.clear()


def record_scans(scans: list[Scan]) -> None:
    """Count a batch; afterwards look whether a code turned up in too many hands. One writer at a time, over all processes."""
    by_day: dict[date, list[Scan]] = defaultdict(list)
    for scan in scans:
        by_day[business_date(scan[3])].append(scan)
    with db.atomic():
        take_turn("scan")
        for day, part in sorted(by_day.items()):
            _record_day(day, part)


def _record_day(day: date, scans: list[Scan]) -> None:
    seen = _gathered(day, scans)
    serials = sorted({item.serial for item in seen})
    _allow(day, seen, serials)
    known = {row[0] for row in _rows("SELECT serial FROM unit_scan WHERE serial IN ({})", serials)}
    places = set(_rows("SELECT serial, network, region FROM scan_place WHERE serial IN ({})", serials))
    days: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for item in seen:
        days[item.run_id][0] += item.counted
    for serial, run_id in {item.serial: item.run_id for item in seen if item.counted}.items():
        days[run_id][1] += int(serial not in known)
    for code, run_id, *_ in scans:
        days[run_id][2] += int(code is None)
    _write(day, [item for item in seen if item.counted], places, days)
    _watch(sorted({item.serial for item in seen if item.new}), max(scan[3] for scan in scans))


def _gathered(day: date, scans: list[Scan]) -> list[Seen]:
    """Scans of units, one entry per code and reader, in the order of serial numbers."""
    salt, season = _salt(day), readers.season_key(_key[0], day)
    who = {
        address: (
            readers.reader_number(salt, address),
            readers.network_number(season, address),
            _regions[0].of(address),
        )
        for address in {scan[2] for scan in scans}
    }
    found: dict[tuple[int, int], Seen] = {}
    for serial, run_id, address, at in scans:
        if serial is None:
            continue
        item = found.get((serial, who[address][0]))
        if item is None:
            found[serial, who[address][0]] = Seen(serial, run_id, *who[address], 1, at, at)
        else:
            item.opened += 1
            item.first, item.last = min(item.first, at), max(item.last, at)
    return [found[key] for key in sorted(found)]


def _allow(day: date, seen: list[Seen], serials: list[int]) -> None:
    """How many of these scans count, after what the same readers opened today."""
    rows = _rows(
        "SELECT serial, reader, count FROM scan_reader WHERE serial IN ({}) AND day = {p}", serials, day.isoformat()
    )
    before = {(serial, reader): count for serial, reader, count in rows}
    for item in seen:
        had = before.get((item.serial, item.reader), 0)
        item.new = had == 0
        item.counted = min(had + item.opened, READER_CAP) - min(had, READER_CAP)
    _many(_READER, ((day.isoformat(), item.serial, item.reader, item.opened) for item in seen))


def _write(day: date, seen: list[Seen], places: set[tuple[Any, ...]], days: dict[int, list[int]]) -> None:
    _many(_UNIT, ((item.serial, item.run_id, item.counted, _stamp(item.first), _stamp(item.last)) for item in seen))
    again = [item for item in seen if not item.new and item.place in places]
    _many(_PLACE_AGAIN, ((item.counted, _stamp(item.last), *item.place) for item in again))
    # New today, or new to this region since the list of regions changed: one more reader of that place.
    fresh = (item for item in seen if item.new or item.place not in places)
    _many(_PLACE, ((*item.place, item.counted, _stamp(item.first), _stamp(item.last)) for item in fresh))
    _many(_DAY, ((run_id, day.isoformat(), *sums) for run_id, sums in sorted(days.items()) if any(sums)))


def _watch(serials: list[int], now: datetime) -> None:
    """Raise alerts for codes that look copied. After the office settled one, only what came later counts."""
    wide = (
        f"SELECT serial FROM scan_place WHERE serial IN ({{}}) GROUP BY serial "
        f"HAVING COUNT(DISTINCT network) >= {MANY_NETWORKS} OR COUNT(DISTINCT region) >= {MANY_REGIONS}"
    )
    for (serial,) in _rows(wide, serials):
        alert = CodeAlert.get_or_none(CodeAlert.serial == serial)
        if alert is not None and alert.settled_at is None:
            continue
        since = ScanPlace.first_at > alert.settled_at if alert else True
        rows = list(ScanPlace.select().where(ScanPlace.serial == serial, since))
        signs = signs_of((Place(row.network, row.region, row.readers, row.first_at, row.last_at) for row in rows), now)
        if looks_copied(signs):
            _raise(serial, alert, " ".join(signs), now)


def _raise(serial: int, alert: CodeAlert | None, signs: str, now: datetime) -> None:
    if alert is None:
        run_id = db.execute_sql(f"SELECT run_id FROM unit_scan WHERE serial = {db.obj.param}", (serial,)).fetchone()[0]
        CodeAlert.create(serial=serial, run=run_id, signs=signs, raised_at=now)
        return
    alert.signs, alert.raised_at, alert.settled_at, alert.settled_by = signs, now, None, None
    alert.save(only=[CodeAlert.signs, CodeAlert.raised_at, CodeAlert.settled_at, CodeAlert.settled_by])


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


def _rows(sql: str, serials: list[int], *more: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of these serial numbers, some hundred at a time."""
    for start in range(0, len(serials), AT_ONCE):
        part = serials[start : start + AT_ONCE]
        marks = ",".join([db.obj.param] * len(part))
        yield from db.execute_sql(sql.format(marks, p=db.obj.param), (*part, *more)).fetchall()


def _many(sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """One statement for many rows."""
    found = list(rows)
    if found:
        db.cursor().executemany(sql.replace("?", db.obj.param), found)


def _stamp(at: datetime) -> str:
    """As the tables keep instants: UTC without offset."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


_READER = (
    "INSERT INTO scan_reader (day, serial, reader, count) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (day, serial, reader) DO UPDATE SET count = scan_reader.count + excluded.count"
)
_UNIT = (
    "INSERT INTO unit_scan (serial, run_id, count, first_at, last_at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (serial) DO UPDATE SET count = unit_scan.count + excluded.count, last_at = excluded.last_at"
)
_PLACE_AGAIN = "UPDATE scan_place SET count = count + ?, last_at = ? WHERE serial = ? AND network = ? AND region = ?"
_PLACE = (
    "INSERT INTO scan_place (serial, network, region, count, readers, first_at, last_at) VALUES (?, ?, ?, ?, 1, ?, ?) "
    "ON CONFLICT (serial, network, region) DO UPDATE SET count = scan_place.count + excluded.count, "
    "readers = scan_place.readers + 1, last_at = excluded.last_at"
)
_DAY = (
    "INSERT INTO scan_day (run_id, day, count, first_opened, batch_count) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id, day) DO UPDATE "
    "SET count = scan_day.count + excluded.count, first_opened = scan_day.first_opened + excluded.first_opened, "
    "batch_count = scan_day.batch_count + excluded.batch_count"
)
