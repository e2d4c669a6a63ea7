"""From models to migration files: prints the exact DDL of both engines, so that CHECK constraints survive.

``make migration NAME=0002_land DOMAIN=land`` writes ``migrations/0002_land.{sqlite,postgres}.sql``; the migration itself stays a few lines of
Python that run them. The files are frozen once landed.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from peewee import Database, SqliteDatabase
from playhouse.postgres_ext import Psycopg3Database

from trace.db.boxes import index_statements
from trace.db.engine import db
from trace.db.triggers import is_postgres_database

ENGINES = ("sqlite", "postgres")


def statements_of(models: tuple[Any, ...], engine: str) -> list[str]:
    """CREATE TABLE and CREATE INDEX of these models for one engine, spatial indexes with their triggers too."""
    previous = db.obj
    db.initialize(SqliteDatabase(None) if engine == "sqlite" else Psycopg3Database(None))
    try:
        found = []
        for model in models:
            schema = model._schema
            for context in (schema._create_table(safe=False), *schema._create_indexes(safe=False)):
                sql, parameters = context.query()
                if parameters:
                    raise ValueError(f"DDL with parameters: {sql}")
                found.append(sql)
            if column := getattr(model._meta, "box_index", None):
                found += index_statements(model._meta.table_name, column, engine)
        return found
    finally:
        db.initialize(previous)


def run_sql(database: Database, migration_file: str) -> None:
    """Run the frozen statements beside a migration file, those of the engine at hand."""
    engine = "postgres" if is_postgres_database(database) else "sqlite"
    text = Path(migration_file).with_suffix(f".{engine}.sql").read_text(encoding="utf-8")
    for statement in filter(None, (part.strip() for part in text.split(";\n"))):
        database.execute_sql(statement.replace("%", "%%") if engine == "postgres" else statement)


def drop_tables(database: Database, *names: str) -> None:
    """Drop tables, children first."""
    for name in names:
        database.execute_sql(f'DROP TABLE "{name}"')


def change_check(database: Database, table: str, column: str, old: str, new: str) -> None:
    """Replace the words ``old`` by ``new`` in the CHECK of one column.

    SQLite cannot alter a CHECK: the table is copied into one whose text differs in those words only, with its indexes and triggers (the runner
    has foreign keys switched off). PostgreSQL names such a constraint ``table_column_check``.
    """
    if is_postgres_database(database):
        name = f"{table}_{column}_check"
        row = database.execute_sql(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = %s AND c.conname = %s",
            (table, name),
        ).fetchone()
        words = f"CHECK ({column} IN ({new}))"
        if row is None:
            raise ValueError(f"no constraint {name}")
        database.execute_sql(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        database.execute_sql(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {words}')
        return
    rows = database.execute_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql > '' ORDER BY type = 'table' DESC", (table,)
    ).fetchall()
    create = rows[0][1]
    if f"{column} IN ({old})" not in create:
        raise ValueError(f"{table}: no CHECK of {column} with these words")
    changed = create.replace(f"{column} IN ({old})", f"{column} IN ({new})")
    database.execute_sql(changed.replace(f'"{table}"', f'"{table}_new"', 1))
    database.execute_sql(f'INSERT INTO "{table}_new" SELECT * FROM "{table}"')
    database.execute_sql(f'DROP TABLE "{table}"')
    database.execute_sql(f'ALTER TABLE "{table}_new" RENAME TO "{table}"')
    for _, statement in rows[1:]:
        database.execute_sql(statement)


def set_aside(database: Database, table: str) -> None:
    """Rename a table to ``table_old``, its indexes and its append-only triggers gone, so that a new one takes the name and the rows are copied over.

    Tables that point at it keep the name they were written with (the runner has SQLite's foreign keys switched off).
    """
    if is_postgres_database(database):
        database.execute_sql(f'DROP TRIGGER IF EXISTS {table}_append_only ON "{table}"')
        rows = database.execute_sql(
            "SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid WHERE t.relname = %s AND c.contype = 'p'",
            (table,),
        ).fetchall()
        for (name,) in rows:
            database.execute_sql(f'ALTER TABLE "{table}" RENAME CONSTRAINT "{name}" TO "{name}_old"')
        database.execute_sql(f'ALTER SEQUENCE IF EXISTS "{table}_id_seq" RENAME TO "{table}_old_id_seq"')
        names = database.execute_sql(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s AND indexname NOT LIKE '%%_pkey%%'",
            (table,),
        ).fetchall()
    else:
        for verb in ("update", "delete"):
            database.execute_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        names = database.execute_sql(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql > ''", (table,)
        ).fetchall()
    for (name,) in names:
        database.execute_sql(f'DROP INDEX "{name}"')
    if not is_postgres_database(database):
        database.execute_sql("PRAGMA legacy_alter_table = ON")
    database.execute_sql(f'ALTER TABLE "{table}" RENAME TO "{table}_old"')
    if not is_postgres_database(database):
        database.execute_sql("PRAGMA legacy_alter_table = OFF")


def settle_sequence(database: Database, table: str) -> None:
    """After rows came with their keys: PostgreSQL goes on counting behind them."""
    if is_postgres_database(database):
        database.execute_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), COALESCE((SELECT MAX(id) FROM \"{table}\"), 0) + 1, false)"
        )


def main() -> None:
    """Write the SQL files of one migration: ``python -m trace.db.ddl 0002_land trace.land.models``."""
    name, *modules = sys.argv[1:]
    models = tuple(table for module in modules for table in importlib.import_module(module).TABLES)
    for engine in ENGINES:
        path = Path("migrations") / f"{name}.{engine}.sql"
        path.write_text(";\n".join(statements_of(models, engine)) + ";\n", encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
