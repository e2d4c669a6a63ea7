"""The books as the county keeps them: reservation before commitment, lapse and carry-over, returned payments, corrections, claims.

The budget row is moved by the database itself with every transfer and by nothing else; its CHECKs refuse overspending. A transfer that debits or
credits the wrong account for its kind is refused. Old transfers keep their keys; what pointed at a batch names its number now.
"""

from trace.db.ddl import drop_tables, run_sql, set_aside, settle_sequence
from trace.db.triggers import append_only, drop_functions, is_postgres_database

ENTRIES = {
    "appropriate": ("available", "source"),
    "carry_in": ("available", "source"),
    "reserve": ("reserved", "available"),
    "release": ("available", "reserved"),
    "commit": ("committed", "reserved"),
    "cancel": ("available", "committed"),
    "pay": ("paid", "committed"),
    "lapse": ("lapsed", "available"),
    "carry_out": ("carried", "available"),
    "claim": ("receivable", "claims"),
    "settle": ("claims", "receivable"),
    "recover": ("available", "recovered"),
    "interest": ("treasury", "interest"),
}
COLUMNS = {
    "appropriated_fen": (("source", -1),),
    "reserved_fen": (("reserved", 1),),
    "committed_fen": (("committed", 1),),
    "paid_fen": (("paid", 1),),
    "recovered_fen": (("recovered", -1),),
    "withdrawn_fen": (("lapsed", 1), ("carried", 1)),
    "receivable_fen": (("receivable", 1),),
}
KINDS = (
    "source",
    "available",
    "reserved",
    "committed",
    "paid",
    "recovered",
    "lapsed",
    "carried",
    "receivable",
    "claims",
    "treasury",
    "interest",
)
NEW_ACCOUNTS = (KINDS[2], *KINDS[5:])
FITS = ",".join(f"'{kind}:{debit}:{credit}'" for kind, (debit, credit) in ENTRIES.items())
OLD_BUDGET = ("programme_id", "appropriated_fen", "committed_fen", "paid_fen")


def up(migrator, db):
    for table in ("transfer", "budget", "account"):
        set_aside(db, table)
    run_sql(db, __file__)
    db.execute_sql(
        'INSERT INTO "account" ("id", "programme_id", "kind") SELECT "id", "programme_id", "kind" FROM "account_old"'
    )
    settle_sequence(db, "account")
    for kind in NEW_ACCOUNTS:
        db.execute_sql(
            f'INSERT INTO "account" ("programme_id", "kind") SELECT "programme_id", \'{kind}\' FROM "budget_old"'
        )
    copy_transfers(db)
    names = ", ".join(f'"{name}"' for name in OLD_BUDGET)
    db.execute_sql(
        f'INSERT INTO "budget" ({names}, "reserved_fen", "recovered_fen", "withdrawn_fen", "receivable_fen", "last_transfer_id") '
        f'SELECT {names}, 0, 0, 0, 0, (SELECT MAX(t."id") FROM "transfer" t WHERE t."programme_id" = b."programme_id") FROM "budget_old" b'
    )
    drop_tables(db, "transfer_old", "budget_old", "account_old")
    append_only(db, "transfer")
    (guard_postgres if is_postgres_database(db) else guard_sqlite)(db)


def copy_transfers(db):
    """Keep every entry; a commitment of the earlier books had no reservation before it, so one is written beside it."""
    kept = (
        '"key", "kind", "programme_id", "debit_id", "credit_id", "amount_fen", "application_id", "doc_kind", "doc_no", "reason", '
        '"actor_id", "actor_name", "at"'
    )
    reserved = '(SELECT a."id" FROM "account" a WHERE a."programme_id" = t."programme_id" AND a."kind" = \'reserved\')'
    document = (
        "CASE t.\"kind\" WHEN 'pay' THEN 'batch' WHEN 'commit' THEN 'list' ELSE 'paper' END, "
        'COALESCE(NULLIF(t."doc_no", \'\'), (SELECT b."no" FROM "payment_batch" b WHERE b."id" = t."batch_id"), '
        '(SELECT NULLIF(p."minutes_ref", \'\') FROM "application" p WHERE p."id" = t."application_id"), t."key")'
    )
    rest = '\'\', t."actor_id", t."actor_name", t."at"'
    db.execute_sql(
        f'INSERT INTO "transfer" ({kept}) SELECT \'reserve:\' || t."key", \'reserve\', t."programme_id", {reserved}, t."credit_id", t."amount_fen", '
        f't."application_id", {document}, {rest} FROM "transfer_old" t WHERE t."kind" = \'commit\' ORDER BY t."id"'
    )
    key = f'CASE t."kind" WHEN \'pay\' THEN {line_key(db)} ELSE t."key" END'
    db.execute_sql(
        f'INSERT INTO "transfer" ({kept}) SELECT {key}, t."kind", t."programme_id", t."debit_id", '
        f'CASE t."kind" WHEN \'commit\' THEN {reserved} ELSE t."credit_id" END, t."amount_fen", t."application_id", {document}, {rest} '
        'FROM "transfer_old" t ORDER BY t."id"'
    )


