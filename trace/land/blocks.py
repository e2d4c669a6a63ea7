"""Contiguous blocks (集中连片): plots no further apart than a gap belong together, however many lie between. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyproj import Transformer
from shapely import STRtree, transform
from shapely.geometry.base import BaseGeometry

LOCAL = "+proj=tmerc +lat_0=26.7 +lon_0=112.64 +k=1 +datum=WGS84 +units=m"
"""Metres around the middle of the county: a length is true to one part in ten thousand everywhere in it."""


@dataclass(frozen=True)
class Block:
    """Plots that belong together, and their summed area in m²."""

    codes: tuple[str, ...]
    area_m2: int


@dataclass(frozen=True)
class Piece:
    """A plot as the blocks see it: code, area in m², shape in WGS-84."""

    code: str
    area_m2: int
    geometry: BaseGeometry


def contiguous_blocks(pieces: Sequence[Piece], gap_m: float) -> list[Block]:
    """Group plots whose gap is at most ``gap_m`` metres, directly or through others; the largest block first."""
    if not pieces:
        return []
    project = Transformer.from_crs("EPSG:4326", LOCAL, always_xy=True)
    shapes = [transform(piece.geometry, project.transform, interleaved=False) for piece in pieces]
    pairs = STRtree(shapes).query(shapes, predicate="dwithin", distance=gap_m)
    groups: dict[int, list[Piece]] = {}
    for number, root in enumerate(_roots(len(pieces), pairs.T)):
        groups.setdefault(root, []).append(pieces[number])
    blocks = [
        Block(tuple(sorted(piece.code for piece in group)), sum(piece.area_m2 for piece in group))
        for group in groups.values()
    ]
    return sorted(blocks, key=lambda block: (-block.area_m2, block.codes))


def _roots(count: int, pairs: Any) -> list[int]:
    """Union-find: for each of ``count`` items the representative of its group."""
    parent = list(range(count))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for one, other in pairs:
        parent[root(int(one))] = root(int(other))
    return [root(item) for item in range(count)]
