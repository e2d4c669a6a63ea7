"""Ceilings that are let pass, recipes of two taxa, packs that keep their number; fruit bought outside, rework and repacking in the ledger."""

from trace.db.ddl import change_check, drop_tables, run_sql

KINDS = "'harvest','sow','intake','graft','receive','split','merge','grading','drying','candying','fermenting','leaf_tea','pack','sample','ship','loss','destroy','undo'"
MORE_KINDS = f"{KINDS},'purchase','rework','repack'"
LOTS = "'harvest','receipt','part','blend','batch','byproduct','pack','seedling','wip'"
MORE_LOTS = f"{LOTS},'outside'"


def up(migrator, db):
    change_check(db, "operation", "kind", KINDS, MORE_KINDS)
    change_check(db, "lot", "kind", LOTS, MORE_LOTS)
    run_sql(db, __file__)


def down(migrator, db):
    drop_tables(db, "repack", "recipe_taxon", "recipe", "ceiling_override")
    change_check(db, "lot", "kind", MORE_LOTS, LOTS)
    change_check(db, "operation", "kind", MORE_KINDS, KINDS)
