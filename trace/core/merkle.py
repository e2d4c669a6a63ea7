"""The Merkle tree of RFC 9162 §2.1 (the same hashing as RFC 6962): roots, inclusion and consistency proofs, and their checks.

A tree is known by a function ``node(level, index)`` that gives the hash of a *complete* subtree: level 0 are the leaves, a node of level ``n``
covers ``2ⁿ`` leaves. Complete subtrees never change while the tree grows, so they can be kept for ever (tiles); everything else is computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

Node = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one record."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """The subtrees of a list of leaf hashes, computed when asked for."""

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def root(node: Node, size: int) -> bytes:
    """The hash of the tree of the first ``size`` leaves."""
    return _range_hash(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf ``index`` to the root of ``size`` leaves; ValueError when there is no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return [_range_hash(node, *span) for span in _siblings(index, index + 1, 0, size)]


def consistency_proof(node: Node, old: int, size: int) -> list[bytes]:
    """The hashes that show the tree of ``old`` leaves to be the beginning of the tree of ``size`` (RFC 9162 §2.1.4.1)."""
    if not 0 < old <= size:
        raise ValueError(f"no proof from {old} to {size}")
    start = 0
    proof: list[bytes] = []
    end, whole = size, True
    while end != old:
        middle = start + _largest_power_below(end - start)
        if old <= middle:
            proof.append(_range_hash(node, middle, end))
            end = middle
        else:
            proof.append(_range_hash(node, start, middle))
            start, whole = middle, False
    return proof[::-1] if whole else [_range_hash(node, start, end), *proof[::-1]]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Does the proof lead from this leaf hash at ``index`` to the root (RFC 9162 §2.1.3.2)? Anything malformed is a no."""
    if not 0 <= index < size or not _all_hashes([leaf, tree_root, *proof]):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == tree_root


def is_consistent(old: int, size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Is the old tree the beginning of the new one (RFC 9162 §2.1.4.2)? Anything malformed is a no."""
    if not 0 < old <= size or not _all_hashes([old_root, new_root, *proof]):
        return False
    if old == size:
        return not proof and old_root == new_root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    small = large = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            small, large = node_hash(sibling, small), node_hash(sibling, large)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            large = node_hash(large, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and small == old_root and large == new_root


def _all_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _range_hash(node: Node, start: int, end: int) -> bytes:
    """The hash of the leaves from ``start`` to before ``end``, joined from complete subtrees, the rightmost first."""
    parts = [node(level, index) for level, index in _complete(start, end)]
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found


def _complete(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees of a range that begins at a multiple of the power of two not below its length."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _siblings(first: int, last: int, start: int, end: int) -> list[tuple[int, int]]:
    """The ranges beside the way from the root down to one leaf, the lowest first."""
    found = []
    while end - start > last - first:
        middle = start + _largest_power_below(end - start)
        if first < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def _largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1
