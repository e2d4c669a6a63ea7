"""The terms of a programme as one value: what a version keeps, what an application was made under, what the calculators read. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from trace.core.calendar import WorkingCalendar
from trace.core.canonical import canonical_bytes, sha256_hex


@dataclass(frozen=True)
class Terms:
    """One version of a notice. ``params`` belong to the kind (see ``params.py``); caps are fen, None means none.

    ``materials``: the papers an application needs, each ``{"name": …, "required": …}``. ``number``: the version, 0 for a draft.
    """

    name: str
    doc_no: str
    basis: str
    basis_valid_to: date | None
    kind: str
    purpose: str
    year: int
    opens_on: date
    closes_on: date
    params: dict[str, Any]
    min_area_m2: int
    publicity_days: int
    publicity_working: bool
    application_cap_fen: int | None
    beneficiary_cap_fen: int | None
    programme_cap_fen: int | None
    exclusion_group: str
    shortage: str
    stacking: bool
    stacking_pct: int
    materials: list[dict[str, Any]]
    finance_ref: str
    contact: str
    conditions: str
    number: int = field(default=0, compare=False)

    @classmethod
    def of(cls, row: Any, number: int = 0) -> Terms:
        """The terms that a programme's row holds."""
        return cls(**{name: getattr(row, name) for name in NAMES}, number=number)

    @classmethod
    def from_json(cls, kept: dict[str, Any], number: int = 0) -> Terms:
        """What :meth:`as_json` kept."""
        days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in DAYS}
        return cls(**{name: kept[name] for name in NAMES if name not in DAYS}, **days, number=number)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, Any]:
        """As a version keeps it."""
        kept = {name: value for name, value in asdict(self).items() if name != "number"}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the terms."""
        return sha256_hex(canonical_bytes(self.as_json()))

    def publicity_end(self, start: date, calendar: WorkingCalendar) -> date:
        """The last day of a publicity that starts on a day: so many working or natural days after it, as the notice says."""
        if self.publicity_working:
            return calendar.add_working_days(start, self.publicity_days)
        return start + timedelta(days=self.publicity_days)

    def changed(self, other: Terms) -> list[str]:
        """The names of the terms in which two versions differ."""
        return [name for name in NAMES if getattr(self, name) != getattr(other, name)]


NAMES = tuple(item.name for item in fields(Terms) if item.name != "number")
DAYS = ("basis_valid_to", "opens_on", "closes_on")
