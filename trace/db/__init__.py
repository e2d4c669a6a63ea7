"""The database handle, the base of all tables, and everything that differs between SQLite and PostgreSQL."""

from trace.db.engine import close_database, connect_database, db, is_postgres, lock_row
from trace.db.fields import JsonField, UtcDateTimeField
from trace.db.model import BaseModel

__all__ = [
    "BaseModel",
    "JsonField",
    "UtcDateTimeField",
    "close_database",
    "connect_database",
    "db",
    "is_postgres",
    "lock_row",
]
