"""Payments above the money: channels, line ids, payee accounts, the bank's files and templates; audit, clawback, complaints about money."""

from trace.db.ddl import drop_tables, run_sql, set_aside, settle_sequence
from trace.db.triggers import append_only, is_postgres_database

NEW = (
    "grievance",
    "clawback_receipt",
    "clawback",
    "audit_finding_step",
    "audit_finding",
    "audit_sample",
    "reconciliation_note",
    "bank_row",
    "bank_file",
    "bank_template",
    "payment_line",
    "payee_account",
    "payment_batch",
)
HISTORY = ("bank_row", "reconciliation_note", "audit_finding_step", "clawback_receipt", "audit_sample")
BATCH = '"id", "no", "state", "total_fen", "digest", "maker_id", "maker_name", "made_at", "checker_id", "checker_name", "released_at", "done_at"'
LINE = '"id", "batch_id", "application_id", "payee_name", "account_sealed", "account_hash", "account_last4", "amount_fen", "state", "bank_ref", "reason"'


def up(migrator, db):
    for table in ("payment_line", "payment_batch"):
        set_aside(db, table)
    run_sql(db, __file__)
    db.execute_sql(
        f'INSERT INTO "payment_batch" ({BATCH}, "kind", "line_count", "cancel_reason") SELECT {BATCH}, '
        'CASE WHEN EXISTS (SELECT 1 FROM "payment_line_old" l JOIN "application" a ON a."id" = l."application_id" JOIN "party" p '
        'ON p."id" = a."applicant_id" WHERE l."batch_id" = b."id" AND p."kind" = \'household\') THEN \'card\' ELSE \'corporate\' END, '
        '(SELECT COUNT(*) FROM "payment_line_old" l WHERE l."batch_id" = b."id"), \'\' FROM "payment_batch_old" b'
    )
    place = '(SELECT COUNT(*) FROM "payment_line_old" o WHERE o."batch_id" = l."batch_id" AND o."id" <= l."id")'
    padded = f"lpad({place}::text, 5, '0')" if is_postgres_database(db) else f"substr('00000' || {place}, -5)"
    columns = ", ".join(f"l.{name.strip()}" for name in LINE.split(","))
    db.execute_sql(
        f'INSERT INTO "payment_line" ({LINE}, "code", "instalment", "live_key", "holder_name", "bank_name", "evidence", "answered_at") '
        f'SELECT {columns}, (SELECT b."no" FROM "payment_batch" b WHERE b."id" = l."batch_id") || \'-\' || {padded}, 1, '
        "CASE WHEN l.\"live_key\" IS NULL THEN NULL ELSE l.\"live_key\" || '/1' END, l.\"payee_name\", '', '', "
        'CASE WHEN l."state" = \'pending\' THEN NULL ELSE (SELECT b."done_at" FROM "payment_batch" b WHERE b."id" = l."batch_id") END '
        'FROM "payment_line_old" l'
    )
    for table in ("payment_batch", "payment_line"):
        settle_sequence(db, table)
    drop_tables(db, "payment_line_old", "payment_batch_old")
    for table in HISTORY:
        append_only(db, table)


def down(migrator, db):
    for table in ("payment_line", "payment_batch"):
        set_aside(db, table)
    run_sql(db, __file__.replace(".py", "_down.py"))
    db.execute_sql(
        f'INSERT INTO "payment_batch" ({BATCH}) SELECT {BATCH} FROM "payment_batch_old" WHERE "state" <> \'cancelled\''
    )
    db.execute_sql(
        f'INSERT INTO "payment_line" ({LINE}, "live_key") SELECT {LINE.replace(chr(34) + "state" + chr(34), "CASE WHEN state = " + chr(39) + "returned" + chr(39) + " THEN " + chr(39) + "failed" + chr(39) + " ELSE state END")}, '
        'CASE WHEN "live_key" IS NULL THEN NULL ELSE (SELECT a."no" FROM "application" a WHERE a."id" = "application_id") END '
        'FROM "payment_line_old" WHERE "state" <> \'cancelled\''
    )
    for table in ("payment_batch", "payment_line"):
        settle_sequence(db, table)
    drop_tables(db, "payment_line_old", *NEW[:10], "payee_account", "payment_batch_old")
