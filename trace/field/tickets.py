"""The weigh ticket (采收过磅单): on screen, on the 80 mm roll of a belt printer, and on A5. Its symbol leads to the lot's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import groupby

import pikepdf

from trace.core.errors import NotFound
from trace.core.units import format_kg
from trace.field import queries
from trace.field.models import Harvest
from trace.field.weigh_models import HarvestContainer
from trace.field.weigh_rules import DESTINATIONS
from trace.lots import queries as lots
from trace.pdf import render
from trace.pdf.symbols import QUIET_ZONE, draw
from trace.registry.rules import PARTS

ROLL_HEAD_MM, ROLL_ROW_MM, ROLL_MORE_MM = 178, 5, 25
"""Length of a roll ticket without its rows, and of one row; the printer cuts behind the page."""


@dataclass(frozen=True)
class Ticket:
    """What stands on a ticket. ``symbol``: the QR code as an SVG path in modules, ``side`` with its quiet zone."""

    number: str
    lot: str
    address: str
    symbol: str
    side: int
    product: str
    part: str
    plot: str
    place: str
    holder: str
    recorder: str
    picked_on: date
    weighed_at: datetime
    containers: list[HarvestContainer]
    gross_g: int
    tare_g: int
    net_g: int
    damage_g: int
    left_g: int
    pickers: int | None
    destination: str
    undone: bool

    @property
    def sound_g(self) -> int:
        """Net weight without the damage."""
        return self.net_g - self.damage_g


def ticket_of(harvest: Harvest, base_url: str, recorder: str) -> Ticket:
    """The ticket of a harvest (everything joined); a harvest from before the scales has none."""
    weighing, lot = harvest.weighing, harvest.lot
    if weighing is None:
        raise NotFound("这条采收没有过磅记录，没有过磅单。")
    rows = queries.containers_of(weighing)
    net = lots.made_quantities([lot.id])[lot.id]
    address = f"{base_url}/lots/{lot.code}"
    symbol, side = symbol_of(address)
    return Ticket(
        number=weighing.code, lot=lot.code, address=address, symbol=symbol, side=side, product=lot.product.name, part=PARTS[harvest.part],
        plot=lot.plot.code, place=f"{lot.plot.village.township.name} {lot.plot.village.name}", holder=lot.holder.name, recorder=recorder,
        picked_on=lot.made_on, weighed_at=weighing.made_at, containers=rows, gross_g=sum(r.gross_g for r in rows) or net,
        tare_g=sum(r.tare_g for r in rows), net_g=net, damage_g=weighing.damage_g, left_g=lots.balance(lot), pickers=weighing.pickers,
        destination=DESTINATIONS.get(weighing.destination, ""), undone=lots.is_undone(lot),
    )  # fmt: skip


def ticket_pdf(ticket: Ticket, paper: str) -> bytes:
    """The ticket as a PDF: ``roll`` (80 mm wide, as long as it needs to be) or ``a5``."""
    length = ROLL_HEAD_MM + ROLL_ROW_MM * len(ticket.containers)
    while True:
        body = render("field/ticket_print.html", ticket=ticket, paper=paper, length=length, kg=format_kg)
        if paper != "roll" or pages_of(body) == 1:
            return body
        # Long names or the void mark took more lines than usual.
        length += ROLL_MORE_MM


def pages_of(body: bytes) -> int:
    """How many pages a PDF has."""
    with pikepdf.open(BytesIO(body)) as pdf:
        return len(pdf.pages)


def symbol_of(text: str) -> tuple[str, int]:
    """A QR code as one SVG path (fill it, one unit a module), and its side with the quiet zone."""
    modules = draw(text)
    runs = []
    for y, row in enumerate(modules):
        x = 0
        for dark, group in groupby(row):
            width = len(list(group))
            if dark:
                runs.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{width}v1h-{width}z")
            x += width
    return "".join(runs), len(modules) + 2 * QUIET_ZONE
