"""No write without a permission, one transaction and a trail."""

from __future__ import annotations

import pytest

from tests.factories import county as make
from trace.audit import operation, record_refusal, record_system
from trace.audit.checks import check_leaves
from trace.audit.models import AuditEntry
from trace.audit.operation import NothingRecorded, subject_code
from trace.audit.queries import entries_about, entries_by, visible_entries
from trace.core.actor import Permission
from trace.core.errors import Forbidden, RuleBroken
from trace.db import db
from trace.registry.models import SiteSetting


def keep(key: str) -> None:
    SiteSetting.create(key=key, value=1)


def kept() -> set[str]:
    return {row.key for row in SiteSetting.select()}


def test_a_write_that_records_nothing_is_undone(home):
    with pytest.raises(NothingRecorded), operation(home.actor("coop"), Permission.LOT_SPLIT):
        keep("silent")
    assert kept() == set()


def test_without_the_permission_nothing_starts(home):
    before = AuditEntry.select().count()
    with (
        pytest.raises(Forbidden, match="您的账号没有此项权限"),
        operation(home.actor("statistics"), Permission.LOT_SPLIT) as op,
    ):
        keep("never")
        op.record("lot.split", "H26-0001")
    assert kept() == set()
    assert AuditEntry.select().count() == before


def test_an_error_takes_the_trail_with_it(home):
    before = AuditEntry.select().count()
    with pytest.raises(RuleBroken), operation(home.actor("coop"), Permission.LOT_SPLIT) as op:
        keep("half")
        op.record("lot.split", "H26-0001")
        raise RuleBroken("不行。")
    assert kept() == set()
    assert AuditEntry.select().count() == before


def test_an_inner_operation_is_a_savepoint(home):
    actor = home.actor("coop")
    with operation(actor, Permission.LOT_SPLIT) as outer:
        keep("outer")
        with pytest.raises(RuleBroken), operation(actor, Permission.LOT_OPERATE) as inner:
            keep("inner")
            inner.record("lot.loss", "H26-0001")
            raise RuleBroken("不行。")
        outer.record("lot.split", "H26-0001")
    assert kept() == {"outer"}
    assert [entry.action for entry in entries_about("H26-0001")] == ["lot.split"]


def test_the_trail_says_who_what_and_when(home):
    actor = home.actor("coop")
    with operation(actor, Permission.LOT_SPLIT) as op:
        op.record("lot.split", home.coop, into=["S26-0001"], grams=5)
    entry = entries_by(actor)[0]
    assert (entry.action, entry.subject, entry.actor_id, entry.actor_name) == (
        "lot.split", home.coop.code, actor.user_id, actor.display_name,
    )  # fmt: skip
    assert entry.detail == {"into": ["S26-0001"], "grams": 5}
    assert entry.at == op.at
    assert entry.refused == 0


def test_a_refusal_is_kept_apart_from_deeds(home):
    actor = home.actor("coop")
    record_refusal(actor, "access.404", path="/plots/X")
    assert "access.404" in [
        entry.action for entry in visible_entries(home.actor("auditor")).where(AuditEntry.refused == 1)
    ]
    assert "access.404" not in [entry.action for entry in entries_by(actor)]


def test_only_those_who_may_read_the_trail(home):
    with pytest.raises(Forbidden):
        visible_entries(home.actor("coop"))


def test_a_subject_without_a_public_name_is_our_mistake():
    assert subject_code("H26-0001") == "H26-0001"
    assert subject_code(None) == ""
    with pytest.raises(TypeError, match="object has no public code"):
        subject_code(object())


def unlock() -> None:
    """What somebody with the database in hands would do first."""
    if on_postgres():
        db.execute_sql("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    else:
        db.execute_sql("DROP TRIGGER audit_entry_no_update")


def on_postgres() -> bool:
    return db.obj.param == "%s"


ALTERED = {
    "action": "lot.merge",
    "subject": "H26-9999",
    "detail": '{"grams":6}',
    "actor_name": "别人",
    "actor_id": 999,
    "refused": 1,
    "at": "2020-01-01 00:00:00",
    "body": b"{}",
}


def test_an_altered_row_is_found_and_named(home):
    record_system("demo.load", "county")
    with operation(home.actor("coop"), Permission.LOT_SPLIT) as op:
        op.record("lot.split", "H26-0001", grams=5)
    row = AuditEntry.get(AuditEntry.action == "lot.split")
    unlock()
    for column, value in ALTERED.items():
        kept = db.execute_sql(f'SELECT "{column}" FROM audit_entry WHERE id = {row.id}').fetchone()[0]
        put(row.id, column, value)
        findings = list(check_leaves())
        assert len(findings) == 1, column
        assert findings[0].startswith(f"audit_entry {row.id}: "), column
        put(row.id, column, kept)
        assert list(check_leaves()) == [], column


def put(row_id: int, column: str, value: object) -> None:
    db.execute_sql(f'UPDATE audit_entry SET "{column}" = {db.obj.param} WHERE id = {row_id}', (value,))


def test_making_users_left_a_trail(home):
    assert {entry.subject for entry in entries_about("coop2")} == {"coop2"}
    assert make.PASSWORD not in " ".join(bytes(entry.body).decode() for entry in AuditEntry.select())