def line_key(db):
    """The key of a payment by the id its line gets in the next migration: the number of the batch and the place in it."""
    places = '(SELECT COUNT(*) FROM "payment_line" o WHERE o."batch_id" = l."batch_id" AND o."id" <= l."id")'
    padded = f"lpad({places}::text, 5, '0')" if is_postgres_database(db) else f"substr('00000' || {places}, -5)"
    return (
        f'(SELECT \'pay:\' || b."no" || \'-\' || {padded} FROM "payment_line" l JOIN "payment_batch" b ON b."id" = l."batch_id" '
        'WHERE l."batch_id" = t."batch_id" AND l."application_id" = t."application_id")'
    )


def effect(kinds, transfer, cast=""):
    """What one transfer adds to a column: debits less credits of these accounts, with their sign."""
    parts = [
        f"{sign} * ((SELECT a.kind = '{kind}' FROM account a WHERE a.id = {transfer}.debit_id){cast} - "
        f"(SELECT a.kind = '{kind}' FROM account a WHERE a.id = {transfer}.credit_id){cast})"
        for kind, sign in kinds
    ]
    return f"{transfer}.amount_fen * ({' + '.join(parts)})"


def guard_sqlite(db):
    sums = ", ".join(f"{column} = {column} + {effect(kinds, 'NEW')}" for column, kinds in COLUMNS.items())
    same = " AND ".join(
        f'NEW.{column} - OLD.{column} = (SELECT {effect(kinds, "t")} FROM "transfer" t WHERE t.id = NEW.last_transfer_id)'
        for column, kinds in COLUMNS.items()
    )
    zero = " OR ".join(f"NEW.{column} <> 0" for column in COLUMNS)
    for statement in (
        'CREATE TRIGGER transfer_fits BEFORE INSERT ON "transfer" WHEN NOT EXISTS (SELECT 1 FROM account d, account c '
        "WHERE d.id = NEW.debit_id AND c.id = NEW.credit_id AND d.programme_id = NEW.programme_id AND c.programme_id = NEW.programme_id AND "
        f"(NEW.reverses_id IS NULL AND (NEW.kind || ':' || d.kind || ':' || c.kind) IN ({FITS}) OR NEW.reverses_id IS NOT NULL AND EXISTS ("
        'SELECT 1 FROM "transfer" o WHERE o.id = NEW.reverses_id AND o.debit_id = NEW.credit_id AND o.credit_id = NEW.debit_id '
        "AND o.amount_fen = NEW.amount_fen AND o.reverses_id IS NULL AND (NEW.kind = 'reverse') = (o.kind <> 'pay'))))"
        "BEGIN SELECT RAISE(ABORT, 'ledger: wrong accounts'); END",
        f'CREATE TRIGGER transfer_moves AFTER INSERT ON "transfer" BEGIN UPDATE budget SET {sums}, last_transfer_id = NEW.id '
        "WHERE programme_id = NEW.programme_id; SELECT RAISE(ABORT, 'ledger: no budget') WHERE NOT EXISTS (SELECT 1 FROM budget WHERE "
        "programme_id = NEW.programme_id AND last_transfer_id = NEW.id); END",
        "CREATE TRIGGER budget_follows BEFORE UPDATE ON budget WHEN NEW.last_transfer_id IS OLD.last_transfer_id OR "
        f"NEW.programme_id <> OLD.programme_id OR ({same}) IS NOT 1 BEGIN SELECT RAISE(ABORT, 'ledger: budget moves with transfers only'); END",
        f"CREATE TRIGGER budget_empty BEFORE INSERT ON budget WHEN {zero} BEGIN SELECT RAISE(ABORT, 'ledger: budget begins empty'); END",
        "CREATE TRIGGER budget_kept BEFORE DELETE ON budget BEGIN SELECT RAISE(ABORT, 'append-only: budget'); END",
    ):
        db.execute_sql(statement)


