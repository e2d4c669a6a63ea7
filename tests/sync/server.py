"""A real server in its own process group, to be killed at any moment, and a client that speaks to it over a socket."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SERVE = (
    "import sys; from granian import Granian; from granian.constants import Interfaces; "
    "Granian('wsgi:app', address='127.0.0.1', port=int(sys.argv[1]), interface=Interfaces.WSGI, workers=1, blocking_threads=4, "
    "log_enabled=False, websockets=False).serve()"
)


class Server:
    """Granian on one database, in a process group of its own; ``kill`` is kill -9 of the whole group, ``start`` starts it again."""

    def __init__(self, database_url: str, instance: Path, secret: str) -> None:
        """Nothing is started yet."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(instance), "TRACE_SECRET_KEY": secret,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(self.port)],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Until it answers, two minutes at most."""
        for _ in range(2400):
            try:
                if self.request("GET", "/healthz", b"", {})[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """Kill -9, all of it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
            self.process = None

    def request(
        self, method: str, path: str, body: bytes, headers: dict[str, str], timeout: float = 30
    ) -> tuple[int, Any]:
        """One request, one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in b"{[" and text else text
        finally:
            connection.close()

    def cut(self, path: str, body: bytes, headers: dict[str, str], share: float, pause: float) -> None:
        """Send a share of a request, wait a moment, and hang up without reading: the request or its answer is lost."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            line.sendall(f"{head}\r\n".encode() + body[: int(len(body) * share)])
            time.sleep(pause)


class Forked(Server):
    """Flask's own threaded server, forked from a process that has imported everything: a start takes a fraction of a second."""

    def __init__(self, database_url: str, instance: Path, secret: str) -> None:
        """Start the process that forks."""
        super().__init__(database_url, instance, secret)
        self.spawner = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.spawner", str(self.port)],
            cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.pid = 0

    def start(self) -> None:
        """Fork a server, and wait until it answers."""
        assert self.spawner.stdin and self.spawner.stdout
        self.spawner.stdin.write("start\n")
        self.spawner.stdin.flush()
        self.pid = int(self.spawner.stdout.readline())
        self.wait()

    def kill(self) -> None:
        """Kill -9; the forking process takes note."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def end(self) -> None:
        """End both."""
        self.kill()
        self.spawner.kill()
        self.spawner.wait(20)
        for stream in (self.spawner.stdin, self.spawner.stdout):
            if stream:
                stream.close()
