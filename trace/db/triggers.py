"""Guards that live in the database itself, for tables whose rows are history. Used by migrations on both engines."""

from __future__ import annotations

from peewee import Database
from playhouse.postgres_ext import PostgresqlExtDatabase


def is_postgres_database(database: Database) -> bool:
    """True for any PostgreSQL handle (migrations get the handle as an argument)."""
    return isinstance(database, PostgresqlExtDatabase)


def append_only(database: Database, table: str) -> None:
    """Rows of ``table`` are never changed or deleted."""
    if is_postgres_database(database):
        database.execute_sql(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ "
            "BEGIN RAISE EXCEPTION 'append-only: %%', TG_TABLE_NAME USING ERRCODE='23514'; END $$ LANGUAGE plpgsql"
        )
        database.execute_sql(
            f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        database.execute_sql(
            f'CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
        )


def kept_for_years(database: Database, table: str, years: int) -> None:
    """Rows of ``table`` are never changed, and not deleted while younger than ``years`` by their ``recorded_at``: a limit of the law."""
    column = "recorded_at"
    if is_postgres_database(database):
        database.execute_sql(
            f"CREATE OR REPLACE FUNCTION {table}_kept() RETURNS trigger AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' AND OLD.{column} < (now() AT TIME ZONE 'UTC') - INTERVAL '{years} years' THEN RETURN OLD; END IF; "
            "RAISE EXCEPTION 'kept by law: %%', TG_TABLE_NAME USING ERRCODE='23514'; END $$ LANGUAGE plpgsql"
        )
        database.execute_sql(
            f'CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {table}_kept()'
        )
        return
    for verb, when in (("UPDATE", ""), ("DELETE", f"WHEN OLD.{column} >= datetime('now', '-{years} years') ")):
        database.execute_sql(
            f'CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON "{table}" {when}'
            f"BEGIN SELECT RAISE(ABORT, 'kept by law: {table}'); END"
        )


def never_negative(database: Database, *, table: str, group: str, parent: str, amount: str) -> None:
    """Σ ``amount`` of ``table`` per ``group`` can never fall below zero.

    On PostgreSQL the parent row is locked first, so two writers cannot both see the old sum.
    """
    if is_postgres_database(database):
        database.execute_sql(
            f"CREATE OR REPLACE FUNCTION {table}_never_negative() RETURNS trigger AS $$ BEGIN "
            f'PERFORM 1 FROM "{parent}" WHERE id = NEW.{group} FOR UPDATE; '
            f'IF (SELECT COALESCE(SUM({amount}),0) FROM "{table}" WHERE {group} = NEW.{group}) < 0 THEN '
            f"RAISE EXCEPTION 'negative balance' USING ERRCODE='23514'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        database.execute_sql(
            f'CREATE TRIGGER {table}_never_negative AFTER INSERT ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION {table}_never_negative()"
        )
        return
    database.execute_sql(
        f'CREATE TRIGGER {table}_never_negative AFTER INSERT ON "{table}" '
        f'WHEN (SELECT SUM({amount}) FROM "{table}" WHERE {group} = NEW.{group}) < 0 '
        "BEGIN SELECT RAISE(ABORT, 'negative balance'); END"
    )


def drop_functions(database: Database, *names: str) -> None:
    """PostgreSQL keeps trigger functions after their table is gone; drop them on the way down."""
    if is_postgres_database(database):
        for name in names:
            database.execute_sql(f"DROP FUNCTION IF EXISTS {name}() CASCADE")


def frozen(database: Database, table: str, columns: tuple[str, ...]) -> None:
    """Rows of ``table`` are never deleted, and these of their columns never changed; the others tell what became of them."""
    if is_postgres_database(database):
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
        database.execute_sql(
            f"CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger AS $$ "
            f"BEGIN IF TG_OP = 'DELETE' OR {changed} THEN "
            "RAISE EXCEPTION 'append-only: %%', TG_TABLE_NAME USING ERRCODE='23514'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        database.execute_sql(
            f'CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {table}_frozen()'
        )
        return
    changed = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in columns)
    refuse = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
    database.execute_sql(f'CREATE TRIGGER {table}_frozen BEFORE UPDATE ON "{table}" WHEN {changed} {refuse}')
    database.execute_sql(f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON "{table}" {refuse}')
