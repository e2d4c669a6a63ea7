"""Coordinates of a layered genealogy picture: origin left, product right, the line as thick as its kilograms. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

NODE_W, NODE_H = 168, 56
BEND_H = 14
GAP_X, GAP_Y = 148, 16
MARGIN = 12
THINNEST = 1.5
SIDE = NODE_H - 14
SWEEPS = 6
LABELS_UP_TO = 40
LINE = 13

Slot = tuple[str, int]
"""A place in a layer: a lot (its code, -1) or the bend of a long edge (its bend name, layer)."""


def layout_graph(nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Place ``nodes`` (code, label, sub, tone, href) and ``edges`` (from, to, quantity_g, label, tone, dashed).

    The answer has width, height, nodes with x, y, w, h, and edges with ends, width and an SVG path. Edges must not
    form a cycle; edges to unknown codes are left out.
    """
    known = {node["code"] for node in nodes}
    edges = [edge for edge in edges if edge["from"] in known and edge["to"] in known]
    layer = layers([node["code"] for node in nodes], [(edge["from"], edge["to"]) for edge in edges])
    chains = [_chain(number, edge, layer) for number, edge in enumerate(edges)]
    columns = _ordered(_columns(layer, chains), chains)
    top = _tops(columns, chains)
    depth = len(columns)
    return {
        "width": 2 * MARGIN + depth * NODE_W + max(depth - 1, 0) * GAP_X,
        "height": round(max((top[slot] + _height(slot) for column in columns for slot in column), default=0)) + MARGIN,
        "nodes": [_placed(node, layer, top) for node in nodes],
        "edges": _drawn(edges, chains, layer, top),
        "show_labels": len(edges) <= LABELS_UP_TO,
    }


