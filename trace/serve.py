"""``python -m trace.serve``: the web server and one background worker, together, until stopped."""

from __future__ import annotations

import os
import subprocess
import sys

from granian import Granian
from granian.constants import Interfaces

from trace.settings import ROOT


def main() -> None:
    """Serve HOST:PORT (127.0.0.1:8000); the worker is a child process and ends with the server."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    os.environ.setdefault("TRACE_BASE_URL", f"http://{host}:{port}")
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], cwd=ROOT)
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
        worker.terminate()
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()


if __name__ == "__main__":
    main()
