"""Spoken notes of phones are files too. Going back, they must be gone first: the earlier register had no place for sound."""

from trace.db.ddl import change_check

SCANS = "'application/pdf','image/jpeg','image/png'"
SOUNDS = f"{SCANS},'audio/webm','audio/ogg','audio/mp4'"


def up(migrator, db):
    change_check(db, "stored_file", "mime", SCANS, SOUNDS)


def down(migrator, db):
    change_check(db, "stored_file", "mime", SOUNDS, SCANS)
