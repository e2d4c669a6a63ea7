CREATE INDEX "movement_lot_id_operation_id_quantity" ON "movement" ("lot_id", "operation_id", "quantity");
DROP INDEX "movement_lot_id_quantity";
