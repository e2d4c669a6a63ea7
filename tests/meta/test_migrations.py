"""Migrations and models describe the same database, up and down, on both engines."""

from __future__ import annotations

import re

import pytest

from trace.db import db, is_postgres, migrate
from trace.db.ddl import statements_of
from trace.tables import ALL_TABLES

pytestmark = pytest.mark.usefixtures("database")
HISTORY = {"schema_migration"}


def tables() -> set[str]:
    """The tables of the models. An R*Tree is an index that SQLite keeps as a virtual table with shadow tables: see ``shape``."""
    return set(db.get_tables()) - HISTORY - trees()


def trees() -> set[str]:
    """Virtual tables and their shadows, of which PostgreSQL has none."""
    if is_postgres():
        return set()
    rows = db.execute_sql("SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')")
    return {row[0] for row in rows.fetchall()}


def declarations() -> set[str]:
    """How trees and triggers, and on PostgreSQL indexes of other kinds than trees of columns, are declared, word for word."""
    if is_postgres():
        rows = db.execute_sql(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef NOT LIKE '%%USING btree%%'"
        )
    else:
        rows = db.execute_sql(
            "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%' OR (type = 'trigger' AND name LIKE '%\\_box\\_%' ESCAPE '\\')"
        )
    return {row[0] for row in rows.fetchall()}


def shape() -> dict[str, object]:
    """Columns, indexes and checks of every table, as the engine reports them."""
    found: dict[str, object] = {}
    for table in sorted(tables()):
        columns = sorted((c.name, c.data_type.lower(), c.null, c.primary_key) for c in db.get_columns(table))
        indexes = sorted((tuple(i.columns), bool(i.unique)) for i in db.get_indexes(table))
        found[table] = (columns, indexes, checks(table))
    found["spatial indexes"] = declarations()
    return found


def checks(table: str) -> list[str]:
    if is_postgres():
        rows = db.execute_sql(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
            "WHERE t.relname = %s AND c.contype IN ('c','f')",
            (table,),
        )
        return sorted(row[0] for row in rows.fetchall())
    sql = db.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    return sorted(re.findall(r"CHECK \(.*?\)(?=[,)])|FOREIGN KEY .*?(?=, FOREIGN|, CHECK|\)$)", sql))


def test_migrated_database_equals_the_models(engine):
    migrated = shape()
    names = [m.name for m in migrate.status(db.obj)]
    migrate.downgrade(db.obj, names[0])
    assert (tables(), trees(), declarations()) == (set(), set(), set())
    for statement in statements_of(ALL_TABLES, engine):
        db.execute_sql(statement.replace("%", "%%") if engine == "postgres" else statement)
    assert shape() == migrated


def test_every_model_has_its_table():
    assert tables() == {model._meta.table_name for model in ALL_TABLES}
    boxed = {f"{model._meta.table_name}_box" for model in ALL_TABLES if getattr(model._meta, "box_index", None)}
    assert boxed == {"plot_boundary_box"}
    assert {name for name in trees() if not re.search("_(node|rowid|parent)$", name)} == (
        set() if is_postgres() else boxed
    )


def test_down_and_up_again_changes_nothing():
    before = shape()
    first = migrate.status(db.obj)[0].name
    migrate.downgrade(db.obj, first)
    assert tables() == set()
    migrate.upgrade(db.obj)
    assert shape() == before
    assert migrate.pending(db.obj) == []


def guards() -> set[str]:
    """The triggers of the database by name; on PostgreSQL also the functions behind them."""
    if is_postgres():
        triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        functions = (
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
        )
        return {row[0] for sql in (triggers, functions) for row in db.execute_sql(sql).fetchall()}
    return {row[0] for row in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()}


def test_every_step_goes_down_and_up_by_itself():
    """One migration at a time: what it took away it brings back, guards included, and nothing stays behind."""
    names, before = [item.name for item in migrate.status(db.obj)], []
    for name in reversed(names):
        before.append((name, shape(), guards()))
        assert migrate.downgrade(db.obj) == [name]
    assert (tables(), guards()) == (set(), set())
    for name, shape_before, guards_before in reversed(before):
        assert migrate.upgrade(db.obj, name) == [name]
        assert (shape(), guards()) == (shape_before, guards_before), name


def test_history_is_guarded():
    """The tables whose rows are history; a new one is a conscious act."""
    wanted = {
        "audit_entry",
        "operation",
        "movement",
        "edge",
        "hold_lot",
        "plan_record",
        "output_value",
        "stored_file",
        "duplicate_decision",
    }
    found = {
        re.sub("_(append_only|no_update|no_delete)$", "", name) for name in guards() if not name.startswith("refuse_")
    }
    assert wanted <= found
    assert "movement_never_negative" in guards()
