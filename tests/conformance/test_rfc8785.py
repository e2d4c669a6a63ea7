"""Canonical JSON against the vectors of RFC 8785."""

import hashlib
import json
import struct

import pytest

from trace.core.canonical import canonical_bytes, strict_loads

NAMES = ("arrays", "french", "structures", "unicode", "values", "weird")


@pytest.mark.parametrize("name", NAMES)
def test_canonical_form_byte_for_byte(conformance, name):
    given = conformance(f"rfc8785/input/{name}.json").read_bytes()
    expected = conformance(f"rfc8785/output/{name}.json").read_bytes()
    assert canonical_bytes(strict_loads(given, 100_000)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_canonical_form_in_hex(conformance, name):
    given = conformance(f"rfc8785/input/{name}.json").read_bytes()
    expected = bytes.fromhex(conformance(f"rfc8785/outhex/{name}.txt").read_text())
    assert canonical_bytes(strict_loads(given, 100_000)) == expected


def es6_bits(rules):
    """The number stream of the vectors: fixed values, a run, then a hash chain."""
    yield from (int(bits, 16) for bits in rules["static_u64_hex"])
    start = int(rules["serial"]["start"], 16)
    yield from range(start, start + rules["serial"]["count"])
    state = bytes(32)
    while True:
        state = hashlib.sha256(state).digest()
        for bits in struct.unpack("<4Q", state):
            value = struct.unpack("<d", struct.pack("<Q", bits))[0]
            if value and value - value == 0:
                yield bits


def test_ten_thousand_numbers_hash_as_published(conformance):
    rules = json.loads(conformance("rfc8785/es6_numbers.json").read_text())
    digest = hashlib.sha256()
    for _, bits in zip(range(10_000), es6_bits(rules), strict=False):
        value = struct.unpack("<d", struct.pack("<Q", bits))[0]
        digest.update(b"%x,%s\n" % (bits, canonical_bytes(value)))
    assert digest.hexdigest() == rules["cumulative_sha256_by_line_count"]["10000"]["sha256"]


def test_sample_numbers(conformance):
    rules = json.loads(conformance("rfc8785/es6_numbers.json").read_text())
    for bits, text in rules["samples"]:
        value = struct.unpack("<d", struct.pack("<Q", int(bits, 16)))[0]
        assert canonical_bytes(value) == text.encode()
