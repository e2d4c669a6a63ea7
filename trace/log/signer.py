"""The key that signs checkpoints, and its memory: the last root it signed, kept outside the database.

The memory is what makes a restored backup or a rewritten table visible: the signer refuses to sign a tree that does not begin with the one it
signed last, and the log stands still until a person has looked (docs/operations.md).
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from trace.core import merkle, notes
from trace.core.notes import Verifier


class TreeChanged(RuntimeError):
    """The tree no longer begins with the one that was signed last."""


class Signer:
    """Signs roots of one log, each only if it continues the last."""

    def __init__(self, folder: Path, origin: str) -> None:
        """``folder`` holds key and memory, readable by the owner only; ``origin`` names the log."""
        self.origin = origin
        self._folder = folder
        self._memory = folder / "log-signed.json"

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return _kept_key(self._folder / "log.pem")

    @property
    def verifier(self) -> Verifier:
        """The public key, as it is published."""
        return notes.verifier_of(self.origin, self._key)

    def sign(self, node: merkle.Node, size: int) -> tuple[bytes, str]:
        """Root and signed checkpoint of the first ``size`` leaves; TreeChanged when they do not continue what was signed."""
        root = merkle.root(node, size)
        last = self.last_signed()
        if last is not None:
            old, old_root = last
            if size < old or merkle.root(node, old) != old_root:
                raise TreeChanged(f"signed were {old} leaves with root {old_root.hex()}, now there are {size}")
        note = notes.sign(checkpoint_text(self.origin, size, root), self.origin, self._key)
        self._remember(size, root)
        return root, note

    def last_signed(self) -> tuple[int, bytes] | None:
        """Size and root of the last signature."""
        if not self._memory.exists():
            return None
        kept = json.loads(self._memory.read_text(encoding="utf-8"))
        return kept["size"], bytes.fromhex(kept["root"])

    def _remember(self, size: int, root: bytes) -> None:
        fresh = self._memory.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"size": size, "root": root.hex()}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._memory)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines of a C2SP checkpoint."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def _kept_key(path: Path) -> Ed25519PrivateKey:
    """The log's own key, made on first use; never in the database or its backup."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.touch(mode=0o600)
        path.write_bytes(pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} holds no Ed25519 key")
    return key
