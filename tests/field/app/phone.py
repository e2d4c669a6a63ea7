"""A phone in these tests: a real Chromium with a profile folder that outlives it, behind a wire that breaks, before a real server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.conftest import PASSWORD, SECRET
from tests.field.app.wire import Wire
from tests.scenarios.conftest import CHROMIUM, FLAGS

ROOT = Path(__file__).resolve().parents[3]
PIN = "280417"
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""Chromium's own beeping microphone."""
PLACE = {"latitude": 26.701, "longitude": 112.601, "accuracy": 8}


class Server:
    """The platform in processes of its own on one port; may be killed and started again."""

    def __init__(self, database_url: str, folder: Path) -> None:
        """Choose a port; nothing runs yet."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.environment = {
            **os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(folder), "PORT": str(self.port), "HOST": "127.0.0.1",
            "TRACE_SECRET_KEY": SECRET, "TRACE_BASE_URL": f"http://127.0.0.1:{self.port}",
        }  # fmt: skip
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Run until ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trace.serve"], cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """kill -9 for the server and its workers."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def stop(self) -> None:
        """In an orderly way."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


class Phone:
    """One phone: its wire, its profile folder, its browser while it runs."""

    def __init__(self, playwright: Playwright, port: int, folder: Path, **options: Any) -> None:
        """A phone that has never seen the app."""
        self._playwright, self._folder = playwright, folder
        self._hears = options.pop("microphone", False)
        self._options = options
        self.wire = Wire(port)
        self.address = f"http://127.0.0.1:{self.wire.port}"
        self.problems: list[str] = []
        self.context: BrowserContext | None = None
        self.page: Page

    def open(self, *, network: bool = True, hash: str = "") -> Page:
        """Start the browser and the app."""
        self.context = self._playwright.chromium.launch_persistent_context(
            str(self._folder), executable_path=CHROMIUM, args=[*FLAGS, *(MICROPHONE if self._hears else ())], locale="zh-CN", timezone_id="Asia/Shanghai", geolocation=PLACE,
            permissions=["geolocation", *(["microphone"] if self._hears else [])], **{"viewport": {"width": 390, "height": 844}, **self._options},
        )  # fmt: skip
        self.network(network)
        self.page = self.context.pages[0]
        self.page.set_default_timeout(15_000)
        self.page.on("pageerror", lambda error: self.problems.append(f"{error} {error.stack}"))
        self.page.goto(f"{self.address}/field/app{hash}")
        return self.page

    def network(self, there: bool) -> None:
        """Airplane mode: the browser knows it, and the wire is dead besides."""
        self.wire.again() if there else self.wire.down()
        assert self.context
        self.context.set_offline(not there)

    def kill(self) -> None:
        """As Android does it: the browser's processes are gone at once."""
        mark = f"--user-data-dir={self._folder}".encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                if entry.name.isdigit() and mark in (entry / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)
        with suppress(Exception):
            self.context.close()  # type: ignore[union-attr]
        self.context = None

    def close(self) -> None:
        """Put it away."""
        if self.context is not None:
            self.context.close()
        self.wire.close()

    def digits(self, text: str = PIN) -> None:
        """Type on the number pad."""
        for digit in text:
            self.page.locator(".key", has_text=digit).first.click()

    def enrol(self, username: str = "coop") -> None:
        """Sign in for the first time and choose the PIN; ends on the home screen with the pack on board and the shell cached."""
        page = self.page
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.locator("footer .primary").click()
        expect(page.locator("h2.ask")).to_have_text("设一个 6 位口令")
        self.digits()
        expect(page.locator("h2.ask")).to_have_text("再输一次")
        self.digits()
        expect(page.locator(".tiles")).to_be_visible()
        page.wait_for_function("document.documentElement.dataset.ready === '1'")
        self.settled()

    def unlock(self) -> None:
        """Enter the PIN."""
        expect(self.page.locator("#pin")).to_be_visible()
        self.digits()
        expect(self.page.locator(".tiles")).to_be_visible()

    def ask(self, script: str, argument: Any = None) -> Any:
        """Run a function in the page; the app's own modules are imported by name: ``async ({ops, engine}, argument) => …``."""
        names = "session ops engine pack photos store vault weight canonical judge words qr courier engine".split()
        return self.page.evaluate(
            f"""async (argument) => {{
                const modules = {{}};
                for (const name of {json.dumps(names)}) modules[name] = await import(`/static/field/${{name}}.js`);
                return await ({script})(modules, argument);
            }}""",
            argument,
        )

    def settled(self) -> None:
        """Wait until the engine does nothing."""
        self.page.wait_for_function("async () => !(await import('/static/field/engine.js')).status.running")

    def sync(self) -> bool:
        """Sync now, whatever the pauses say; true when nothing waits any more."""
        return self.ask(
            """async ({engine, ops}) => {
                const rest = () => new Promise((next) => setTimeout(next, 20));
                while (engine.status.running) await rest();
                await engine.syncNow({force: true});
                while (engine.status.running) await rest();
                return (await ops.summary()).waiting === 0;
            }"""
        )

    def counts(self) -> dict[str, int]:
        """How many records stand in each state."""
        return self.ask("async ({ops}) => ops.summary()")

    def rows(self) -> list[dict[str, Any]]:
        """Every record with its state, content and receipt."""
        return self.ask(
            """async ({ops, store, session}) => Promise.all((await store.rowsOf(session.session.profile.id)).map(async (row) => ({
                id: row.id, state: row.state, attempts: row.attempts, op: await ops.contentOf(row), receipt: await ops.receiptOf(row)})))"""
        )

    def save_harvests(self, plot: str, *weights: str) -> list[str]:
        """Save harvests the way the form does, without its questions."""
        return self.ask(
            """async ({ops, canonical}, [plot, weights]) => ops.saveOperations(weights.map((quantity) => ({kind: "harvest.record",
                body: {plot, part: "fruit", on: canonical.countyDay(), quantity, unit: "公斤"}})))""",
            [plot, list(weights)],
        )
