"""Indicator cards, the county's yearly plans, readings of the enterprise sentence, milestones, ex-factory prices, locks of periods."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = ("indicator_card", "county_plan", "target_reading", "milestone_step", "factory_price", "period_lock")


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, *reversed(HISTORY))
