"""Several workers at once, and a worker killed in the middle: real processes, both engines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trace import audit
from trace.audit.models import AuditEntry, LogPending
from trace.db import db
from trace.log import queries
from trace.log.models import LogLeaf

pytestmark = pytest.mark.usefixtures("database")
ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 3_000


@pytest.fixture
def environment(database_url, tmp_path) -> dict[str, str]:
    """A platform with many entries waiting and no key made yet."""
    with db.atomic():
        for n in range(ENTRIES):
            audit.record_system("demo.load", f"T-{n}", n=n)
    return {**os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(tmp_path / "instance")}


def log_command(environment: dict[str, str], word: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "log", word], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def verified(environment: dict[str, str]) -> str:
    told, _ = log_command(environment, "verify").communicate(timeout=120)
    return told


def test_three_at_once_place_each_entry_once_and_share_one_key(environment, tmp_path):
    told = [process.communicate(timeout=120)[0] for process in [log_command(environment, "grow") for _ in range(3)]]
    total = AuditEntry.select().count()
    assert all(f"日志现有 {total} 条" in text for text in told), told
    assert LogLeaf.select().count() == queries.tree_size() == total >= ENTRIES
    assert "没有发现问题" in verified(environment)
    assert sorted(path.name for path in (tmp_path / "instance").glob("log-*")) == ["log-key.json", "log-signed.json"]
    assert (tmp_path / "instance" / "log-key.json").stat().st_mode & 0o077 == 0


def test_killed_in_the_middle_and_started_again(environment):
    """Each time some entries have got their place, the process is killed; the next one goes on where the last transaction ended."""
    caught = 0
    while LogPending.select().exists():
        process, before = log_command(environment, "grow"), LogLeaf.select().count()
        while process.poll() is None and LogLeaf.select().count() == before:
            time.sleep(0.003)
        caught += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    assert caught, "no run was killed while it worked"
    told, _ = log_command(environment, "grow").communicate(timeout=120)
    assert f"日志现有 {AuditEntry.select().count()} 条" in told
    assert "没有发现问题" in verified(environment)