def guard_postgres(db):
    sums = ", ".join(
        f"COALESCE(SUM(f.amount_fen * ({' + '.join(f'{sign} * ((d.kind = {chr(39)}{kind}{chr(39)})::int - (c.kind = {chr(39)}{kind}{chr(39)})::int)' for kind, sign in kinds)})), 0) AS {column}"
        for column, kinds in COLUMNS.items()
    )
    added = ", ".join(f"{column} = b.{column} + m.{column}" for column in COLUMNS)
    zero = " OR ".join(f"NEW.{column} <> 0" for column in COLUMNS)
    for statement in (
        "CREATE FUNCTION transfer_posts() RETURNS trigger AS $$ BEGIN "
        "PERFORM 1 FROM budget WHERE programme_id IN (SELECT programme_id FROM fresh) ORDER BY programme_id FOR UPDATE; "
        "IF EXISTS (SELECT 1 FROM fresh f LEFT JOIN account d ON d.id = f.debit_id AND d.programme_id = f.programme_id "
        "LEFT JOIN account c ON c.id = f.credit_id AND c.programme_id = f.programme_id LEFT JOIN transfer o ON o.id = f.reverses_id "
        f"WHERE NOT COALESCE(f.reverses_id IS NULL AND (f.kind || ':' || d.kind || ':' || c.kind) IN ({FITS}) OR f.reverses_id IS NOT NULL "
        "AND o.debit_id = f.credit_id AND o.credit_id = f.debit_id AND o.amount_fen = f.amount_fen AND o.reverses_id IS NULL "
        "AND (f.kind = 'reverse') = (o.kind <> 'pay'), FALSE)) THEN "
        "RAISE EXCEPTION 'ledger: wrong accounts' USING ERRCODE='23514'; END IF; "
        "IF EXISTS (SELECT 1 FROM fresh f WHERE NOT EXISTS (SELECT 1 FROM budget b WHERE b.programme_id = f.programme_id)) THEN "
        "RAISE EXCEPTION 'ledger: no budget' USING ERRCODE='23514'; END IF; "
        f"UPDATE budget b SET {added}, last_transfer_id = m.last FROM (SELECT f.programme_id, MAX(f.id) AS last, {sums} FROM fresh f "
        "JOIN account d ON d.id = f.debit_id JOIN account c ON c.id = f.credit_id GROUP BY f.programme_id) m "
        "WHERE b.programme_id = m.programme_id; RETURN NULL; END $$ LANGUAGE plpgsql",
        'CREATE TRIGGER transfer_posts AFTER INSERT ON "transfer" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION transfer_posts()',
        "CREATE FUNCTION budget_follows() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN IF {zero} THEN RAISE EXCEPTION 'ledger: budget begins empty' USING ERRCODE='23514'; END IF; RETURN NEW; END IF; "
        "IF TG_OP = 'DELETE' OR pg_trigger_depth() < 2 THEN "
        "RAISE EXCEPTION 'ledger: budget moves with transfers only' USING ERRCODE='23514'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER budget_follows BEFORE INSERT OR UPDATE OR DELETE ON budget FOR EACH ROW EXECUTE FUNCTION budget_follows()",
    ):
        db.execute_sql(statement.replace("%", "%%"))


def down(migrator, db):
    """The earlier books know appropriation, commitment and payment only: open reservations go back, what came later is refused."""
    later = db.execute_sql(
        "SELECT COUNT(*) FROM \"transfer\" WHERE \"kind\" NOT IN ('appropriate','carry_in','reserve','release','commit','pay')"
    ).fetchone()[0]
    if later:
        raise RuntimeError(f"{later} entries have no place in the earlier books: keep this version")
    if not is_postgres_database(db):
        for name in ("transfer_fits", "transfer_moves", "budget_follows", "budget_empty", "budget_kept"):
            db.execute_sql(f"DROP TRIGGER IF EXISTS {name}")
    for table in ("transfer", "budget", "account"):
        set_aside(db, table)
    run_sql(db, __file__.replace(".py", "_down.py"))
    db.execute_sql(
        'INSERT INTO "account" ("id", "programme_id", "kind") SELECT "id", "programme_id", "kind" FROM "account_old" '
        "WHERE \"kind\" IN ('source','available','committed','paid')"
    )
    settle_sequence(db, "account")
    available = (
        '(SELECT a."id" FROM "account" a WHERE a."programme_id" = t."programme_id" AND a."kind" = \'available\')'
    )
    db.execute_sql(
        'INSERT INTO "transfer" ("key", "kind", "programme_id", "debit_id", "credit_id", "amount_fen", "application_id", "batch_id", "doc_no", '
        '"actor_id", "actor_name", "at") SELECT CASE t."kind" WHEN \'pay\' THEN \'pay:\' || t."doc_no" || \':\' || (SELECT p."no" FROM "application" p '
        'WHERE p."id" = t."application_id") ELSE t."key" END, CASE t."kind" WHEN \'carry_in\' THEN \'appropriate\' ELSE t."kind" END, t."programme_id", '
        f't."debit_id", CASE t."kind" WHEN \'commit\' THEN {available} ELSE t."credit_id" END, t."amount_fen", t."application_id", '
        'CASE t."kind" WHEN \'pay\' THEN (SELECT b."id" FROM "payment_batch" b WHERE b."no" = t."doc_no") END, t."doc_no", t."actor_id", '
        't."actor_name", t."at" FROM "transfer_old" t WHERE t."kind" NOT IN (\'reserve\',\'release\') ORDER BY t."id"'
    )
    names = ", ".join(f'"{name}"' for name in OLD_BUDGET)
    db.execute_sql(f'INSERT INTO "budget" ({names}) SELECT {names} FROM "budget_old"')
    drop_tables(db, "transfer_old", "budget_old", "account_old", "approval_item", "approval_list")
    drop_functions(db, "transfer_posts", "budget_follows")
    append_only(db, "transfer")
