"""The ledger: operations, lots, movements, edges, holds; balances that cannot fall below zero."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only, drop_functions, never_negative

HISTORY = ("operation", "movement", "edge", "hold_lot")


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)
    never_negative(db, table="movement", group="lot_id", parent="lot", amount="quantity")


def down(migrator, db):
    drop_tables(db, "hold_lot", "hold", "edge", "movement", "lot", "operation")
    drop_functions(db, "movement_never_negative")
