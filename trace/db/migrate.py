"""Migrations: ``migrations/NNNN_name.py`` files with ``up(migrator, db)`` and ``down(migrator, db)``, run by playhouse."""

from __future__ import annotations

from peewee import Database
from playhouse.migrations import Migration, Runner

from trace.settings import ROOT

DIRECTORY = ROOT / "migrations"


def runner(database: Database) -> Runner:
    """The migration runner over the project's own folder."""
    return Runner(database, directory=str(DIRECTORY))


def upgrade(database: Database, target: str | None = None) -> list[str]:
    """Apply what is pending; returns the names applied."""
    return runner(database).up(target)


def downgrade(database: Database, target: str | None = None) -> list[str]:
    """Revert the newest migration, or everything back through ``target``."""
    return runner(database).down(target)


def status(database: Database) -> list[Migration]:
    """All migrations with the time each was applied."""
    return runner(database).status()


def pending(database: Database) -> list[str]:
    """Names of migrations not applied yet."""
    return [m.name for m in status(database) if not m.applied]
