CREATE TABLE "import_run" ("id" SERIAL NOT NULL PRIMARY KEY, "code" VARCHAR(20) NOT NULL, "kind" VARCHAR(20) NOT NULL, "file_name" VARCHAR(120) NOT NULL, "sha256" VARCHAR(64) NOT NULL, "data" BYTEA, "state" VARCHAR(12) NOT NULL, "rows" INTEGER NOT NULL, "good" INTEGER NOT NULL, "mistakes" INTEGER NOT NULL, "report" TEXT NOT NULL, "message" TEXT, "job" VARCHAR(40) NOT NULL, "user_id" INTEGER NOT NULL, "user_name" VARCHAR(80) NOT NULL, "made_at" TIMESTAMP NOT NULL, "ended_at" TIMESTAMP, CHECK (state IN ('received','checked','unusable','discarded','done','undone')), CHECK (rows >= 0 AND good >= 0 AND mistakes >= 0), CHECK (data IS NULL OR state IN ('received','checked')));
CREATE UNIQUE INDEX "import_run_code" ON "import_run" ("code");
CREATE INDEX "import_run_kind" ON "import_run" ("kind");
CREATE INDEX "import_run_sha256" ON "import_run" ("sha256");
CREATE INDEX "import_run_user_id" ON "import_run" ("user_id");
CREATE TABLE "import_row" ("id" SERIAL NOT NULL PRIMARY KEY, "run_id" INTEGER NOT NULL, "number" INTEGER NOT NULL, "subject" VARCHAR(40) NOT NULL, FOREIGN KEY ("run_id") REFERENCES "import_run" ("id") ON DELETE RESTRICT);
CREATE INDEX "import_row_run_id" ON "import_row" ("run_id");
CREATE INDEX "import_row_subject" ON "import_row" ("subject");
CREATE UNIQUE INDEX "import_row_run_id_number" ON "import_row" ("run_id", "number");
