"""The consumer page with every scan recorded, against nginx serving the same bytes as a file."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from bench.harness import Ratio, Skipped, made

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 4
SECONDS = 3.0


def run(rounds: int) -> list[Ratio | Skipped]:
    """Requests per second and p99 against nginx, interleaved."""
    nginx = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
    name = "consumer page, requests per second"
    if nginx is None:
        return [Skipped(name, "nginx is not installed")]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = _port(), _port()
        environment = {
            **os.environ,
            "TRACE_INSTANCE": folder,
            "PORT": str(ours),
            "HOST": "127.0.0.1",
            "TRACE_DEMO_PASSWORD": "Bench-2931-pass",
        }
        code = _prepare(environment)
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "trace.serve"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        ]
        try:
            page = _wait(f"http://127.0.0.1:{ours}/t/{code}")
            (Path(folder) / "page.html").write_bytes(page)
            processes.append(_nginx(nginx, Path(folder), theirs))
            assert _wait(f"http://127.0.0.1:{theirs}/page.html") == page
            rates, tails = [], []
            for _ in range(rounds):
                base_rate, base_tail = load(theirs, "/page.html")
                rate, tail = load(ours, f"/t/{code}")
                rates.append(rate / base_rate)
                tails.append(tail / base_tail)
            time.sleep(1)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(20)
    return [
        made(
            name,
            "nginx, same bytes as a file",
            "≥ 0.35",
            rates,
            lambda value: value >= 0.35,
            "Python loader, 4 connections",
        ),
        made(
            "consumer page, p99 of one request", "nginx, same bytes as a file", "≤ 3", tails, lambda value: value <= 3
        ),
    ]


def load(port: int, path: str) -> tuple[float, float]:
    """Requests per second and the 99th percentile in seconds over a few keep-alive connections."""
    times: list[float] = []
    stop = time.perf_counter() + SECONDS

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        mine = []
        while time.perf_counter() < stop:
            began = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            mine.append(time.perf_counter() - began)
        times.extend(mine)

    threads = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 15)
    times.sort()
    return len(times) / SECONDS, times[int(len(times) * 0.99)]


def _prepare(environment: dict[str, str]) -> str:
    """A small demo county and one activated code of it."""
    for words in (["db", "upgrade"], ["demo", "load", "--scale", "0.1"]):
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    script = (
        "from trace.app import create_app; from trace.db import db; from trace.labels.models import LabelRun; from trace.labels.sheets import code_at\n"
        "create_app()\n"
        "with db.connection_context(): print(code_at(LabelRun.get(LabelRun.state == 'activated'), 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1]


def _nginx(binary: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; types {{ text/html html; }} sendfile on; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; "
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; "
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    folder.chmod(0o755)
    return subprocess.Popen(
        [binary, "-c", str(config), "-p", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(address: str) -> bytes:
    for _ in range(80):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"{address} did not come up")
