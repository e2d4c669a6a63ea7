"""Rows held back and written together: nobody ever reads a state without them, a step undone takes its rows along, a refused row ends the whole."""

from __future__ import annotations

import pytest
from peewee import IntegrityError

from trace.db import db
from trace.db.among import among, not_among
from trace.db.counters import CodeCounter
from trace.db.gather import NotTogether, gathering, step
from trace.db.rows import add, put, put_many


@pytest.fixture(autouse=True)
def inside(app):
    """A transaction that is thrown away."""
    with db.connection_context():
        yield


def keys() -> list[str]:
    query = CodeCounter.select(CodeCounter.key).where(CodeCounter.key.startswith("g-")).order_by(CodeCounter.id)
    return [key for (key,) in query.tuples()]


def statements(monkeypatch) -> list[str]:
    seen: list[str] = []
    real = type(db.obj).execute_sql
    monkeypatch.setattr(
        type(db.obj), "execute_sql", lambda self, sql, *a, **k: (seen.append(sql), real(self, sql, *a, **k))[1]
    )
    return seen


def test_what_waits_is_written_before_anything_is_asked():
    with db.atomic(), gathering(3):
        first = put(CodeCounter, key="g-1", value=1)
        row = add(CodeCounter, key="g-2", value=2)
        put_many(CodeCounter, [{"key": "g-3", "value": 3}])
        assert keys() == ["g-1", "g-2", "g-3"]
        assert CodeCounter.get_by_id(first).key == "g-1" and CodeCounter.get_by_id(row.id).value == 2
        CodeCounter.create(key="g-4", value=4)
        assert put(CodeCounter, key="g-5", value=5) > CodeCounter.get(CodeCounter.key == "g-4").id
    assert keys() == ["g-1", "g-2", "g-3", "g-4", "g-5"]


def test_steps_cost_no_statement_while_nothing_is_asked(monkeypatch):
    seen = statements(monkeypatch)
    with db.atomic(), gathering(10):
        for n in range(10):
            with step(), step():
                put(CodeCounter, key=f"g-{n}", value=n)
        assert [sql for sql in seen if "SAVEPOINT" in sql or sql.startswith("INSERT")] == []
    assert len(keys()) == 10


@pytest.mark.parametrize("asks", [False, True], ids=["held back", "written meanwhile"])
def test_a_step_undone_takes_its_rows_along(asks):
    with db.atomic(), gathering(5):
        put(CodeCounter, key="g-before", value=1)
        with pytest.raises(LookupError), step():
            put(CodeCounter, key="g-undone", value=1)
            with step():
                put(CodeCounter, key="g-inner", value=1)
                if asks:
                    assert keys() == ["g-before", "g-undone", "g-inner"]
            put(CodeCounter, key="g-late", value=1)
            raise LookupError
        put(CodeCounter, key="g-after", value=1)
        assert keys() == ["g-before", "g-after"]


def test_what_is_written_past_it_is_undone_too():
    """A step whose only write went straight to the database: its savepoint must be there by then."""
    with db.atomic(), gathering(5):
        with pytest.raises(LookupError), step():
            CodeCounter.create(key="g-direct", value=1)
            raise LookupError
        assert keys() == []


def test_a_refused_row_ends_the_whole_and_is_never_swallowed():
    put(CodeCounter, key="g-there", value=1)
    with pytest.raises(NotTogether) as refused, db.atomic(), gathering(5):
        put(CodeCounter, key="g-new", value=1)
        put(CodeCounter, key="g-there", value=2)
        with pytest.raises(NotTogether):
            keys()
    assert isinstance(refused.value, NotTogether) and keys() == ["g-there"]
    with pytest.raises(IntegrityError), db.atomic():
        put(CodeCounter, key="g-there", value=2)


def test_an_error_leaves_nothing():
    with pytest.raises(LookupError), db.atomic(), gathering(5):
        put(CodeCounter, key="g-1", value=1)
        raise LookupError
    assert keys() == []


def test_conditions_over_many_values():
    for n in range(3):
        put(CodeCounter, key=f"g-{n}", value=n)
    mine = CodeCounter.key.startswith("g-")

    def found(condition) -> list[int]:
        query = CodeCounter.select(CodeCounter.value).where(mine & condition).order_by(CodeCounter.value)
        return [value for (value,) in query.tuples()]

    assert found(among(CodeCounter.key, ["g-0", "g-2", "g-9"])) == [0, 2]
    assert found(not_among(CodeCounter.key, ["g-0", "g-2", "g-9"])) == [1]
    assert found(among(CodeCounter.key, [])) == [] and found(not_among(CodeCounter.key, [])) == [0, 1, 2]
