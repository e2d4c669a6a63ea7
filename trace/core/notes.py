"""Signed notes (C2SP signed-note, as used by transparency logs): a text, an empty line, one line per signature. Ed25519 only.

``— name base64(keyid ‖ signature)``; the key id is the first four bytes of SHA-256(name ‖ ``\\n`` ‖ 0x01 ‖ public key), so that a
reader knows which key to try and a later algorithm gets another type byte.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\x01"
ID_BYTES, MARK = 4, "— "
MAX_BYTES, MAX_SIGNATURES = 1_000_000, 100


class BadNote(ValueError):
    """Not a signed note, or not one that a known key has signed."""


@dataclass(frozen=True)
class Verifier:
    """A public key and the name it signs under."""

    name: str
    key: bytes

    @classmethod
    def read(cls, text: str) -> Verifier:
        """From ``name+keyid+base64(type ‖ key)``; BadNote when the parts do not fit each other."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        body = _decoded(encoded)
        if not _is_name(name) or body[:1] != ED25519 or len(body) != 33:
            raise BadNote("not an Ed25519 verifier key")
        found = cls(name, body[1:])
        if found.key_id.hex() != key_id:
            raise BadNote("the key id does not belong to the key")
        return found

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:ID_BYTES]

    def __str__(self) -> str:
        """The form that is published: ``name+keyid+base64``."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(ED25519 + self.key).decode()}"


@dataclass(frozen=True)
class Note:
    """A text and the verifiers whose signatures it carries."""

    text: str
    signed_by: tuple[Verifier, ...]


def verifier_of(name: str, key: Ed25519PrivateKey) -> Verifier:
    """The public side of a signing key."""
    return Verifier(name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The text, which ends with a line break, with a first signature."""
    if not text.endswith("\n") or _has_controls(text) or not _is_name(name):
        raise BadNote("this text or name cannot be signed")
    return f"{text}\n{signature_line(text, name, key)}"


def signature_line(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """One line to add to a note."""
    signature = verifier_of(name, key).key_id + key.sign(text.encode())
    return f"{MARK}{name} {b64encode(signature).decode()}\n"


def open_note(note: str, known: list[Verifier]) -> Note:
    """The text of a note and who of the known keys signed it. BadNote without a good signature, or with a bad one of a known key."""
    text, signatures = _split(note)
    keys = {(verifier.name, verifier.key_id): verifier for verifier in known}
    good: dict[tuple[str, bytes], Verifier] = {}
    for name, key_id, signature in signatures:
        verifier = keys.get((name, key_id))
        if verifier is None or (name, key_id) in good:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(verifier.key).verify(signature, text.encode())
        except InvalidSignature as error:
            raise BadNote(f"the signature of {name} is wrong") from error
        good[name, key_id] = verifier
    if not good:
        raise BadNote("no signature of a known key")
    return Note(text, tuple(good.values()))


def _split(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    if len(note.encode("utf-8", "surrogatepass")) > MAX_BYTES or _has_controls(note):
        raise BadNote("too long, or with control characters")
    text, gap, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not gap or lines.pop() != "" or not 0 < len(lines) <= MAX_SIGNATURES:
        raise BadNote("no signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(MARK).partition(" ")
    body = _decoded(encoded)
    if not line.startswith(MARK) or not _is_name(name) or len(body) <= ID_BYTES:
        raise BadNote("not a signature line")
    return name, body[:ID_BYTES], body[ID_BYTES:]


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise BadNote("not base64") from error


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def _has_controls(text: str) -> bool:
    return any((ord(sign) < 32 and sign != "\n") or 0xD800 <= ord(sign) < 0xE000 for sign in text)
