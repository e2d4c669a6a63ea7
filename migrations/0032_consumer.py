"""Photographs of complaints, one complaint per form sent; the newest cancelling of a certificate found by index."""

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only


def up(migrator, db):
    run_sql(db, __file__)
    append_only(db, "complaint_photo")


def down(migrator, db):
    drop_tables(db, "complaint_photo")
    db.execute_sql('DROP INDEX "certificate_cancelled_at"')
    db.execute_sql('DROP INDEX "complaint_form_key"')
    db.execute_sql('ALTER TABLE "complaint" DROP COLUMN "form_key"')
