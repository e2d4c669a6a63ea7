"""What the bureau sets for the land register, with the assumed values used until it does."""

from __future__ import annotations

import json

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.errors import Invalid
from trace.land.rules import SAMPLING_PLAN, SETTINGS
from trace.registry.models import SiteSetting
from trace.registry.queries import site_setting

SAMPLING_KEY = "land.sampling_plan"

Plan = tuple[tuple[int | None, int], ...]
"""Up to so many 亩 (None: any), so many per cent to be counted."""


def number(key: str) -> int:
    """A number of :data:`trace.land.rules.SETTINGS`, as set or as assumed."""
    return int(site_setting(key, SETTINGS[key]))


def read(key: str, kept: str | None) -> int:
    """The same number from the setting's text as the database keeps it; None: not set."""
    return int(SETTINGS[key] if kept is None else json.loads(kept))


def is_assumed(key: str) -> bool:
    """Has the bureau not yet set it? Then the page marks it 参考值."""
    return site_setting(key) is None


def sampling_plan() -> Plan:
    """The bureau's sampling plan, as set or as assumed."""
    return tuple((limit, percent) for limit, percent in site_setting(SAMPLING_KEY, SAMPLING_PLAN))


def change(actor: Actor, *, tolerance_m2: int, far_m: int, gap_m: int, plan: list[tuple[int | None, int]]) -> None:
    """Set all of them at once; what was before stays in the trail."""
    with operation(actor, Permission.PLOT_DECIDE) as op:
        limits = [limit for limit, _ in plan[:-1]]
        if plan[-1][0] is not None or None in limits or limits != sorted(set(limits)):  # type: ignore[type-var]
            raise Invalid("面积上限要由小到大，最后一档不填上限。", field="plan", code="PLAN_ORDER")
        before = {key: site_setting(key) for key in (*SETTINGS, SAMPLING_KEY)}
        after = {
            "land.overlap_tolerance_m2": tolerance_m2, "land.township_far_m": far_m, "land.block_gap_m": gap_m,
            SAMPLING_KEY: [list(step) for step in plan],
        }  # fmt: skip
        for key, value in after.items():
            SiteSetting.insert(key=key, value=value).on_conflict(
                conflict_target=[SiteSetting.key], preserve=[SiteSetting.value]
            ).execute()
        op.record("plot.setting", None, before=before, after=after)
