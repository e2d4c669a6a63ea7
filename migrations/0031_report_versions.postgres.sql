ALTER TABLE "lab_report" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1;
DROP INDEX "lab_report_lab_report_no";
CREATE UNIQUE INDEX "lab_report_lab_report_no_version" ON "lab_report" ("lab", "report_no", "version");
CREATE TABLE "lab_correction" ("id" SERIAL NOT NULL PRIMARY KEY, "report_id" INTEGER NOT NULL, "corrects_id" INTEGER NOT NULL, "reason" VARCHAR(200) NOT NULL, FOREIGN KEY ("report_id") REFERENCES "lab_report" ("id") ON DELETE RESTRICT, FOREIGN KEY ("corrects_id") REFERENCES "lab_report" ("id") ON DELETE RESTRICT, CHECK (reason <> ''), CHECK (report_id > corrects_id));
CREATE UNIQUE INDEX "lab_correction_report_id" ON "lab_correction" ("report_id");
CREATE UNIQUE INDEX "lab_correction_corrects_id" ON "lab_correction" ("corrects_id");
CREATE TABLE "incident_test" ("id" SERIAL NOT NULL PRIMARY KEY, "incident_id" INTEGER NOT NULL, "report_id" INTEGER NOT NULL, FOREIGN KEY ("incident_id") REFERENCES "incident" ("id") ON DELETE RESTRICT, FOREIGN KEY ("report_id") REFERENCES "lab_report" ("id") ON DELETE RESTRICT);
CREATE INDEX "incident_test_incident_id" ON "incident_test" ("incident_id");
CREATE UNIQUE INDEX "incident_test_report_id" ON "incident_test" ("report_id");
