"""The commands about accounts, the trail and the state of the database."""

from __future__ import annotations

from trace.accounts.models import User
from trace.audit.models import AuditEntry
from trace.db import db, migrate
from trace.registry.models import SiteSetting


def test_an_account_by_the_command_line(command, database):
    made = command("user", "create", "Li", "--name", "李某", "--role", "market")
    assert (made.exit_code, made.output.startswith("已建立账号 li，一次性密码：")) == (0, True)
    user = User.get(User.username == "li")
    assert (user.roles, user.must_change) == (["market"], True)
    secret = made.output.strip().rpartition("：")[2]
    assert len(secret) >= 16
    assert secret not in user.password_hash
    again = command("user", "create", "li", "--name", "李某", "--role", "market")
    assert (again.exit_code, "登录名“li”已有人使用。" in again.output) == (1, True)
    weak = command("user", "create", "wang", "--name", "王某", "--role", "market", "--password", "Hengnan2026")
    assert (weak.exit_code, "密码至少 10 个字符" in weak.output) == (1, True)
    unknown = command("user", "create", "wang", "--name", "王某", "--role", "king")
    assert unknown.exit_code == 2
    assert User.select().count() == 1


def test_resetting_and_disabling(command, database):
    command("user", "create", "li", "--name", "李某", "--role", "market")
    before = User.get(User.username == "li").password_hash
    assert "账号 li 的一次性密码：" in command("user", "reset", "li").output
    assert User.get(User.username == "li").password_hash != before
    assert "账号 li 已停用。" in command("user", "disable", "li").output
    assert User.get(User.username == "li").disabled
    nobody = command("user", "disable", "nobody")
    assert (nobody.exit_code, "没有这个账号。" in nobody.output) == (1, True)
    actions = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions == ["user.create", "user.reset", "user.disable"]


def test_check_data_and_log_verify_alarm(command, home):
    assert (command("check-data").exit_code, command("log", "verify").exit_code) == (0, 0)
    assert "检查通过，没有发现问题。" in command("check-data").output
    entry = AuditEntry.select().first()
    trigger = "audit_entry_append_only ON audit_entry" if db.obj.param == "%s" else "audit_entry_no_update"
    db.execute_sql(f"DROP TRIGGER {trigger}")
    AuditEntry.update(subject="别人").where(AuditEntry.id == entry.id).execute()
    for name in (("check-data",), ("log", "verify")):
        alarmed = command(*name)
        assert alarmed.exit_code == 1
        assert f"audit_entry {entry.id}: subject was altered" in alarmed.output
        assert "发现 1 处问题。" in alarmed.output


def test_the_state_of_the_database(command, client, database):
    assert client.get("/readyz").json == {"status": "ok"}
    listed = command("db", "status").output
    assert "0001_foundation" in listed
    newest = migrate.status(db.obj)[-1].name
    assert f"↩ {newest}" in command("db", "downgrade").output
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["migrations"]) == (503, "pending", [newest])
    assert f"✓ {newest}" in command("db", "upgrade").output
    assert client.get("/readyz").status_code == 200


def test_upgrading_an_old_database_brings_its_reference_tables(command, database):
    SiteSetting.create(key="kept", value=1)
    assert "数据库已是最新。" in command("db", "upgrade").output
    assert SiteSetting.get(SiteSetting.key == "kept").value == 1
