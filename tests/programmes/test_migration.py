"""Programmes of before become notices in versions, and go back where the old table can hold them."""

from __future__ import annotations

from datetime import date

import pytest

from trace.db import db, is_postgres, migrate
from trace.invariants import all_findings
from trace.programmes import queries
from trace.programmes.models import Programme, ProgrammeVersion

OLD = (
    "INSERT INTO programme (code, name, basis, kind, purpose, year, rate_fen, award_fen, opens_on, closes_on, min_area_m2, publicity_days, "
    "finance_ref, contact, conditions, state, drafted_by, drafter_name, drafted_at, published_at) VALUES "
    "(?, '新造奖补', '通知', ?, 'planting', 2025, ?, ?, '2025-03-01', '2025-04-30', 3334, 7, ?, '林业局', '条件', ?, 1, '演示', '2025-02-01 00:00:00', ?)"
)


def execute(statement: str, *values: object) -> list:
    cursor = db.execute_sql(statement.replace("?", "%s") if is_postgres() else statement, values)
    return cursor.fetchall() if cursor.description else []


@pytest.mark.usefixtures("database")
def test_old_programmes_become_first_versions():
    migrate.downgrade(db.obj, "0036_notices")
    execute(OLD, "XM25-01", "per_area", 60_000, None, "财函1号", "published", "2025-02-10 00:00:00")
    execute(OLD, "XM25-02", "fixed_award", None, 500_000, "", "draft", None)
    migrate.upgrade(db.obj)
    area, award = Programme.select().order_by(Programme.code)
    assert (area.version, area.params) == (1, {"tiers": [[0, 60_000]], "tier_mode": "whole"})
    assert (award.version, award.params, award.state) == (0, {"award_fen": 500_000}, "draft")
    row = ProgrammeVersion.get()
    assert (row.programme_id, row.number, row.maker_name) == (area.id, 1, "演示")
    terms = queries.terms_of_version(row)
    assert terms == queries.present_terms(area) and terms.digest == row.digest
    assert (terms.opens_on, terms.publicity_working, terms.materials) == (date(2025, 3, 1), True, [])
    assert list(all_findings("programmes")) == []
    assert queries.lpr_table()[-1][0] == date(2025, 5, 20)
    migrate.downgrade(db.obj, "0036_notices")
    assert execute("SELECT code, rate_fen, award_fen FROM programme ORDER BY code") == [
        ("XM25-01", 60_000, None),
        ("XM25-02", None, 500_000),
    ]
    migrate.upgrade(db.obj)
