CREATE TABLE "second_factor" ("id" INTEGER NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL, "secret_sealed" VARCHAR(200) NOT NULL, "made_at" DATETIME NOT NULL, "confirmed_at" DATETIME, "last_step" INTEGER NOT NULL, "failures" INTEGER NOT NULL, "failed_at" DATETIME, FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE RESTRICT, CHECK (last_step >= 0 AND failures >= 0), CHECK (failures = 0 OR failed_at IS NOT NULL));
CREATE UNIQUE INDEX "second_factor_user_id" ON "second_factor" ("user_id");
CREATE TABLE "recovery_code" ("id" INTEGER NOT NULL PRIMARY KEY, "factor_id" INTEGER NOT NULL, "code_hash" VARCHAR(64) NOT NULL, "used_at" DATETIME, FOREIGN KEY ("factor_id") REFERENCES "second_factor" ("id") ON DELETE CASCADE);
CREATE INDEX "recovery_code_factor_id" ON "recovery_code" ("factor_id");
CREATE UNIQUE INDEX "recovery_code_code_hash" ON "recovery_code" ("code_hash");
