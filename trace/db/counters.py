"""Running numbers for public codes, one row per series, safe under concurrent writers."""

from peewee import CharField, IntegerField

from trace.db.engine import db
from trace.db.model import BaseModel


class CodeCounter(BaseModel):
    """The last number given out in a series such as ``H26``."""

    key = CharField(max_length=40, unique=True)
    value = IntegerField()


TABLES = (CodeCounter,)


def next_number(key: str, count: int = 1) -> int:
    """Take ``count`` numbers of a series and return the first; the row stays locked until the transaction ends."""
    row = db.execute_sql(
        _SQL % {"p": db.obj.param},
        (key, count),
    ).fetchone()
    return row[0] - count + 1


def take_turn(key: str) -> None:
    """One writer at a time passes here, until its transaction ends: for rules that look at many rows at once."""
    next_number(f"turn-{key}")


_SQL = (
    "INSERT INTO code_counter (key, value) VALUES (%(p)s, %(p)s) "
    "ON CONFLICT (key) DO UPDATE SET value = code_counter.value + excluded.value RETURNING value"
)
