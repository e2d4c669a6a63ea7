"""The code book of this installation: its keys, their rotation, and the address codes are printed with.

Version 1 is derived from the installation's secret; every later key is random and lies in ``instance/label-keys.json`` (0600), never in the
database or its backup. Processes notice a rotation by the file's time and need no restart.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from trace.core.errors import RuleBroken
from trace.core.identifiers import CROCKFORD
from trace.core.public_code import CodeBook
from trace.core.vault import derive_key

FIRST = "1"
BATCH = "B"
"""First character of batch codes: one for a whole lot, on packs without a code of their own."""
LOOK = 0.5
VERSIONS = CROCKFORD[1:].replace(BATCH, "")
"""The first character of a code names its key: 30 keys in a life."""


@dataclass
class KeyRing:
    """The keys of label codes: ``current`` writes, all that are not retired read."""

    secret: str
    path: Path | None
    base_url: str
    current: str = FIRST
    made: dict[str, str] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)
    book: CodeBook = field(init=False)
    batches: CodeBook = field(init=False)
    _read_at: int = -1
    _look_at: float = 0.0

    def refresh(self) -> None:
        """Read the file again if it changed since; looked at every :data:`LOOK` seconds, for asking the disk at every scan costs more than the check."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK
        try:
            changed = self.path.stat().st_mtime_ns if self.path else 0
        except FileNotFoundError:
            changed = 0
        if changed == self._read_at:
            return
        self.batches = CodeBook({BATCH: derive_key(self.secret, b"label-batch-1")}, BATCH)
        if changed and self.path:
            kept = json.loads(self.path.read_text())
            self.current, self.made, self.retired = kept["current"], kept["keys"], kept["retired"]
        keys = {FIRST: derive_key(self.secret, b"label-1")} | {
            name: bytes.fromhex(key) for name, key in self.made.items()
        }
        self.book = CodeBook({name: key for name, key in keys.items() if name not in self.retired}, self.current)
        self._read_at = changed

    def rotate(self) -> str:
        """Make a new key that codes are written with from now on; codes of older keys stay readable."""
        self._look_at = 0.0
        self.refresh()
        free = next((name for name in VERSIONS if name != FIRST and name not in self.made), None)
        if free is None or self.path is None:
            raise RuleBroken("标签密钥已用完 30 个版本，请联系开发单位。", code="KEYS_USED_UP")
        self.made[free] = secrets.token_hex(32)
        self.current = free
        self._write()
        return free

    def retire(self, version: str) -> None:
        """Codes of this key are refused from now on (after a key became known to others); other processes follow within :data:`LOOK`."""
        self._look_at = 0.0
        self.refresh()
        if version == self.current or version not in (FIRST, *self.made) or version in self.retired:
            raise RuleBroken(
                "密钥版本 %(version)s 不能停用：它正在使用、不存在或已停用。", code="KEY_STATE", version=version
            )
        self.retired.append(version)
        self._write()

    def _write(self) -> None:
        """Whole or not at all, readable by the owner only."""
        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".part")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump({"current": self.current, "keys": self.made, "retired": self.retired}, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        self._read_at, self._look_at = -1, 0.0
        self.refresh()


_open: list[KeyRing] = []


def open_book(secret: str, instance: Path | None = None, base_url: str = "") -> None:
    """Open the keys of this installation."""
    _open[:] = [KeyRing(secret, instance / "label-keys.json" if instance else None, base_url)]


def ring() -> KeyRing:
    """The open key ring, up to date."""
    found = _open[0]
    found.refresh()
    return found


def book() -> CodeBook:
    """The open code book, up to date."""
    return ring().book


def batch_book() -> CodeBook:
    """Writes and reads batch codes; their number is the key of the lot, which nobody can read off the code."""
    return ring().batches
