CREATE TABLE "log_pending" ("id" SERIAL NOT NULL PRIMARY KEY, "entry_id" INTEGER NOT NULL, FOREIGN KEY ("entry_id") REFERENCES "audit_entry" ("id") ON DELETE RESTRICT);
CREATE UNIQUE INDEX "log_pending_entry_id" ON "log_pending" ("entry_id");
CREATE TABLE "log_leaf" ("id" SERIAL NOT NULL PRIMARY KEY, "number" INTEGER NOT NULL, "entry_id" INTEGER NOT NULL, FOREIGN KEY ("entry_id") REFERENCES "audit_entry" ("id") ON DELETE RESTRICT, CHECK (number >= 0));
CREATE UNIQUE INDEX "log_leaf_number" ON "log_leaf" ("number");
CREATE UNIQUE INDEX "log_leaf_entry_id" ON "log_leaf" ("entry_id");
CREATE TABLE "log_tile" ("id" SERIAL NOT NULL PRIMARY KEY, "level" INTEGER NOT NULL, "number" INTEGER NOT NULL, "hashes" BYTEA NOT NULL, CHECK (level >= 0 AND number >= 0));
CREATE UNIQUE INDEX "log_tile_level_number" ON "log_tile" ("level", "number");
CREATE TABLE "log_checkpoint" ("id" SERIAL NOT NULL PRIMARY KEY, "size" INTEGER NOT NULL, "root" VARCHAR(64) NOT NULL, "note" TEXT NOT NULL, "at" TIMESTAMP NOT NULL, CHECK (size > 0));
CREATE UNIQUE INDEX "log_checkpoint_size" ON "log_checkpoint" ("size");
