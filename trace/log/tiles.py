"""The tree kept as tiles of 256 hashes (C2SP tlog-tiles): growing touches the right edge only, nothing is computed anew."""

from __future__ import annotations

from collections.abc import Sequence

from trace.core.merkle import HASH_BYTES, Node, nodes_of
from trace.log.models import LogTile

HEIGHT = 8
WIDTH = 1 << HEIGHT


def append(leaves: Sequence[bytes], size: int) -> None:
    """Add leaf hashes behind the ``size`` that are there, and the roots of tiles that fill up to the level above."""
    level, count = 0, size
    while leaves:
        roots = []
        for number, part in _by_tile(leaves, count):
            row, _new = LogTile.get_or_create(level=level, number=number, defaults={"hashes": b""})
            row.hashes = bytes(row.hashes) + b"".join(part)
            row.save(only=[LogTile.hashes])
            if len(row.hashes) == WIDTH * HASH_BYTES:
                roots.append(nodes_of(_split(row.hashes))(HEIGHT, 0))
        leaves, level, count = roots, level + 1, count // WIDTH


def stored_nodes() -> Node:
    """The complete subtrees of the kept tree; each tile is read once."""
    read: dict[tuple[int, int], Node] = {}

    def node(level: int, index: int) -> bytes:
        tile_level, within = divmod(level, HEIGHT)
        number, place = divmod(index << within, WIDTH)
        if (tile_level, number) not in read:
            read[tile_level, number] = nodes_of(_split(tile(tile_level, number)))
        return read[tile_level, number](within, place >> within)

    return node


def tile(level: int, number: int) -> bytes:
    """The hashes of one tile, as far as it has grown; empty when there is none."""
    row = LogTile.get_or_none(LogTile.level == level, LogTile.number == number)
    return bytes(row.hashes) if row else b""


def tile_path(number: int) -> str:
    """The number of a tile as it stands in addresses: 1234067 → ``x001/x234/067``."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups)


def read_tile_path(path: str) -> tuple[int, int]:
    """Number and width of a tile address, ``x001/234`` or ``234.p/17``; ValueError for any other spelling."""
    path, partial, width = path.partition(".p/")
    groups = path.split("/")
    digits = [group.removeprefix("x") for group in groups]
    if any(len(group) != 3 or not (group.isascii() and group.isdigit()) for group in digits) or len(groups) > 5:
        raise ValueError(path)
    found = int("".join(digits)), int(width) if partial else WIDTH
    if tile_path(found[0]) != path or (partial and (str(found[1]) != width or not 0 < found[1] < WIDTH)):
        raise ValueError(path)
    return found


def _by_tile(leaves: Sequence[bytes], count: int) -> list[tuple[int, Sequence[bytes]]]:
    found, done = [], 0
    while done < len(leaves):
        number, filled = divmod(count + done, WIDTH)
        part = leaves[done : done + WIDTH - filled]
        found.append((number, part))
        done += len(part)
    return found


def _split(hashes: bytes) -> list[bytes]:
    return [bytes(hashes[at : at + HASH_BYTES]) for at in range(0, len(hashes), HASH_BYTES)]
