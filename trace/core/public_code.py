"""Public codes on packs: not to be guessed, not to be counted, checked without the database.

A code is 20 characters of Crockford base 32: one for the key version, seven for the serial number run through a keyed permutation
(so neighbours on the shelf are strangers, and volume does not show), twelve for the first 60 bits of an HMAC-SHA-256 tag.
"""

from __future__ import annotations

import hashlib
import hmac
from array import array

from trace.core.identifiers import CROCKFORD, crockford32_decode, crockford32_encode

SERIAL_BITS = 35
LENGTH = 20
TAG_CHARS = 12
HALF = 18
ROUNDS = 6
MAX_TYPED = 64
_LOOKALIKES = str.maketrans("ILO", "110")
_LETTERS = frozenset(CROCKFORD)
_TRIPLES = [one + two + three for one in CROCKFORD for two in CROCKFORD for three in CROCKFORD]
"""Three characters for fifteen bits: the tag of every scan is written by this table."""


class CodeBook:
    """Writes and reads codes with one key per version; old versions stay readable after a rotation."""

    def __init__(self, keys: dict[str, bytes], current: str) -> None:
        """``keys``: version character → 32 bytes; ``current``: the version new codes are written with."""
        self._keys = keys
        self._current = current
        self._mixers = {version: Mixer(key) for version, key in keys.items()}

    def write(self, serial: int, version: str = "") -> str:
        """The code of a serial number below 2³⁵, with the current key or that of an older ``version``."""
        if not 0 <= serial < 1 << SERIAL_BITS:
            raise ValueError(serial)
        version = version or self._current
        body = version + crockford32_encode(self._mixers[version].walk(serial, forward=True), 7)
        return body + _tag(self._keys[version], body)

    def read(self, text: str) -> int | None:
        """The serial number of a code, or None when it was not written with one of our keys."""
        code = normalise(text)
        # One tag is computed for every text, whatever is wrong with it: an invented code takes as long as one altered by a character.
        key = self._keys.get(code[:1], self._keys[self._current])
        if not hmac.compare_digest(_tag(key, code[:8]), code[8:]) or code[0] not in self._keys:
            return None
        return self._mixers[code[0]].walk(crockford32_decode(code[1:8]), forward=False)


def normalise(text: str) -> str:
    """As typed or scanned → as written: no separators, upper case, I and L as 1, O as 0; anything else is left to fail."""
    if len(text) == LENGTH and _LETTERS.issuperset(text):
        return text
    code = text[:MAX_TYPED].replace("-", "").replace(" ", "").upper().translate(_LOOKALIKES)
    return code if code.isascii() and _LETTERS.issuperset(code) else ""


def grouped(code: str) -> str:
    """Four by four, for people who type it."""
    return "-".join([code[n : n + 4] for n in range(0, len(code), 4)])


def _tag(key: bytes, body: str) -> str:
    digest = hmac.digest(key, b"tag:" + body.encode(), hashlib.sha256)
    bits = int.from_bytes(digest[:8], "big") >> 4
    table = _TRIPLES
    return table[bits >> 45] + table[bits >> 30 & 32767] + table[bits >> 15 & 32767] + table[bits & 32767]


class Mixer:
    """A permutation of 35-bit numbers: a Feistel network of 36 bits, repeated until the result fits (cycle walking).

    A round maps 18 bits to 18 bits. Each value is kept once it was needed (at most 6 MB per key), for the twelve HMACs of an average code were most of
    what reading it costs.
    """

    def __init__(self, key: bytes) -> None:
        """Nothing is computed yet."""
        self._key = key
        self._rounds = [array("i", [-1]) * (1 << HALF) for _ in range(ROUNDS)]

    def walk(self, value: int, *, forward: bool) -> int:
        """The number's place, or the number of a place."""
        while True:
            value = self._feistel(value, forward)
            if value < 1 << SERIAL_BITS:
                return value

    def _feistel(self, value: int, forward: bool) -> int:
        left, right = value >> HALF, value & ((1 << HALF) - 1)
        for number in range(ROUNDS) if forward else reversed(range(ROUNDS)):
            half = right if forward else left
            mixed = self._rounds[number][half]
            if mixed < 0:
                mixed = self._rounds[number][half] = _round(self._key, number, half)
            left, right = (right, left ^ mixed) if forward else (right ^ mixed, left)
        return left << HALF | right


def _round(key: bytes, number: int, half: int) -> int:
    digest = hmac.digest(key, b"mix:" + bytes([number]) + half.to_bytes(3, "big"), hashlib.sha256)
    return int.from_bytes(digest[:3], "big") >> 6
