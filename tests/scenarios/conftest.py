"""A real server in its own process, a real browser, the demo county in small."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
).split()


class Site:
    """A running platform: its address, its database, and a browser that signs in."""

    def __init__(self, address: str, environment: dict[str, str], browser: Browser) -> None:
        """Keep what tests need."""
        self.address, self.environment, self._browser = address, environment, browser
        self.problems: list[str] = []

    def enter(self, username: str = "", width: int = 1366) -> Page:
        """A fresh browser window, signed in when a name is given; script errors and refused resources are remembered."""
        page = self._browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN").new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        if username:
            page.goto(f"{self.address}/sign-in")
            page.fill("[name=username]", username)
            page.fill("[name=password]", PASSWORD)
            page.click("main form button")
            page.wait_for_url("**/desk")
        return page

    def command(self, *words: str) -> str:
        """Run ``flask --app wsgi …`` on the same installation and return what it says."""
        return run(self.environment, *words)


def run(environment: dict[str, str], *words: str) -> str:
    """A command of the contract; a non-zero exit fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def site(database_url: str, tmp_path: Path, playwright: Playwright) -> Iterator[Site]:
    """The demo county in small, served; ends only the process it started."""
    if not Path(CHROMIUM).exists():
        pytest.fail("chromium is missing: run make setup-test")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(tmp_path / "instance"), "PORT": str(port), "HOST": "127.0.0.1",
        "TRACE_DEMO_PASSWORD": PASSWORD, "TRACE_BASE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    run(environment, "demo", "load", "--scale", "0.1")
    server = subprocess.Popen(
        [sys.executable, "-m", "trace.serve"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield Site(address, environment, browser)
        browser.close()
    finally:
        server.terminate()
        server.wait(20)


def _wait(address: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the server did not come up")
