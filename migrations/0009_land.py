"""Plots: dossier of states, management, papers, references, overlap cases, gardens, outlines; boundaries and visits say how they were made."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only, is_postgres_database

NEW = (
    "township_outline", "demo_garden_plot", "demo_garden", "overlap_decision", "boundary_case", "visit_photo", "tenure_doc",
    "plot_reference", "management_change", "plot_state_change",
)  # fmt: skip
COLUMNS = {
    "survival_visit": ("cautions", "is_evidence", "accuracy_m", "lat", "lon", "reason", "version", "number"),
    "plot_boundary": ("recorder_name", "cautions", "township_check", "is_evidence", "accuracy_m", "source_crs"),
    "plot": ("registered_by", "replanted_on", "soil", "survey_class"),
}


def up(migrator, db):
    unguard(db, "survival_visit")
    run_sql(db, __file__)
    for table in ("survival_visit", "plot_state_change", "management_change", "overlap_decision"):
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, *NEW)
    unguard(db, "survival_visit")
    db.execute_sql('DROP INDEX "survival_visit_plot_id_kind_visited_on_version"')
    # The earlier register could not tell a corrected visit from its correction: only the newest version goes back.
    db.execute_sql(
        'DELETE FROM "survival_visit" WHERE EXISTS (SELECT 1 FROM "survival_visit" n WHERE n.plot_id = "survival_visit".plot_id '
        'AND n.number = "survival_visit".number AND n.version > "survival_visit".version)'
    )
    db.execute_sql('DROP INDEX "survival_visit_plot_id_number_version"')
    db.execute_sql(
        'CREATE UNIQUE INDEX "survival_visit_plot_id_kind_visited_on" ON "survival_visit" ("plot_id", "kind", "visited_on")'
    )
    for table, columns in COLUMNS.items():
        for column in columns:
            db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
    append_only(db, "survival_visit")


def unguard(db, table):
    """Take the guard off while the rows get their numbers."""
    if is_postgres_database(db):
        db.execute_sql(f'DROP TRIGGER {table}_append_only ON "{table}"')
    else:
        for verb in ("update", "delete"):
            db.execute_sql(f"DROP TRIGGER {table}_no_{verb}")
