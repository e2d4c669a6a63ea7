"""The key that signs checkpoints, and its memory: the last root it signed, kept outside the database.

The memory is what makes a restored backup or a rewritten table visible: the signer refuses to sign a tree that does not begin with the one it
signed last, and the log stands still until a person has looked (docs/operations.md).
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from contextlib import suppress
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

    def __init__(self, folder: Path, name: str) -> None:
        """``folder`` holds key and memory, readable by the owner only; ``name`` is what a new log is called, an old one keeps its own."""
        self._folder = folder
        self._name = name
        self._memory = folder / "log-signed.json"

    @property
    def origin(self) -> str:
        """The name the log was born with. A later address of the platform does not rename it: every note carries this one."""
        return self._identity[0]

    @property
    def verifier(self) -> Verifier:
        """The public key, as it is published."""
        return notes.verifier_of(*self._identity)

    @cached_property
    def _identity(self) -> tuple[str, Ed25519PrivateKey]:
        return _kept_identity(self._folder / "log-key.json", self._name)

    def sign(self, node: merkle.Node, size: int) -> tuple[bytes, str]:
        """Root and signed checkpoint of the first ``size`` leaves; TreeChanged when they do not continue what was signed."""
        root = merkle.root(node, size)
        last = self.last_signed()
        if last is not None:
            old, old_root = last
            if size < old or merkle.root(node, old) != old_root:
                raise TreeChanged(f"the tree does not begin with the {old} leaves signed last, root {old_root.hex()}")
        origin, key = self._identity
        note = notes.sign(checkpoint_text(origin, size, root), origin, key)
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


def _kept_identity(path: Path, name: str) -> tuple[str, Ed25519PrivateKey]:
    """Name and key of the log, made on first use; never in the database or its backup."""
    if not path.exists():
        _make_identity(path, name)
    kept = json.loads(path.read_text(encoding="utf-8"))
    key = load_pem_private_key(kept["key"].encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} holds no Ed25519 key")
    return kept["origin"], key


def _make_identity(path: Path, name: str) -> None:
    """Server and worker start together: the file appears whole, and the first one made is the one both use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"origin": name, "key": pem.decode()}, file)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
