"""Where somebody stood when writing a record down: kept as measured, with its distance to the plot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry import Point

from trace.core.errors import FieldError, Invalid
from trace.core.geometry import gap_m
from trace.core.text import Message
from trace.core.units import normalise_digits
from trace.land import queries as land
from trace.land import rules
from trace.land.models import Plot
from trace.land.overlaps import as_boundary


@dataclass(frozen=True)
class Fix:
    """A measured position, WGS-84, with its error in metres when the device said one."""

    lon: float
    lat: float
    accuracy_m: int | None = None

    @property
    def warnings(self) -> list[Message]:
        """The advice to measure again, when the fix is too coarse (domain brief §7.1 C9)."""
        return [caution.message for caution in rules.accuracy_warning("accuracy_m", self.accuracy_m)]


def read_fix(typed: Mapping[str, Any] | None) -> Fix | None:
    """A position as phones and forms send it, as text (``lat``, ``lon``, ``accuracy``); nothing when nothing was measured."""
    given = {key: normalise_digits(str((typed or {}).get(key) or "")) for key in ("lon", "lat", "accuracy")}
    if not any(given.values()):
        return None
    errors: list[FieldError] = []
    lon, lat = (_number(given[key], key, limit, errors) for key, limit in (("lon", 180), ("lat", 90)))
    accuracy = _number(given["accuracy"], "accuracy", 100_000, errors) if given["accuracy"] else None
    if accuracy is not None and accuracy < 0:
        errors.append(FieldError("accuracy", "NOT_A_NUMBER", Message("定位误差只能填数字，单位是米。")))
    if errors or lon is None or lat is None:
        raise Invalid.of(errors)
    # Rounded up: 15.2 m is not within 15 m.
    return Fix(lon, lat, None if accuracy is None else -int(-accuracy // 1))


def distance_to(plot: Plot, fix: Fix, on: date) -> int | None:
    """Whole metres from the boundary that was in force on a day; 0 inside, None where no boundary is known."""
    boundary = land.boundary_on(plot, on) or next(iter(land.boundaries(plot)), None)
    return None if boundary is None else round(gap_m(Point(fix.lon, fix.lat), as_boundary(boundary)))


def _number(text: str, field: str, limit: int, errors: list[FieldError]) -> float | None:
    words = {
        "lon": Message("经度不正确，请填写如 112.601234 的数。"), "lat": Message("纬度不正确，请填写如 26.701234 的数。"),
        "accuracy": Message("定位误差只能填数字，单位是米。"),
    }  # fmt: skip
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) <= limit:
        errors.append(FieldError(field, "NOT_A_NUMBER", words[field]))
        return None
    return value
