"""What stood on the scales in the demo county's last season, one harvest written down twice, and what inspectors found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from trace.audit import Operation
from trace.core.units import Weight
from trace.demo.calendar import on
from trace.demo.people import People
from trace.field import duplicates, weighing
from trace.field.models import Harvest
from trace.field.positions import Fix
from trace.field.weighing import OnScales, WeighIn
from trace.files.rules import Upload
from trace.land.models import Plot
from trace.land.queries import boundary_on
from trace.lots.models import Lot
from trace.lots.rules import OperationKind
from trace.lots.services import Make, perform
from trace.quality import inspecting, queries, sampling
from trace.quality.inspecting import Found
from trace.quality.models import InspectionTask
from trace.registry import queries as register
from trace.registry.models import Party

CRATE_G, CRATE_TARE_G = 45_000, 2_200
CRATES = 12
"""A heavier harvest was weighed as one load on the truck scale."""
DESTINATIONS = ("plant", "fresh", "store", "plant")
TWICE_ON = date(2026, 9, 28)
TWICE_G = 420_500
SECOND = "王小满"


def put_on_scales(op: Operation, harvest: Harvest, lot: Lot, plot: Plot, grams: int) -> None:
    """A weigh-in whose containers add up to the lot; every third with some damage, every fourth with a position."""
    count = -(-grams // CRATE_G)
    crates = _crates(grams, count) if count <= CRATES else [OnScales(_kg(grams + 4_350_000), _kg(4_350_000))]
    if lot.id % 3 == 0:
        first = crates[0]
        crates[0] = replace(first, damage=_kg(min(1_500, first.weighed.net)))
    weigh_in = WeighIn(
        crates, pickers=2 + lot.id % 7, destination=DESTINATIONS[lot.id % 4], device="demo-phone-1", fix=_fix(plot, lot.made_on, lot.id % 4)
    )  # fmt: skip
    weighing.keep(op, harvest, lot, plot, weigh_in)


def write_down_twice(people: People, coop: Party, plot: Plot) -> None:
    """Two phones of one cooperative, ten minutes apart, the same plot and weight: nobody has decided yet."""
    clerk = people.recorder(coop)
    product = register.fresh_product(register.default_taxon(), "fruit")
    for actor, minutes, device in (
        (replace(clerk, display_name=SECOND), 10, "demo-phone-1"),
        (clerk, 0, "demo-phone-2"),
    ):
        with on(actor, TWICE_ON) as op:
            lot = perform(
                op, OperationKind.HARVEST, coop, TWICE_ON, draws=[],
                makes=[Make(product, "harvest", TWICE_G, coop, plot=plot, typed=("420.5", "公斤"))],
            ).lots[0]  # fmt: skip
            harvest = Harvest.create(lot=lot, part="fruit")
            weigh_in = WeighIn(_crates(TWICE_G, 10), made_at=op.at - timedelta(minutes=minutes), device=device)
            op.record("harvest.record", lot, plot=plot.code, grams=TWICE_G)
            duplicates.suspect(op, harvest, weighing.keep(op, harvest, lot, plot, weigh_in), TWICE_G)


def look_at_records(people: People, days: list[date]) -> None:
    """The weeks of these days are drawn from; of the tasks one holds, one does not, the rest wait."""
    bureau = people.actor("bureau")
    for monday in sorted({day - timedelta(days=day.weekday()) for day in days}):
        with on(bureau, monday + timedelta(days=7)) as op:
            sampling.draw_at(op.at, op.record, monday, seed=f"演示-{monday:%Y%m%d}", by=bureau)
    drawn_by_lot = InspectionTask.select(InspectionTask, Plot).join(Plot).where(InspectionTask.score == 0)
    tasks = list(drawn_by_lot.order_by(InspectionTask.id))
    for task, verdict in zip(tasks, ("match", "mismatch"), strict=False):
        found = Found(
            verdict,
            "" if verdict == "match" else "地头只堆了 6 筐，与登记的重量不符。",
            fix=_fix(task.plot, task.happened_on, 1),
        )
        photos = [_picture(task.record)] if verdict == "mismatch" else []
        with on(bureau, task.due_on - timedelta(days=3)) as op:
            if inspecting.dependence(bureau, queries.get_task(bureau, task.code)) is None:
                inspecting.inspect_in(op, task.code, found, photos)


def _crates(grams: int, count: int) -> list[OnScales]:
    """``count`` crates that hold so many grams together."""
    each, rest = divmod(grams, count)
    return [OnScales(_kg(each + (1 if n < rest else 0) + CRATE_TARE_G), _kg(CRATE_TARE_G)) for n in range(count)]


def _kg(grams: int) -> Weight:
    return Weight(grams, weighing.plain(grams), "公斤")


def _fix(plot: Plot, day: date, turn: int) -> Fix | None:
    """The middle of the plot's frame, for every fourth."""
    boundary = boundary_on(plot, day) if turn == 1 else None
    if boundary is None:
        return None
    lon, lat = (boundary.west + boundary.east) / 2, (boundary.south + boundary.north) / 2
    return Fix(round(lon, 6), round(lat, 6), 4 + plot.id % 9)


def _picture(text: str) -> Upload:
    """A plain picture that says it is invented."""
    image = Image.new("RGB", (640, 420), (206, 219, 190))
    pen = ImageDraw.Draw(image)
    for n in range(6):
        left = 60 + 90 * n
        pen.rectangle((left, 220, left + 74, 300), fill=(150, 110, 60), outline=(90, 60, 30), width=3)
        pen.ellipse((left + 12, 196, left + 62, 240), fill=(217, 170, 60))
    pen.text((20, 20), f"DEMO {text}", fill=(40, 60, 30))
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return Upload("现场.jpg", out.getvalue(), "photos")
