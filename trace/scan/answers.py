"""From the text in an address to an answer: the check without the database, the one read, the verdict, the count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from trace.core.clock import business_date
from trace.core.public_code import grouped, normalise
from trace.labels.codes import BATCH, batch_book, book
from trace.labels.rules import carton_span
from trace.scan import queries
from trace.scan.counter import counter
from trace.scan.readers import is_person
from trace.scan.rules import Verdict, verdict_of

Key = tuple[object, ...]


class Seen(NamedTuple):
    """A code we wrote and what it means today. ``serial`` is None for a batch code."""

    code: str
    serial: int | None
    found: queries.Found
    verdict: Verdict

    @property
    def key(self) -> Key:
        """What decides the words of the page, all but the code itself, the number of scans and the first day."""
        return self.found.run_id, self.verdict, self.found.hold_code, self.serial is None, self.found.papers

    def value(self, name: str) -> str:
        """What differs between two codes with the same page: the code, the number of scans, the day of the first, what a carton holds."""
        if name == "code":
            return self.code
        if name == "grouped":
            return grouped(self.code)
        if name == "times":
            return str(self.found.state.scans_before + 1)
        if name in ("packs", "span"):
            first, last = carton_span(self.found.number, self.found.per_carton, self.found.inside)
            return str(last - first + 1) if name == "packs" else f"{first}—{last}"
        return business_date(self.found.state.first_at).isoformat()


def look(text: str) -> Seen | None:
    """The answer to a code, or None when nobody wrote it: an invented or altered code fails here, before the database is asked."""
    code = normalise(text)
    if code[:1] == BATCH:
        lot_id = batch_book().read(code)
        found = queries.find_batch(lot_id) if lot_id is not None else None
        return _seen(code, None, found)
    serial = book().read(code)
    return _seen(code, serial, queries.find(serial) if serial is not None else None)


def count(seen: Seen, environ: Mapping[str, object]) -> None:
    """Note the scan, if a person opened the page of a code in use."""
    if seen.verdict is not Verdict.NOT_ACTIVE and environ.get("REQUEST_METHOD") == "GET" and is_person(environ):
        counter.count(seen.serial, seen.found.run_id, str(environ.get("REMOTE_ADDR", "")))


def _seen(code: str, serial: int | None, found: queries.Found | None) -> Seen | None:
    return None if found is None else Seen(code, serial, found, verdict_of(found.state, business_date()))
