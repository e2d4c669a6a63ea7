ALTER TABLE "complaint" ADD COLUMN "form_key" VARCHAR(32);
CREATE UNIQUE INDEX "complaint_form_key" ON "complaint" ("form_key");
CREATE INDEX "certificate_cancelled_at" ON "certificate" ("cancelled_at");
CREATE TABLE "complaint_photo" ("id" INTEGER NOT NULL PRIMARY KEY, "complaint_id" INTEGER NOT NULL, "seq" INTEGER NOT NULL, "file_id" INTEGER NOT NULL, FOREIGN KEY ("complaint_id") REFERENCES "complaint" ("id") ON DELETE RESTRICT, FOREIGN KEY ("file_id") REFERENCES "stored_file" ("id") ON DELETE RESTRICT, CHECK (seq > 0));
CREATE INDEX "complaint_photo_file_id" ON "complaint_photo" ("file_id");
CREATE UNIQUE INDEX "complaint_photo_complaint_id_seq" ON "complaint_photo" ("complaint_id", "seq");
