"""What the bureau sets for the land register, with the assumed values used until it does."""

from __future__ import annotations

from trace.land.rules import SAMPLING_PLAN, SETTINGS
from trace.registry.queries import site_setting

SAMPLING_KEY = "land.sampling_plan"


def number(key: str) -> int:
    """A number of :data:`trace.land.rules.SETTINGS`, as set or as assumed."""
    return int(site_setting(key, SETTINGS[key]))


def is_assumed(key: str) -> bool:
    """Has the bureau not yet set it? Then the page marks it 参考值."""
    return site_setting(key) is None


def sampling_plan() -> tuple[tuple[int | None, int], ...]:
    """Up to so many 亩 (None: any), so many per cent to be counted."""
    return tuple((limit, percent) for limit, percent in site_setting(SAMPLING_KEY, SAMPLING_PLAN))
