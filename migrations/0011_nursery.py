"""Nursery: accessions, seedling lots with phases, papers, dispatches, stands; three more kinds of operation in the ledger."""

from trace.db.ddl import change_check, drop_tables, run_sql
from trace.db.triggers import append_only

REST = "'receive','split','merge','grading','drying','candying','fermenting','leaf_tea','pack','sample','ship','loss','destroy','undo'"
BEFORE = f"'harvest',{REST}"
AFTER = f"'harvest','sow','intake','graft',{REST}"


def up(migrator, db):
    change_check(db, "operation", "kind", BEFORE, AFTER)
    run_sql(db, __file__)
    append_only(db, "phase_entry")
    append_only(db, "planting")


def down(migrator, db):
    drop_tables(
        db, "planting", "seedling_dispatch", "paper_lot", "nursery_paper", "phase_entry", "seedling_lot", "accession", "stand"
    )
    change_check(db, "operation", "kind", AFTER, BEFORE)
