"""No lot among its own ancestors (D5): the ledger makes every output a new lot, and whoever names an old one is shown the way round."""

from __future__ import annotations

from collections import defaultdict

from trace.core.errors import RuleBroken
from trace.lots import queries
from trace.lots.models import Lot


def refuse_cycle(inputs: list[Lot], output: Lot) -> None:
    """Refuse ``output`` when it is one of the inputs or an ancestor of one: the message shows the path, first lot repeated at the end."""
    for lot in inputs:
        way = way_down(output, lot)
        if way:
            path = " → ".join([*queries.codes_of(way), output.code])
            raise RuleBroken("批次不能由自己加工而来。%(path)s", code="LOT_CYCLE", field="outputs", path=path)


def way_down(ancestor: Lot, lot: Lot) -> list[int]:
    """The lots from an ancestor down to a lot by the fewest steps, both ends included; empty when it is none."""
    if ancestor.id == lot.id:
        return [lot.id]
    parents: dict[int, list[int]] = defaultdict(list)
    for parent, child, _grams in queries.edges_back(lot.id):
        parents[child].append(parent)
    onward, waiting = {lot.id: 0}, [lot.id]
    for node in waiting:
        for parent in parents[node]:
            if parent not in onward:
                onward[parent] = node
                waiting.append(parent)
    if ancestor.id not in onward:
        return []
    way = [ancestor.id]
    while way[-1] != lot.id:
        way.append(onward[way[-1]])
    return way
