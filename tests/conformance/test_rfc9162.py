"""Merkle hashing and proofs against published vectors, and every tree up to a hundred leaves with every bit turned."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from trace.core import merkle


def decoded(text: str | None) -> bytes:
    return b64decode(text or "")


def test_reference_roots(conformance):
    known = json.loads(conformance("rfc6962/reference_tree.json").read_text())
    leaves = [merkle.leaf_hash(bytes.fromhex(item)) for item in known["leaf_inputs_hex"]]
    node = merkle.nodes_of(leaves)
    assert merkle.root(node, 0).hex() == known["empty_root"]
    assert [merkle.root(node, size).hex() for size in range(1, 9)] == known["root_hashes_size1..8"]


def test_inclusion_probes(conformance):
    probes = json.loads(conformance("rfc6962/inclusion.json").read_text())
    assert len(probes) == 98
    for probe in probes:
        proof = [decoded(item) for item in probe["proof"] or []]
        found = merkle.is_included(
            decoded(probe["leafHash"]), probe["leafIdx"], probe["treeSize"], proof, decoded(probe["root"])
        )
        assert found is not probe["wantErr"], probe["_path"]


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [merkle.leaf_hash(f"leaf {n}".encode()) for n in range(101)]


def turned(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with one bit of one hash turned, in every place."""
    return [[*proof[:n], bytes([item[0] ^ 1]) + item[1:], *proof[n + 1 :]] for n, item in enumerate(proof)]


def test_every_leaf_of_every_tree_is_proved_and_nothing_else(leaves):
    node = merkle.nodes_of(leaves)
    for size in range(1, 101):
        root = merkle.root(node, size)
        for index in range(size):
            proof = merkle.inclusion_proof(node, index, size)
            assert merkle.is_included(leaves[index], index, size, proof, root)
            assert not merkle.is_included(leaves[index + 1], index, size, proof, root)
            assert not merkle.is_included(leaves[index], index, size, [*proof, root], root)
            if size % 9 == 0:
                assert not any(merkle.is_included(leaves[index], index, size, bad, root) for bad in turned(proof))


def test_every_tree_is_the_beginning_of_every_larger_one(leaves):
    node = merkle.nodes_of(leaves)
    roots = [merkle.root(node, size) for size in range(101)]
    for size in range(1, 101):
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(node, old, size)
            assert merkle.is_consistent(old, size, roots[old], roots[size], proof)
            assert not merkle.is_consistent(old, size, roots[old - 1], roots[size], proof)
            if size % 9 == 0:
                assert not any(merkle.is_consistent(old, size, roots[old], roots[size], bad) for bad in turned(proof))


def test_no_proof_of_what_is_not_there(leaves):
    node = merkle.nodes_of(leaves)
    with pytest.raises(ValueError, match="leaf 5"):
        merkle.inclusion_proof(node, 5, 5)
    with pytest.raises(ValueError, match="no proof"):
        merkle.consistency_proof(node, 0, 5)
    short = [b"\x00" * 31]
    assert not merkle.is_included(leaves[0], 0, 2, short, merkle.root(node, 2))
    assert not merkle.is_included(leaves[0], 0, 0, [], merkle.EMPTY_ROOT)
