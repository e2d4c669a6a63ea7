"""The import page, the command, the worker, and a power cut in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import post as post_form
from tests.factories import county as make
from tests.imports.conftest import text, workbook
from tests.imports.test_damaged_files import TABLES, damaged
from trace.db import db
from trace.imports import rules, sheets
from trace.imports.models import ImportRun
from trace.jobs import queue
from trace.jobs.models import Job
from trace.registry.models import Party

pytestmark = pytest.mark.usefixtures("database")
ROOT = Path(__file__).resolve().parents[2]
HEAD = ("姓名", "乡镇", "村", "身份证号")
GOOD = [("甲", "松江镇", "凉市村", ""), ("乙", "松江镇", "凉市村", "")]
BAD = ("丙", "", "九龙村", "")


@pytest.fixture
def browser(app, sign_in):
    with db.connection_context():
        make.county()
    return sign_in("bureau")


@pytest.fixture
def post():
    """Send a form with the token of the import page."""
    return lambda browser, address, values: post_form(browser, address, page="/imports", **values)


def upload(browser, post, data: bytes, name: str = "登记表.xlsx", kind: str = "parties"):
    return post(browser, "/imports", {"kind": kind, "file": (BytesIO(data), name)})


def test_upload_look_import_undo(browser, post):
    answer = upload(browser, post, workbook(HEAD, *GOOD, BAD))
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    assert "九龙村在江口镇和茅市镇都有，请填写乡镇。" in page and "导入正确的 2 行" in page
    marked = browser.get(f"{answer.location}/marked.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(marked.data)).active
    assert sheet["E4"].value == "村（社区）：九龙村在江口镇和茅市镇都有，请填写乡镇。" or "九龙村" in sheet["E4"].value
    assert post(browser, f"{answer.location}/apply", {"mode": "all"}).status_code == 409
    assert post(browser, f"{answer.location}/apply", {"mode": "valid"}).status_code == 302
    page = browser.get(answer.location).text
    assert "撤销这次导入" in page and "已导入" in page
    assert browser.get(f"{answer.location}/marked.xlsx").status_code == 404, "the file is gone"
    assert post(browser, f"{answer.location}/undo", {}).status_code == 302
    assert not Party.select().where(Party.name.in_(["甲", "乙"])).exists()


def test_a_file_that_cannot_be_is_refused_on_the_page(browser, post):
    answer = upload(browser, post, b"<html></html>")
    assert answer.status_code == 422 and "网页另存" in answer.text
    assert post(browser, "/imports", {"kind": "parties"}).status_code == 422


def test_damaged_files_never_break_the_page(browser, post):
    for seed in range(100):
        name = sorted(TABLES)[seed % len(TABLES)]
        assert upload(browser, post, damaged(TABLES[name], 1000 + seed), name).status_code in (302, 422), seed


def test_the_template_can_be_filled_and_imported(browser, post):
    body = browser.get("/imports/templates/parties.xlsx").data
    book = openpyxl.load_workbook(BytesIO(body))
    sheet = book["填写"]
    assert sheet["D2"].number_format == "@", "ID columns are text"
    out = BytesIO()
    book.save(out)
    answer = upload(browser, post, out.getvalue())
    assert "导入 1 行" in browser.get(answer.location).text
    assert browser.get("/imports/templates/secrets.xlsx").status_code == 404


def test_the_same_file_twice_is_noticed(browser, post):
    data = workbook(HEAD, GOOD[0])
    first = upload(browser, post, data)
    post(browser, f"{first.location}/apply", {"mode": "all"})
    assert "同一个文件已由" in browser.get(upload(browser, post, data).location).text


def test_a_long_file_is_checked_and_imported_by_the_worker(app, browser, post, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 5)
    answer = upload(browser, post, workbook(HEAD, *((f"户{n}", "松江镇", "凉市村", "") for n in range(30))))
    assert "正在检查" in browser.get(answer.location).text
    with app.app_context():
        assert queue.run_next()
    assert "导入 30 行" in browser.get(answer.location).text
    post(browser, f"{answer.location}/apply", {"mode": "all"})
    assert "正在导入" in browser.get(answer.location).text
    with app.app_context():
        assert queue.run_next()
    assert Party.select().where(Party.name.startswith("户")).count() == 30
    assert list((app.config["TRACE"].instance / "imports").iterdir()) == []


def test_a_long_file_can_be_stopped(app, browser, post, monkeypatch):
    monkeypatch.setattr(rules, "AT_ONCE", 5)
    answer = upload(browser, post, workbook(HEAD, *((f"户{n}", "松江镇", "凉市村", "") for n in range(60))))
    with app.app_context():
        queue.run_next()
    post(browser, f"{answer.location}/apply", {"mode": "all"})
    original = Path.touch
    folder = app.config["TRACE"].instance / "imports"
    monkeypatch.setattr(
        "trace.imports.gauge.Gauge.begin",
        lambda self, total: (setattr(self, "done", 0), setattr(self, "total", total))[0],
    )
    folder.mkdir(parents=True, exist_ok=True)
    original(folder / f"{answer.location.rpartition('/')[2]}.stop")
    with app.app_context():
        queue.run_next()
    assert not Party.select().where(Party.name.startswith("户")).exists()
    assert "没有导入任何一行" in browser.get(answer.location).text


def test_others_see_nothing_of_it(app, browser, post, sign_in):
    answer = upload(browser, post, workbook(HEAD, *GOOD))
    other = sign_in("township")
    assert other.get(answer.location).status_code == 404
    assert sign_in("grower").get("/imports").status_code == 403


def test_a_giant_upload_is_refused(browser, post, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_BYTES", 2_000)
    answer = upload(browser, post, b"a," * 1_001, "大.csv")
    assert answer.status_code == 422 and "请分成几份再上传" in answer.text


def command(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "import", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def environment(app, database_url, tmp_path) -> dict[str, str]:
    with db.connection_context():
        make.county()
    return {**os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(tmp_path / "instance")}


def test_the_command_reports_row_by_row(environment, tmp_path):
    file = tmp_path / "表.csv"
    file.write_bytes(text(HEAD, *GOOD, BAD, encoding="gb18030"))
    tried = command(environment, "parties", str(file), "--dry-run")
    assert tried.returncode == 1 and "第 4 行 C 列：九龙村在江口镇和茅市镇都有，请填写乡镇。" in tried.stdout
    assert "没有写入" in tried.stdout and not Party.select().where(Party.name == "甲").exists()
    assert command(environment, "parties", str(file)).returncode == 1
    assert not Party.select().where(Party.name == "甲").exists()
    done = command(environment, "parties", str(file), "--valid-rows")
    assert "已导入 2 行" in done.stdout and Party.select().where(Party.name.in_(["甲", "乙"])).count() == 2
    assert {run.state for run in ImportRun.select()} == {"done", "discarded"}


def test_a_power_cut_in_the_middle_leaves_nothing(environment, tmp_path):
    file = tmp_path / "长表.csv"
    file.write_bytes(text(HEAD, *((f"户{n}", "松江镇", "凉市村", "") for n in range(4000))))
    for wait in (1.6, 2.0, 2.4):
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "import", "parties", str(file)], cwd=ROOT, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert Party.select().where(Party.name.startswith("户")).count() in (0, 4000)
        if Party.select().where(Party.name.startswith("户")).exists():
            break


def test_an_import_broken_off_for_good_says_so_and_can_be_tried_again(app, browser, post, monkeypatch):
    """The worker was killed twice over it: the page neither waits for ever nor loses the file."""
    monkeypatch.setattr(rules, "AT_ONCE", 1)
    page = upload(browser, post, workbook(HEAD, *GOOD)).location
    with app.app_context():
        for _ in range(queue.MOST_DEATHS):
            Job.update(state="running").execute()
            queue.recover()
    shown = browser.get(page).text
    assert "后台任务两次中断，没有写入任何内容，请联系管理员。" in shown
    assert "http-equiv" not in shown and "重新检查" in shown
    post(browser, f"{page}/check", {})
    post(browser, f"{page}/check", {})
    with app.app_context():
        assert Job.select().where(Job.state == "queued").count() == 1, "pressed twice, queued once"
        assert queue.run_next() is True
    assert "检查通过，没有发现问题。" in browser.get(page).text
    assert not Party.select().where(Party.name == "甲").exists()
