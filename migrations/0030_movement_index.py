"""What was made of a lot and what is left of it are read from one index, the movements themselves never."""

from trace.db.ddl import run_sql


def up(migrator, db):
    run_sql(db, __file__)


def down(migrator, db):
    db.execute_sql('CREATE INDEX "movement_lot_id_quantity" ON "movement" ("lot_id", "quantity")')
    db.execute_sql('DROP INDEX "movement_lot_id_operation_id_quantity"')