def layers(codes: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The column of each lot: the longest way from any root, roots pulled right to just before their first use."""
    children, parents = defaultdict(list), defaultdict(list)
    for start, end in pairs:
        children[start].append(end)
        parents[end].append(start)
    waiting = {code: len(parents[code]) for code in codes}
    ready = [code for code in codes if not waiting[code]]
    layer = dict.fromkeys(codes, 0)
    for code in ready:
        for child in children[code]:
            layer[child] = max(layer[child], layer[code] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    if len(ready) != len(codes):
        raise ValueError("a lot among its own ancestors has no column")
    for code in reversed(ready):
        if children[code] and not parents[code]:
            layer[code] = min(layer[child] for child in children[code]) - 1
    return layer


def _chain(number: int, edge: dict[str, Any], layer: dict[str, int]) -> list[Slot]:
    """The slots an edge passes: its lots at the ends, one bend in every column between."""
    between = range(layer[edge["from"]] + 1, layer[edge["to"]])
    return [(edge["from"], -1), *((f"~{number}", column) for column in between), (edge["to"], -1)]


def _columns(layer: dict[str, int], chains: Sequence[list[Slot]]) -> list[list[Slot]]:
    columns: list[list[Slot]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for code, column in layer.items():
        columns[column].append((code, -1))
    for chain in chains:
        for bend in chain[1:-1]:
            columns[bend[1]].append(bend)
    return columns


def _neighbours(chains: Sequence[list[Slot]]) -> tuple[dict[Slot, list[Slot]], dict[Slot, list[Slot]]]:
    left, right = defaultdict(list), defaultdict(list)
    for chain in chains:
        for one, next_one in pairwise(chain):
            right[one].append(next_one)
            left[next_one].append(one)
    return left, right


def _ordered(columns: list[list[Slot]], chains: Sequence[list[Slot]]) -> list[list[Slot]]:
    """Sweep right and left, sorting each column by the mean place of its neighbours, so that few lines cross."""
    left, right = _neighbours(chains)
    for sweep in range(SWEEPS):
        order, near = (columns, left) if sweep % 2 == 0 else (columns[::-1], right)
        for before, column in pairwise(order):
            place = {slot: n for n, slot in enumerate(before)}
            wish = {
                slot: (_mean([place[other] for other in near[slot] if other in place], n), n)
                for n, slot in enumerate(column)
            }
            column.sort(key=wish.__getitem__)
    return columns


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _height(slot: Slot) -> int:
    return NODE_H if slot[1] < 0 else BEND_H


def _tops(columns: list[list[Slot]], chains: Sequence[list[Slot]]) -> dict[Slot, float]:
    """The upper edge of every slot: columns centred, then each slot drawn towards its neighbours without overtaking."""
    spans = [sum(_height(slot) + GAP_Y for slot in column) - GAP_Y for column in columns]
    tall = max(spans, default=0)
    top: dict[Slot, float] = {}
    for column, span in zip(columns, spans, strict=True):
        y = MARGIN + (tall - span) / 2
        for slot in column:
            top[slot] = y
            y += _height(slot) + GAP_Y
    left, right = _neighbours(chains)
    for near, order in ((left, columns), (right, columns[::-1]), (left, columns)):
        for column in order:
            _settle(column, near, top, MARGIN + tall)
    return top


def _settle(column: list[Slot], near: dict[Slot, list[Slot]], top: dict[Slot, float], floor: float) -> None:
    """Move the slots of one column to the middle of their neighbours; pushed down by the one above, up by the floor."""
    y = float(MARGIN)
    for slot in column:
        middle = _mean([top[s] + _height(s) / 2 for s in near[slot]], top[slot] + _height(slot) / 2)
        top[slot] = max(y, middle - _height(slot) / 2)
        y = top[slot] + _height(slot) + GAP_Y
    for slot in reversed(column):
        top[slot] = min(top[slot], floor - _height(slot))
        floor = top[slot] - GAP_Y


def _left(column: int) -> int:
    return MARGIN + column * (NODE_W + GAP_X)


def _placed(node: dict[str, Any], layer: dict[str, int], top: dict[Slot, float]) -> dict[str, Any]:
    shown = {"label": "", "sub": "", "tone": "ok", "href": "", **node}
    return {**shown, "x": _left(layer[node["code"]]), "y": round(top[node["code"], -1], 1), "w": NODE_W, "h": NODE_H}


def _drawn(
    edges: Sequence[dict[str, Any]], chains: Sequence[list[Slot]], layer: dict[str, int], top: dict[Slot, float]
) -> list[dict[str, Any]]:
    """Edges with their ends stacked along the sides of the lots, in the order of what they lead to."""
    middle = {slot: y + _height(slot) / 2 for slot, y in top.items()}
    widths = _widths(edges)
    leaving = _stacked(edges, "from", widths, middle, [chain[1] for chain in chains])
    arriving = _stacked(edges, "to", widths, middle, [chain[-2] for chain in chains])
    drawn = []
    for n, (edge, chain) in enumerate(zip(edges, chains, strict=True)):
        points: list[tuple[float, float]] = [(_left(layer[edge["from"]]) + NODE_W, leaving[n])]
        for bend in chain[1:-1]:
            points += [(_left(bend[1]), middle[bend]), (_left(bend[1]) + NODE_W, middle[bend])]
        points.append((_left(layer[edge["to"]]), arriving[n]))
        drawn.append(_edge(edge, points, widths[n]))
    _write_labels(drawn)
    return drawn


def _write_labels(drawn: list[dict[str, Any]]) -> None:
    """Put each weight at the less crowded end of its line, one under the other where lines run close."""
    crowd: dict[tuple[str, str], int] = defaultdict(int)
    for edge in drawn:
        crowd["from", edge["from"]] += 1
        crowd["to", edge["to"]] += 1
    for edge in drawn:
        if crowd["from", edge["from"]] <= crowd["to", edge["to"]]:
            edge |= {"label_x": edge["x1"] + 5, "label_y": edge["y1"] + 4, "anchor": "start"}
            edge["label_at"] = ("from", edge["from"])
        else:
            edge |= {"label_x": edge["x2"] - 5, "label_y": edge["y2"] + 4, "anchor": "end"}
            edge["label_at"] = ("to", edge["to"])
    lowest: dict[tuple[str, str], float] = {}
    for edge in sorted(drawn, key=lambda edge: edge["label_y"]):
        edge["label_y"] = lowest[edge["label_at"]] = round(
            max(edge["label_y"], lowest.get(edge["label_at"], 0) + LINE), 1
        )


def _widths(edges: Sequence[dict[str, Any]]) -> list[float]:
    """Line widths in proportion to grams, so that the busiest side of any lot still fits on it."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for edge in edges:
        for end in ("from", "to"):
            sums[end, edge[end]] += edge["quantity_g"]
    scale = SIDE / max([*sums.values(), 1])
    return [round(max(THINNEST, edge["quantity_g"] * scale), 2) for edge in edges]


def _stacked(
    edges: Sequence[dict[str, Any]], end: str, widths: Sequence[float], middle: dict[Slot, float], far: Sequence[Slot]
) -> list[float]:
    """For each edge, where on the side of its lot it begins or ends."""
    sides: dict[str, list[int]] = defaultdict(list)
    for n, edge in enumerate(edges):
        sides[edge[end]].append(n)
    place = [0.0] * len(edges)
    for code, members in sides.items():
        members.sort(key=lambda n: middle[far[n]])
        total = sum(widths[n] for n in members)
        squeeze = min(1.0, SIDE / total)
        y = middle[code, -1] - total * squeeze / 2
        for n in members:
            place[n] = round(y + widths[n] * squeeze / 2, 1)
            y += widths[n] * squeeze
    return place


def _edge(edge: dict[str, Any], points: list[tuple[float, float]], width: float) -> dict[str, Any]:
    (x1, y1), (x2, y2) = points[0], points[-1]
    shown = {"label": "", "tone": "", "dashed": False, **edge}
    return {**shown, "x1": x1, "y1": y1, "x2": x2, "y2": y2, "width": width, "path": _path(points)}


def _path(points: list[tuple[float, float]]) -> str:
    """A curve across every gap and a straight line behind every column passed."""
    (x, y) = points[0]
    parts = [f"M{x:g} {y:g}"]
    for n, (nx, ny) in enumerate(points[1:]):
        parts.append(
            f"C{(x + nx) / 2:g} {y:g} {(x + nx) / 2:g} {ny:g} {nx:g} {ny:g}" if n % 2 == 0 else f"L{nx:g} {ny:g}"
        )
        x, y = nx, ny
    return " ".join(parts)
