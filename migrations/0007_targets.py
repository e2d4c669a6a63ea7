"""County goals, plan records, stated output values."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "plan_record")
    append_only(db, "output_value")


def down(migrator, db):
    drop_tables(db, "output_value", "plan_record", "county_goal")
