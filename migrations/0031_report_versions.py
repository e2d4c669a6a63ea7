"""A mistyped laboratory report is corrected by a new version with a reason; a failed one has its incident."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    for table in ("lab_correction", "incident_test"):
        append_only(db, table)


def down(migrator, db):
    drop_tables(db, "incident_test", "lab_correction")
    db.execute_sql('DROP INDEX "lab_report_lab_report_no_version"')
    db.execute_sql('ALTER TABLE "lab_report" DROP COLUMN "version"')
    db.execute_sql('CREATE UNIQUE INDEX "lab_report_lab_report_no" ON "lab_report" ("lab", "report_no")')
