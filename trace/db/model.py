"""The base of all tables."""

from peewee import Model

from trace.db.engine import db


class BaseModel(Model):
    """A table of the platform: snake_case name, explicit constraints, RESTRICT foreign keys."""

    class Meta:
        database = db
        legacy_table_names = False
