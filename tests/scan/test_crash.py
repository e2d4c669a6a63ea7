"""A server killed without warning loses at most one second of counts."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import SECRET
from tests.scan.conftest import PHONE
from trace.db import db
from trace.labels import sheets
from trace.scan.models import UnitScan

ROOT = Path(__file__).resolve().parents[2]
SERVE = (
    "from granian import Granian; from granian.constants import Interfaces; "
    "Granian('wsgi:app', address='127.0.0.1', port={port}, interface=Interfaces.WSGI, workers=1, blocking_threads=4, log_access=False).serve()"
)
SCANS, GAP = 60, 0.04


def test_kill_9_loses_at_most_a_second(run, database_url, tmp_path):
    codes = [sheets.code_at(run, n) for n in range(40)]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "TRACE_DATABASE_URL": database_url, "TRACE_INSTANCE": str(tmp_path / "instance"), "TRACE_SECRET_KEY": SECRET,
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE.format(port=port)], cwd=ROOT, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    answered: list[float] = []
    try:
        wait_for(port)
        for number in range(SCANS):
            scan(port, codes[number % len(codes)])
            answered.append(time.monotonic())
            time.sleep(GAP)
    finally:
        killed = time.monotonic()
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)
    safe = sum(1 for at in answered if at < killed - 1)
    with db.connection_context():
        kept = sum(row.count for row in UnitScan.select())
    assert safe > SCANS / 3, "the test must have run for more than a second"
    assert safe <= kept <= SCANS


def scan(port: int, code: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", f"/t/{code}", headers={"User-Agent": PHONE})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 200


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not come up")
