"""Pesticide tables of the county; production records in versions, guarded for the two years of the law; P8 judgements; incidents."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only, drop_functions, kept_for_years

YEARS = 2
KEPT = ("activity", "activity_version")


def up(migrator, db):
    run_sql(db, __file__)
    for table in KEPT:
        kept_for_years(db, table, YEARS)
    append_only(db, "interval_judgement")


def down(migrator, db):
    drop_tables(
        db, "field_incident", "interval_judgement", "activity_version", "activity", "organic_input", "food_path", "residue_limit",
        "banned_active", "label_scope", "pesticide_product",
    )
    drop_functions(db, *(f"{table}_kept" for table in KEPT))
