"""Present boundaries stand in a spatial index (R*Tree, GiST) instead of one that orders them by their western side only."""

from trace.db.ddl import run_sql
from trace.db.triggers import is_postgres_database


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    if is_postgres_database(db):
        db.execute_sql('DROP INDEX "plot_boundary_box"')
    else:
        for verb in ("insert", "update", "delete"):
            db.execute_sql(f"DROP TRIGGER plot_boundary_box_{verb}")
        db.execute_sql('DROP TABLE "plot_boundary_box"')
    db.execute_sql('CREATE INDEX "plot_boundary_valid_to_west_east" ON "plot_boundary" ("valid_to", "west", "east")')
