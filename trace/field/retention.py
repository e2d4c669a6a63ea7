"""How long production records are kept, and clearing away what is older. The database itself refuses anything younger than the law's two years."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785
from peewee import fn

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.core.errors import Invalid, RuleBroken
from trace.field import activity_queries as queries
from trace.field.activity_models import Activity, ActivityVersion, FieldIncident, IntervalJudgement
from trace.field.activity_rules import LAW_YEARS, purge_limit
from trace.registry.models import SiteSetting

KEY = "field.retention_years"
AT_ONCE = 200


@dataclass(frozen=True)
class Purged:
    """What was, or would be, cleared away, and what was left because something rests on it."""

    records: int
    left: int
    digest: str


def set_retention(actor: Actor, years: int) -> None:
    """How many years records are kept; never below the law's two."""
    with operation(actor, Permission.ACTIVITY_PURGE) as op:
        if not LAW_YEARS <= years <= 100:
            raise Invalid("生产记录依法至少保存 %(law)s 年。", field="years", code="RETENTION_LAW", law=LAW_YEARS)
        before = queries.setting(KEY)
        SiteSetting.insert(key=KEY, value=years).on_conflict(
            conflict_target=[SiteSetting.key], preserve=[SiteSetting.value]
        ).execute()
        op.record("activity.retention", None, before=before, after=years)


def purge(actor: Actor, before: date, *, dry_run: bool = True) -> Purged:
    """Clear away records whose every version was written, and whose act lies, before a day. Refused while the day is within the years set.

    Records that a judgement or an incident rests on stay. What was cleared is named in the trail by count and fingerprint.
    """
    with operation(actor, Permission.ACTIVITY_PURGE) as op:
        years = max(queries.setting(KEY), LAW_YEARS)
        limit = purge_limit(business_date(op.at), years)
        if before > limit:
            raise RuleBroken(
                "生产记录须保存 %(years)s 年，%(limit)s 以后的不能清除。",
                code="RETENTION",
                field="before",
                years=years,
                limit=limit,
            )
        old, left = _older(before)
        found = Purged(len(old), left, _fingerprint(old))
        if not dry_run:
            for start in range(0, len(old), AT_ONCE):
                keys = [key for key, _ in old[start : start + AT_ONCE]]
                ActivityVersion.delete().where(ActivityVersion.activity.in_(keys)).execute()
                Activity.delete().where(Activity.id.in_(keys)).execute()
        op.record(
            "activity.purge", None, before=before.isoformat(), records=len(old), digest=found.digest, dry_run=dry_run
        )
        return found


def _older(before: date) -> tuple[list[tuple[int, str]], int]:
    newest_act, newest_word = fn.MAX(ActivityVersion.on_day), fn.MAX(ActivityVersion.recorded_at)
    rows = (
        Activity.select(Activity.id, Activity.code, newest_act, newest_word)
        .join(ActivityVersion)
        .group_by(Activity.id, Activity.code)
        .having(newest_act < before)
        .order_by(Activity.id)
    )
    due = [(key, code) for key, code, _, word in rows.tuples() if business_date(_aware(word)) < before]
    needed = {row[0] for row in IntervalJudgement.select(IntervalJudgement.activity).tuples()}
    needed |= {row[0] for row in FieldIncident.select(FieldIncident.activity).tuples()}
    free = [(key, code) for key, code in due if key not in needed]
    return free, len(due) - len(free)


def _aware(value: Any) -> Any:
    """An aggregate comes back as the engine keeps it; the field knows how to read that."""
    return ActivityVersion.recorded_at.python_value(value)


def _fingerprint(rows: list[tuple[int, str]]) -> str:
    return hashlib.sha256(rfc8785.dumps([code for _, code in rows])).hexdigest()
