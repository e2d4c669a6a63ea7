"""``python -m trace.serve``: the web server and one background worker, together, until stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from granian import Granian
from granian.constants import Interfaces

from trace.settings import ROOT


class Worker:
    """The background worker as a child process; one that was killed is started again, and takes up what the dead one was doing."""

    PAUSE = 2.0
    """Seconds between a death and the next start: a worker that cannot start must not keep the machine busy."""

    def __init__(self) -> None:
        """Start it and a thread that watches it."""
        self._ending = threading.Event()
        self._process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def end(self) -> None:
        """Stop it for good."""
        self._ending.set()
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=ROOT)

    def _watch(self) -> None:
        while True:
            self._process.wait()
            if self._ending.wait(self.PAUSE):
                return
            self._process = self._start()


def main() -> None:
    """Serve HOST:PORT (127.0.0.1:8000); the worker is a child process and ends with the server."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    os.environ.setdefault("TRACE_BASE_URL", f"http://{host}:{port}")
    worker = Worker()
    print(f"衡南土枇杷溯源 → http://{host}:{port}   （按 Ctrl+C 停止）", flush=True)
    try:
        Granian(
            "wsgi:app",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=8,
            log_access=False,
            websockets=False,
            workers_kill_timeout=5,
        ).serve()
    finally:
        worker.end()


if __name__ == "__main__":
    main()
