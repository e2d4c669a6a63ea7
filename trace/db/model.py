"""The base of all tables."""

from __future__ import annotations

from peewee import Model

from trace.db.engine import db


class BaseModel(Model):
    """A table of the platform: snake_case name, explicit constraints, RESTRICT foreign keys. Every table has its own ``id`` as key."""

    class Meta:
        database = db
        legacy_table_names = False

    def __hash__(self) -> int:
        """As in Peewee, by table and key; asked for every remembered answer (:mod:`trace.db.memo`)."""
        return hash((self.__class__, self.__data__.get("id")))

    def __eq__(self, other: object) -> bool:
        """As in Peewee: the same row, or the same unsaved object."""
        if self is other:
            return True
        key = self.__data__.get("id")
        return other.__class__ is self.__class__ and key is not None and key == other.__data__.get("id")  # type: ignore[attr-defined]
