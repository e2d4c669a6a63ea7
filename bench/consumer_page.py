"""The consumer page with every scan recorded, against nginx serving the same bytes as a file."""

from __future__ import annotations

import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import cycle
from pathlib import Path

from bench.harness import Ratio, Skipped, made

ROOT = Path(__file__).resolve().parents[1]
CONNECTIONS = 4
CODES = 1000
SECONDS = 3.0
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


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
        codes = _prepare(environment)
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
            page = _wait(f"http://127.0.0.1:{ours}/t/{codes[0]}")
            (Path(folder) / "page.html").write_bytes(page)
            processes.append(_nginx(nginx, Path(folder), theirs))
            assert _wait(f"http://127.0.0.1:{theirs}/page.html") == page
            rates, tails, sent = [], [], 0
            for _ in range(rounds):
                base_rate, base_tail, _ = load(theirs, ["/page.html"])
                rate, tail, number = load(ours, [f"/t/{code}" for code in codes])
                rates.append(rate / base_rate)
                tails.append(tail / base_tail)
                sent += number
            time.sleep(1.5)
            seen = _received(environment)
            assert seen >= sent, f"{sent} scans sent, {seen} counted"
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
            "every scan counted; 4 connections",
        ),
        made(
            "consumer page, p99 of one request", "nginx, same bytes as a file", "≤ 3", tails, lambda value: value <= 3
        ),
    ]


PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/86.0 Mobile Safari/537.36 MicroMessenger/8.0.49"


def load(port: int, paths: list[str]) -> tuple[float, float, int]:
    """Requests per second, 99th percentile in seconds and number of requests over a few keep-alive connections.

    Bare sockets and a selector: a loader that is slow itself would flatter whatever it measures.
    """
    requests = cycle(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {PHONE}\r\nAccept: text/html\r\n\r\n".encode()
        for path in paths
    )
    times: list[float] = []
    with selectors.DefaultSelector() as waiting:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port), 10)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(next(requests))
            waiting.register(connection, selectors.EVENT_READ, [bytearray(), time.perf_counter()])
        began = time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for key, _ in waiting.select(10):
                if _arrived(key.fileobj, key.data[0]):  # type: ignore[arg-type]
                    now = time.perf_counter()
                    times.append(now - key.data[1])
                    key.data[0].clear()
                    key.data[1] = now
                    key.fileobj.sendall(next(requests))  # type: ignore[union-attr]
        took = time.perf_counter() - began
        for key in list(waiting.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
    times.sort()
    return len(times) / took, times[int(len(times) * 0.99)], len(times)


def _arrived(connection: socket.socket, sofar: bytearray) -> bool:
    """Read what is there; True when the whole answer is."""
    part = connection.recv(65536)
    assert part, "connection closed"
    sofar += part
    head = sofar.find(b"\r\n\r\n")
    if head < 0:
        return False
    assert sofar.startswith(b"HTTP/1.1 200"), bytes(sofar[:60])
    found = LENGTH.search(sofar, 0, head + 2)
    assert found, "no content length"
    return len(sofar) >= head + 4 + int(found[1])


def _prepare(environment: dict[str, str]) -> list[str]:
    """A small demo county and activated codes of one run."""
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
        "with db.connection_context():\n"
        "    run = LabelRun.select().where(LabelRun.state == 'activated').order_by(LabelRun.id.desc()).first()\n"
        f"    print(*(code_at(run, n) for n in range(min(run.count, {CODES}))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1].split()


def _received(environment: dict[str, str]) -> int:
    """Scans of today as the readers' table holds them, before the allowance of one reader is applied."""
    script = (
        "from trace.app import create_app; from trace.db import db; from peewee import fn; from trace.scan.models import ScanReader\n"
        "create_app()\nwith db.connection_context(): print(ScanReader.select(fn.SUM(ScanReader.count)).scalar())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return int(done.stdout.strip().splitlines()[-1])


def _nginx(binary: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; keepalive_requests 100000000; types {{ text/html html; }} sendfile on; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; "
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
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"{address} did not come up")
