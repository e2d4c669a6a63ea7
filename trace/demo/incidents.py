"""What went wrong in the demo county: a recall in force, a hold released again (a harvest before the safety interval is held by the rule)."""

from __future__ import annotations

from trace.demo.people import People
from trace.lots import queries
from trace.lots.models import Lot
from trace.quality.services import open_recall, place_hold, release

HOTLINE = "0734-8500000"


class Incidents:
    """Holds and recalls as the bureau and market supervision place them."""

    def __init__(self, people: People) -> None:
        """Both need their accounts."""
        self.bureau, self.market = people.actor("bureau"), people.actor("market")
        self.plant = people.firms[0]

    def happen(self, labelled: list[Lot]) -> None:
        """``labelled``: packs with activated labels, oldest first."""
        own = [lot for lot in labelled if lot.holder_id == self.plant.id]
        hold = place_hold(self.bureau, own[0].code, "标签信息核对（演示）")
        release(self.market, hold.code, "核对无误")
        open_recall(self.bureau, _source(own[-1]).code, "抽检发现农药残留超标（演示）", "农药残留超标", HOTLINE)


def _source(pack: Lot) -> Lot:
    """The batch a pack was filled from."""
    parents = [parent for parent, child, _grams in queries.edges_back(pack.id) if child == pack.id]
    return Lot.get_by_id(parents[0])
