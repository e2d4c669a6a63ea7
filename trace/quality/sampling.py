"""Drawing records to be looked at: points by rule, lots by a printed seed, one task each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

from trace import audit
from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import SHANGHAI, business_date, utcnow
from trace.core.errors import Invalid, RuleBroken
from trace.db import db
from trace.db.counters import next_number
from trace.quality import queries, sampling_rules
from trace.quality.models import InspectionTask, SampleDraw
from trace.quality.records import KINDS
from trace.quality.sampling_rules import DUE_DAYS, LIMITS, POINTS, RANDOM, SETTING, Rated
from trace.registry.models import SiteSetting
from trace.registry.queries import site_setting


def draw(actor: Actor | None, day: date, *, seed: str = "") -> SampleDraw:
    """Draw from everything written down in the week of a day, once a week. ``actor`` is None for the worker's weekly round.

    Seed, rules and the whole population are kept, so that anybody can draw again and get the same.
    """
    if actor is None:
        with db.atomic():
            return draw_at(utcnow(), audit.record_system, day, seed=seed)
    with operation(actor, Permission.SAMPLE_DRAW) as op:
        return draw_at(op.at, op.record, day, seed=seed, by=actor)


def draw_at(
    at: datetime, record: Callable[..., Any], day: date, *, seed: str = "", by: Actor | None = None
) -> SampleDraw:
    """The draw itself, inside the write of whoever draws."""
    first, last = sampling_rules.week_of(day)
    if last >= business_date(at):
        raise Invalid("这一周还没有过完，请等到下周再抽。", field="week", code="WEEK_RUNNING")
    if queries.draw_of(first, last):
        raise RuleBroken("%(first)s 至 %(last)s 已经抽过。", code="DRAWN", field="week", first=first, last=last)
    rules, seed = current_rules(), seed or secrets.token_hex(8)
    rated = [sampling_rules.rate(facts, seed, rules) for facts in _facts(first, last)]
    row = SampleDraw.create(
        code=f"CX{first.year % 100:02d}-{next_number(f'CX{first.year}'):04d}", first_day=first, last_day=last, seed=seed, rules=rules,
        population=sorted([item.facts.kind, item.facts.record, item.score] for item in rated), drawn_at=at,
        drawn_by=by.user_id if by else None, drawer_name=by.display_name if by else "",
    )  # fmt: skip
    tasks = _tasks(row, rated, at)
    record("sample.draw", row, seed=seed, of=len(rated), drawn=[task.record for task in tasks])
    return row


def again(row: SampleDraw) -> set[tuple[str, str]]:
    """What the same seed, rules and population give when drawn again."""
    return set(
        sampling_rules.choose([(kind, code, score) for kind, code, score in row.population], row.seed, row.rules)
    )


def draw_when_due(today: date) -> SampleDraw | None:
    """The draw of the last full week, unless it was made: called by the worker, by as many of them as there are."""
    first, last = sampling_rules.last_week(today)
    return None if queries.draw_of(first, last) else draw(None, first)


def current_rules() -> dict[str, int]:
    """Points and limits, as set or as assumed."""
    return sampling_rules.settings_of(site_setting(SETTING))


def is_assumed() -> bool:
    """Has the bureau not yet set the rules? Then pages mark them 参考值."""
    return site_setting(SETTING) is None


def change_rules(actor: Actor, values: Mapping[str, int]) -> None:
    """Set all points and limits at once; draws already made keep theirs."""
    with operation(actor, Permission.SAMPLE_DRAW) as op:
        after = {name: int(values[name]) for name in (*POINTS, *LIMITS)}
        if (
            any(number < 0 for number in after.values())
            or not 0 <= after["random_permille"] <= 1000
            or after["most"] < 1
        ):
            raise Invalid(
                "分数和界限不能是负数，随机比例不超过 1000‰，每次至少抽 1 条。", field="most", code="RULES_RANGE"
            )
        before = site_setting(SETTING)
        SiteSetting.insert(key=SETTING, value=after).on_conflict(
            conflict_target=[SiteSetting.key], preserve=[SiteSetting.value]
        ).execute()
        op.record("sample.setting", None, before=before, after=after)


def _facts(first: date, last: date) -> list[sampling_rules.Facts]:
    start, end = (datetime.combine(day, time(), SHANGHAI) for day in (first, last + timedelta(days=1)))
    return [facts for kind in KINDS.values() for facts in kind.facts(start, end)]


def _tasks(row: SampleDraw, rated: list[Rated], at: datetime) -> list[InspectionTask]:
    by_key = {(item.facts.kind, item.facts.record): item for item in rated}
    made = []
    for key in sampling_rules.choose([(*key, item.score) for key, item in by_key.items()], row.seed, row.rules):
        item = by_key[key]
        facts = asdict(item.facts)
        made.append(
            InspectionTask.create(
                code=f"CC{row.first_day.year % 100:02d}-{next_number(f'CC{row.first_day.year}'):04d}", draw=row, score=item.score,
                reasons=item.reasons or [{"rule": "random", "template": RANDOM, "values": {"lot": item.lot}}],
                due_on=business_date(at) + timedelta(days=DUE_DAYS), plot=facts["plot_id"], party=facts["party_id"],
                **{name: facts[name] for name in ("kind", "record", "recorder_id", "recorder_name", "happened_on")},
            )
        )  # fmt: skip
    return made
