"""Records are kept: the years set, never below the law's two, and the database itself refuses the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from peewee import DatabaseError

from tests.field.conftest import record
from trace.audit.models import AuditEntry
from trace.core.clock import utcnow
from trace.core.errors import Forbidden, Invalid, RuleBroken
from trace.db import db
from trace.field import activity_queries, retention
from trace.field.activity_models import Activity, ActivityVersion, FieldIncident
from trace.field.activity_rules import purge_limit


@pytest.fixture
def bureau(home):
    return home.actor("bureau")


def years_ago(years: int) -> datetime:
    now = utcnow()
    return datetime(now.year - years, now.month, 1, 2, tzinfo=UTC)


@pytest.fixture
def old(home, plot):
    """Records written one, three and six years ago."""
    for years in (1, 3, 6):
        at = years_ago(years)
        row = Activity.create(
            code=f"DA{at.year % 100}-0000{years}", plot=plot, kind="tend", party=plot.operator, recorded_at=at
        )
        ActivityVersion.create(
            activity=row,
            version=1,
            on_day=at.date(),
            content={"work": "weed"},
            recorded_at=at,
            recorder_id=1,
            recorder_name="某",
        )
    return plot


def codes() -> set[str]:
    return {row.code[-1] for row in Activity.select()}


def test_nothing_within_the_years_set_is_cleared(bureau, old):
    today = date.today()
    limit = purge_limit(today, 5)
    with pytest.raises(RuleBroken, match="生产记录须保存 5 年"):
        retention.purge(bureau, date(limit.year + 1, 1, 1), dry_run=False)
    counted = retention.purge(bureau, limit)
    assert (counted.records, codes()) == (1, {"1", "3", "6"}), "counting changes nothing"
    done = retention.purge(bureau, limit, dry_run=False)
    assert (done.records, done.digest, codes()) == (1, counted.digest, {"1", "3"})
    entry = AuditEntry.select().where(AuditEntry.action == "activity.purge").order_by(AuditEntry.id.desc()).get()
    assert (entry.detail["records"], entry.detail["digest"]) == (1, done.digest)


def test_no_setting_goes_below_the_law(bureau, old):
    for years in (1, 0, -5, 101):
        with pytest.raises(Invalid, match="依法至少保存 2 年"):
            retention.set_retention(bureau, years)
    retention.set_retention(bureau, 2)
    assert activity_queries.setting("field.retention_years") == 2
    with pytest.raises(RuleBroken, match="须保存 2 年"):
        retention.purge(bureau, years_ago(1).date())
    retention.purge(bureau, purge_limit(date.today(), 2), dry_run=False)
    assert codes() == {"1"}


def test_the_database_refuses_what_the_law_protects(old):
    young = Activity.select().where(Activity.code.endswith("1")).get()
    for query in (
        ActivityVersion.delete().where(ActivityVersion.activity == young), ActivityVersion.update(note="x").where(ActivityVersion.activity == young),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), db.atomic():
            query.execute()
    ancient = Activity.select().where(Activity.code.endswith("6")).get()
    with pytest.raises(DatabaseError), db.atomic():
        ActivityVersion.update(note="x").where(ActivityVersion.activity == ancient).execute()


def test_what_an_incident_rests_on_stays(bureau, old):
    ancient = Activity.select().where(Activity.code.endswith("6")).get()
    FieldIncident.create(
        code="SJ20-0001",
        kind="banned",
        activity=ancient,
        template="某",
        opened_at=years_ago(6),
        opened_by=1,
        opener_name="某",
    )
    found = retention.purge(bureau, purge_limit(date.today(), 5), dry_run=False)
    assert (found.records, found.left, codes()) == (0, 1, {"1", "3", "6"})


def test_a_record_corrected_lately_is_young(home, bureau, old):
    ancient = Activity.select().where(Activity.code.endswith("6")).get()
    first = ActivityVersion.get(ActivityVersion.activity == ancient)
    ActivityVersion.create(
        activity=ancient,
        version=2,
        on_day=first.on_day,
        reason="补",
        content={},
        recorded_at=utcnow(),
        recorder_id=1,
        recorder_name="某",
    )
    assert retention.purge(bureau, purge_limit(date.today(), 5)).records == 0


def test_only_the_bureau_clears(home, plot):
    record(home.actor("coop"), plot, "tend", date.today(), work="weed")
    for username in ("coop", "township", "admin"):
        with pytest.raises(Forbidden):
            retention.purge(home.actor(username), date(2015, 1, 1))


def test_the_command(home, old, command):
    limit = purge_limit(date.today(), 5)
    said = command("records", "purge", "--before", limit.isoformat(), "--as", "bureau")
    assert (said.exit_code, said.output[:7]) == (0, "可清除 1 条"), said.output
    refused = command("records", "purge", "--before", date.today().isoformat(), "--as", "bureau", "--really")
    assert refused.exit_code == 1 and "生产记录须保存 5 年" in refused.output
    assert command("records", "purge", "--before", limit.isoformat(), "--as", "nobody").exit_code == 1
    assert command("records", "purge", "--before", limit.isoformat(), "--as", "bureau", "--really").output.startswith(
        "已清除 1 条"
    )
    assert codes() == {"1", "3"}
    assert command("records", "keep", "1", "--as", "bureau").exit_code == 1
    assert command("records", "keep", "7", "--as", "bureau").output == "生产记录保存 7 年。\n"


def test_the_limit_of_a_leap_day():
    assert purge_limit(date(2028, 2, 29), 5) == date(2023, 2, 28)
    assert purge_limit(date(2026, 7, 20), 1) == date(2024, 7, 20)
