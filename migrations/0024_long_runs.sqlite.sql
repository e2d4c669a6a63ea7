CREATE TABLE "long_run" ("id" INTEGER NOT NULL PRIMARY KEY, "code" VARCHAR(20) NOT NULL, "process_id" INTEGER NOT NULL, "holder_id" INTEGER NOT NULL, "state" VARCHAR(10) NOT NULL, "opened_on" DATE NOT NULL, "closed_on" DATE, "vessel" VARCHAR(40) NOT NULL, FOREIGN KEY ("process_id") REFERENCES "process" ("id") ON DELETE RESTRICT, FOREIGN KEY ("holder_id") REFERENCES "party" ("id") ON DELETE RESTRICT, CHECK (state IN ('open','closed','cancelled')), CHECK ((state = 'closed') = (closed_on IS NOT NULL)));
CREATE UNIQUE INDEX "long_run_code" ON "long_run" ("code");
CREATE INDEX "long_run_process_id" ON "long_run" ("process_id");
CREATE INDEX "long_run_holder_id" ON "long_run" ("holder_id");
CREATE INDEX "long_run_state" ON "long_run" ("state");
CREATE TABLE "run_step" ("id" INTEGER NOT NULL PRIMARY KEY, "run_id" INTEGER NOT NULL, "operation_id" INTEGER NOT NULL, "lot_id" INTEGER, FOREIGN KEY ("run_id") REFERENCES "long_run" ("id") ON DELETE RESTRICT, FOREIGN KEY ("operation_id") REFERENCES "operation" ("id") ON DELETE RESTRICT, FOREIGN KEY ("lot_id") REFERENCES "lot" ("id") ON DELETE RESTRICT);
CREATE INDEX "run_step_run_id" ON "run_step" ("run_id");
CREATE UNIQUE INDEX "run_step_operation_id" ON "run_step" ("operation_id");
CREATE INDEX "run_step_lot_id" ON "run_step" ("lot_id");
