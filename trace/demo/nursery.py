"""Nurseries of the demo county: mother trees, seedlings, papers, and the stands of the last season."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from trace.core.actor import Actor, Role
from trace.demo.calendar import TODAY
from trace.demo.people import People
from trace.land.models import Plot
from trace.nursery import dispatching, services
from trace.nursery.models import SeedlingLot
from trace.registry.models import Party

FIRST_DAY = date(2025, 1, 10)
"""Stands are entered from this season on; older plantings keep the count they were registered with."""
PLANTED = ("planted", "survived", "established", "bearing")
TREES = ("普贤 1 号优树", "凉市老树", "石塘母树")


def raise_seedlings(rng: Random, people: People, plots: list[Plot]) -> None:
    """Two nurseries: one grows from seed and grafts, one took stock in. Each season's plants leave under that season's papers."""
    growers = [_actor(people, nursery, number) for number, nursery in enumerate(people.nurseries)]
    young = [plot for plot in plots if plot.planted_on >= FIRST_DAY + timedelta(days=20) and plot.state in PLANTED]
    seasons: dict[tuple[int, int], dict[int, list[Plot]]] = defaultdict(lambda: defaultdict(list))
    for number, plot in enumerate(young):
        seasons[number % len(growers), plot.planted_on.year][plot.operator_id].append(plot)
    for (number, year), operators in sorted(seasons.items()):
        _season(people, growers[number], year, operators)
    for number, grower in enumerate(growers):
        _in_the_beds(rng, people, grower, people.nurseries[number])


def _actor(people: People, nursery: Party, number: int) -> Actor:
    """The nursery's account; the second nursery has none of its own, its records are entered under the same sign-in."""
    known = people.actor("nursery")
    if known.party_id == nursery.id:
        return known
    return Actor(known.user_id, known.username, nursery.name, frozenset({Role.NURSERY}), nursery.id, nursery.name)


def _season(people: People, grower: Actor, year: int, operators: dict[int, list[Plot]]) -> None:
    needed = sum(plot.tree_count for plots in operators.values() for plot in plots)
    day = date(year, 1, 15)
    lot = services.take_in(
        grower,
        taxon="ehretia_dicksonii",
        phase="ready",
        count=round(needed * 1.08),
        on=day,
        source=f"{year - 1} 年结存苗，自育",
    )
    _papers(grower, lot, day, needed, day + timedelta(days=364))
    clerk = people.actor("bureau")
    for plots in operators.values():
        count, first = sum(plot.tree_count for plot in plots), min(plot.planted_on for plot in plots)
        row = dispatching.dispatch(
            grower, lot.lot.code, purpose="gift" if len(plots) > 1 else "sale", count=count, on=max(day, first - timedelta(days=2)),
            receiver=plots[0].operator.code, bundles=max(1, count // 500),
        )  # fmt: skip
        for plot in plots:
            dispatching.plant(
                clerk,
                row.code,
                plot=plot.code,
                count=plot.tree_count,
                planted_on=plot.planted_on,
                density_reason="坡地不规则",
            )
    services.lose(
        grower,
        lot.lot.code,
        phase="ready",
        count=round(needed * 0.02) or 1,
        reason="cull",
        on=day + timedelta(days=120),
        note="春后清圃",
    )


def _in_the_beds(rng: Random, people: People, grower: Actor, nursery: Party) -> None:
    """What grows today: a sowing with its germination, seedlings ready with papers that end soon, a grafted lot."""
    village = nursery.village or people.villages[0]
    trees = [
        services.register_accession(
            grower,
            {
                "kind": "tree",
                "name": name,
                "village": village.code,
                "surveyed_on": date(2023, 6, 10),
                "traits": "果大，丰产，树势强",
            },
        )
        for name in TREES
    ]
    sown = date(TODAY.year, 3, 6)
    lot = services.sow(grower, trees[0].code, way="seed", count=24_000, on=sown, note="1—3 号苗床")
    lost = rng.randrange(5_000, 7_000)
    services.lose(
        grower, lot.lot.code, phase="germinating", count=lost, reason="not_germinated", on=sown + timedelta(days=50)
    )
    services.advance(
        grower, lot.lot.code, source="germinating", target="growing", count=24_000 - lost, on=sown + timedelta(days=50)
    )
    services.lose(grower, lot.lot.code, phase="growing", count=640, reason="drought", on=date(TODAY.year, 8, 12))
    ready = services.split(
        grower, lot.lot.code, phase="growing", count=6_000, on=date(TODAY.year, 9, 20), note="先达标的一批"
    )
    services.advance(grower, ready.lot.code, source="growing", target="ready", count=6_000, on=date(TODAY.year, 10, 15))
    _papers(grower, ready, date(TODAY.year, 10, 20), 6_000, TODAY + timedelta(days=12))
    stocks = services.split(grower, lot.lot.code, phase="growing", count=800, on=date(TODAY.year, 9, 25), note="做砧木")
    services.graft(
        grower,
        stocks.lot.code,
        accession_code=trees[1].code,
        phase="growing",
        count=500,
        taken=430,
        on=date(TODAY.year, 9, 28),
    )


def _papers(grower: Actor, lot: SeedlingLot, day: date, covered: int, until: date) -> None:
    for kind, word in (("quarantine", "检疫"), ("quality", "苗检")):
        dispatching.record_paper(
            grower,
            {
                "kind": kind, "number": f"演示{word}〔{day.year}〕{lot.lot.code}", "issuer": "衡南县林业局", "quantity": covered, "issued_on": day,
                "valid_to": until, "lots": [lot.lot.code], "grade": "1", "height_cm": 60, "diameter_mm": 8, "inspector": "演示检验员",
            },
        )  # fmt: skip
