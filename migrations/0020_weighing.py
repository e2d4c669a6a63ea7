"""The scales, suspected duplicates, handovers between two phones, and the drawing and inspecting of records."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only

HISTORY = (
    "weighing", "harvest_container", "harvest_price", "handover", "sample_draw", "inspection", "inspection_photo",
)  # fmt: skip


def up(migrator, db):
    run_sql(db, __file__)
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    drop_tables(
        db, "inspection_photo", "inspection", "inspection_task", "sample_draw", "handover", "suspected_duplicate", "harvest_price",
        "harvest_container", "weighing",
    )  # fmt: skip
