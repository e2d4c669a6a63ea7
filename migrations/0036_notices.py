"""Programmes get notices in versions: terms as data of eight kinds, a checklist of legal steps, the LPR table. Rates become parameters.

SQLite cannot alter CHECKs: the table is copied. PostgreSQL alters it in place, for other tables point at it. Going down keeps only what the old
table can hold: a notice of one of the new kinds stops it.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256

from trace.db.ddl import drop_tables, run_sql
from trace.db.triggers import append_only, is_postgres_database

NEW_CHECKS = (
    "(kind IN ('per_area','per_area_instalments','per_unit','fixed_award','pct_capped','interest_discount','fee_discount','sales_award'))",
    "(purpose IN ('planting','tending','replanting','infrastructure','seedlings','machinery','certification','interest'))",
    "(state IN ('draft','published','closed'))",
    "(shortage IN ('queue','pro_rata'))",
    "(closes_on >= opens_on AND min_area_m2 >= 0 AND publicity_days > 0)",
    "(stacking_pct > 0 AND stacking_pct <= 100)",
    "(state = 'draft' OR finance_ref <> '')",
    "((state = 'draft') = (version = 0))",
)
OLD_CHECKS = (
    "(kind IN ('per_area','fixed_award'))",
    "(purpose IN ('planting','tending','replanting','infrastructure','certification'))",
    "(state IN ('draft','published','closed'))",
    "((kind = 'per_area') = (rate_fen IS NOT NULL))",
    "((kind = 'fixed_award') = (award_fen IS NOT NULL))",
    "(COALESCE(rate_fen, award_fen) > 0)",
    "(closes_on >= opens_on AND min_area_m2 >= 0 AND publicity_days > 0)",
    "(state = 'draft' OR finance_ref <> '')",
)
NEW_COLUMNS = (
    '"id" INTEGER NOT NULL PRIMARY KEY',
    '"code" VARCHAR(20) NOT NULL',
    '"name" VARCHAR(80) NOT NULL',
    '"doc_no" VARCHAR(60) NOT NULL',
    '"basis" VARCHAR(120) NOT NULL',
    '"basis_valid_to" DATE',
    '"kind" VARCHAR(24) NOT NULL',
    '"purpose" VARCHAR(20) NOT NULL',
    '"year" INTEGER NOT NULL',
    '"params" TEXT NOT NULL',
    '"opens_on" DATE NOT NULL',
    '"closes_on" DATE NOT NULL',
    '"min_area_m2" INTEGER NOT NULL',
    '"publicity_days" INTEGER NOT NULL',
    '"publicity_working" INTEGER NOT NULL',
    '"application_cap_fen" INTEGER',
    '"beneficiary_cap_fen" INTEGER',
    '"programme_cap_fen" INTEGER',
    '"exclusion_group" VARCHAR(40) NOT NULL',
    '"shortage" VARCHAR(10) NOT NULL',
    '"stacking" INTEGER NOT NULL',
    '"stacking_pct" INTEGER NOT NULL',
    '"materials" TEXT NOT NULL',
    '"finance_ref" VARCHAR(80) NOT NULL',
    '"contact" VARCHAR(120) NOT NULL',
    '"conditions" TEXT NOT NULL',
    '"state" VARCHAR(10) NOT NULL',
    '"version" INTEGER NOT NULL',
    '"drafted_by" INTEGER NOT NULL',
    '"drafter_name" VARCHAR(80) NOT NULL',
    '"drafted_at" DATETIME NOT NULL',
    '"published_at" DATETIME',
)
OLD_COLUMNS = (
    '"id" INTEGER NOT NULL PRIMARY KEY',
    '"code" VARCHAR(20) NOT NULL',
    '"name" VARCHAR(80) NOT NULL',
    '"basis" VARCHAR(120) NOT NULL',
    '"kind" VARCHAR(12) NOT NULL',
    '"purpose" VARCHAR(20) NOT NULL',
    '"year" INTEGER NOT NULL',
    '"rate_fen" INTEGER',
    '"award_fen" INTEGER',
    '"opens_on" DATE NOT NULL',
    '"closes_on" DATE NOT NULL',
    '"min_area_m2" INTEGER NOT NULL',
    '"publicity_days" INTEGER NOT NULL',
    '"finance_ref" VARCHAR(80) NOT NULL',
    '"contact" VARCHAR(120) NOT NULL',
    '"conditions" TEXT NOT NULL',
    '"state" VARCHAR(10) NOT NULL',
    '"drafted_by" INTEGER NOT NULL',
    '"drafter_name" VARCHAR(80) NOT NULL',
    '"drafted_at" DATETIME NOT NULL',
    '"published_at" DATETIME',
)
ADDED = {
    "doc_no": ("VARCHAR(60)", "''"),
    "basis_valid_to": ("DATE", None),
    "params": ("TEXT", "'{}'"),
    "publicity_working": ("BOOLEAN", "TRUE"),
    "application_cap_fen": ("BIGINT", None),
    "beneficiary_cap_fen": ("BIGINT", None),
    "programme_cap_fen": ("BIGINT", None),
    "exclusion_group": ("VARCHAR(40)", "''"),
    "shortage": ("VARCHAR(10)", "'queue'"),
    "stacking": ("BOOLEAN", "FALSE"),
    "stacking_pct": ("INTEGER", "100"),
    "materials": ("TEXT", "'[]'"),
    "version": ("INTEGER", "0"),
}
"""Column → its type on PostgreSQL and what rows of before get (None: nothing)."""
KEPT = [
    "id",
    "code",
    "name",
    "basis",
    "kind",
    "purpose",
    "year",
    "opens_on",
    "closes_on",
    "min_area_m2",
    "publicity_days",
    "finance_ref",
    "contact",
    "conditions",
    "state",
    "drafted_by",
    "drafter_name",
    "drafted_at",
    "published_at",
]
TERMS = [
    "name",
    "doc_no",
    "basis",
    "basis_valid_to",
    "kind",
    "purpose",
    "year",
    "opens_on",
    "closes_on",
    "params",
    "min_area_m2",
    "publicity_days",
    "publicity_working",
    "application_cap_fen",
    "beneficiary_cap_fen",
    "programme_cap_fen",
    "exclusion_group",
    "shortage",
    "stacking",
    "stacking_pct",
    "materials",
    "finance_ref",
    "contact",
    "conditions",
]
INDEXES = (
    'CREATE UNIQUE INDEX "programme_code" ON "programme" ("code")',
    'CREATE INDEX "programme_year" ON "programme" ("year")',
    'CREATE INDEX "programme_state" ON "programme" ("state")',
)
LPR = (
    ("2019-08-20", 425),
    ("2019-09-20", 420),
    ("2019-11-20", 415),
    ("2020-02-20", 405),
    ("2020-04-20", 385),
    ("2021-12-20", 380),
    ("2022-01-20", 370),
    ("2022-08-22", 365),
    ("2023-06-20", 355),
    ("2023-08-21", 345),
    ("2024-07-22", 335),
    ("2024-10-21", 310),
    ("2025-05-20", 300),
)
"""Days on which the one-year rate changed; later announcements are entered by the county."""
SOURCE = "全国银行间同业拆借中心公告，凭公开资料录入，使用前请核对"


def up(migrator, db):
    postgres = is_postgres_database(db)
    prices = rows_of(db, "SELECT id, kind, rate_fen, award_fen FROM programme")
    if postgres:
        drop_checks(db)
        db.execute_sql('ALTER TABLE "programme" ALTER COLUMN "kind" TYPE VARCHAR(24)')
        for name, (kind, default) in ADDED.items():
            filled = f" NOT NULL DEFAULT {default}" if default else ""
            db.execute_sql(f'ALTER TABLE "programme" ADD COLUMN "{name}" {kind}{filled}')
            if default:
                db.execute_sql(f'ALTER TABLE "programme" ALTER COLUMN "{name}" DROP DEFAULT')
        db.execute_sql('ALTER TABLE "programme" DROP COLUMN "rate_fen", DROP COLUMN "award_fen"')
    else:
        filled = {name: default for name, (_, default) in ADDED.items() if default}
        rebuild(db, NEW_COLUMNS, (), [*KEPT, *filled], [*KEPT, *filled.values()])
    run_sql(db, __file__)
    for programme, kind, rate, award in prices:
        params = {"tiers": [[0, rate]], "tier_mode": "whole"} if kind == "per_area" else {"award_fen": award}
        execute(db, "UPDATE programme SET params = ? WHERE id = ?", canonical(params), programme)
    db.execute_sql("UPDATE programme SET version = 1 WHERE state <> 'draft'")
    if postgres:
        add_checks(db, NEW_CHECKS)
    else:
        rebuild(db, NEW_COLUMNS, NEW_CHECKS, *[[name.split('"')[1] for name in NEW_COLUMNS]] * 2)
    first_versions(db)
    now = datetime.now(UTC).replace(tzinfo=None)
    for day, points in LPR:
        values = (day, points, SOURCE, "随系统提供", now)
        execute(
            db,
            "INSERT INTO lpr_rate (published_on, one_year_bp, source, recorded_by, recorded_at) VALUES (?, ?, ?, ?, ?)",
            *values,
        )
    for table in ("programme_version", "programme_step", "lpr_rate"):
        append_only(db, table)


def down(migrator, db):
    prices = [(row[0], row[1], json.loads(row[2])) for row in rows_of(db, "SELECT id, kind, params FROM programme")]
    drop_tables(db, "lpr_rate", "programme_step", "programme_version")
    if is_postgres_database(db):
        drop_checks(db)
        for name in ADDED:
            db.execute_sql(f'ALTER TABLE "programme" DROP COLUMN "{name}"')
        db.execute_sql('ALTER TABLE "programme" ADD COLUMN "rate_fen" BIGINT, ADD COLUMN "award_fen" BIGINT')
        db.execute_sql('ALTER TABLE "programme" ALTER COLUMN "kind" TYPE VARCHAR(12)')
    else:
        rebuild(db, OLD_COLUMNS, (), KEPT, KEPT)
    for programme, kind, params in prices:
        column, price = (
            ("rate_fen", params["tiers"][0][1]) if kind == "per_area" else ("award_fen", params.get("award_fen"))
        )
        execute(db, f"UPDATE programme SET {column} = ? WHERE id = ?", price, programme)
    if is_postgres_database(db):
        add_checks(db, OLD_CHECKS)
    else:
        rebuild(db, OLD_COLUMNS, OLD_CHECKS, *[[name.split('"')[1] for name in OLD_COLUMNS]] * 2)


def first_versions(db):
    """What is published already becomes version 1, with the hash of its terms."""
    rows = rows_of(
        db, f"SELECT id, drafted_by, drafter_name, published_at, {', '.join(TERMS)} FROM programme WHERE version = 1"
    )
    for programme, maker, name, published, *values in rows:
        terms = {key: shape(key, value) for key, value in zip(TERMS, values, strict=True)}
        kept = canonical(terms)
        digest = sha256(kept.encode()).hexdigest()
        statement = "INSERT INTO programme_version (programme_id, number, terms, digest, reason, made_by, maker_name, made_at) VALUES (?, 1, ?, ?, '', ?, ?, ?)"
        execute(db, statement, programme, kept, digest, maker, name, published)


def shape(key, value):
    """A term as its JSON has it, whichever engine it was read from."""
    if key in ("params", "materials"):
        return json.loads(value)
    if key in ("publicity_working", "stacking"):
        return bool(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def rows_of(db, statement):
    return db.execute_sql(statement).fetchall()


def execute(db, statement, *values):
    db.execute_sql(statement.replace("?", "%s") if is_postgres_database(db) else statement, values)


def rebuild(db, columns, checks, into, values):
    """Copy the table into one of other columns and checks (the runner has foreign keys switched off)."""
    body = ", ".join([*columns, *(f"CHECK {check}" for check in checks)])
    db.execute_sql(f'CREATE TABLE "programme_new" ({body})')
    db.execute_sql(f'INSERT INTO "programme_new" ({", ".join(into)}) SELECT {", ".join(values)} FROM "programme"')
    db.execute_sql('DROP TABLE "programme"')
    db.execute_sql('ALTER TABLE "programme_new" RENAME TO "programme"')
    for statement in INDEXES:
        db.execute_sql(statement)


def drop_checks(db):
    rows = rows_of(
        db,
        "SELECT c.conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = 'programme' AND c.contype = 'c'",
    )
    for (name,) in rows:
        db.execute_sql(f'ALTER TABLE "programme" DROP CONSTRAINT "{name}"')


def add_checks(db, checks):
    for check in checks:
        db.execute_sql(f'ALTER TABLE "programme" ADD CHECK {check}')
