"""Whatever the register holds, every figure is the sum of the records it opens; ground two plots share counts once; moving a record moves its share."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from tests.factories import county as make
from trace.core.geometry import overlap_m2, parse_polygon
from trace.land import cases
from trace.land.models import Plot
from trace.land.services import record_visit
from trace.lots.models import Lot
from trace.lots.services import undo_operation
from trace.registry.models import Village
from trace.targets import area, checks, queries, values

DAY = date(2026, 9, 30)


def random_register(home, seed: int) -> None:
    """Plots of both cooperatives at odd places and ages, some looked at, some harvested."""
    rng = Random(seed)
    for n in range(8):
        actor = home.actor(rng.choice(("coop", "coop2")))
        planted = date(2018 + rng.randrange(8), 3, 12)
        side = 0.0005 + rng.randrange(15) / 10_000
        plot = make.plot(actor, home, geometry=make.square(112.6 + n * 0.01, side=side), planted_on=planted)
        if rng.random() < 0.7:
            kind = rng.choice(("year1", "year3")) if planted.year < 2022 else "year1"
            record_visit(
                home.actor("verifier_forestry"), plot.code, kind=kind, visited_on=date(max(2024 + rng.randrange(3), planted.year + 1), 9, 1), sampled=100,
                alive=rng.randrange(30, 101),
            )  # fmt: skip
        if planted.year < 2021 and rng.random() < 0.8:
            make.harvest(actor, plot, str(rng.randrange(50, 900)))


@pytest.mark.parametrize("seed", range(3))
def test_drill_downs_equal_their_figures(home, seed):
    random_register(home, seed)
    found = queries.progress("2026Q3")
    for line in found.lines:
        for figure in area.FIGURES:
            rows = queries.rows_behind(figure, line.code, DAY)
            assert sum(row.counted_m2 for row in rows) == getattr(line, f"{figure}_m2"), figure
        picked = values.harvest_rows(line.code, date(2026, 1, 1), DAY)
        assert sum(row.grams for row in picked) == line.harvested_g
        for stage in line.stages:
            rows = queries.value_rows(line.code, 2026, stage.stage, DAY)
            assert sum(row["gross_fen"] for row in rows) == stage.register.gross_fen
        assert line.net_fen <= line.gross_fen
    assert found.total("registered_m2") == sum(row.area_m2 for row in Plot.select())
    assert [finding for check in checks.CHECKS for finding in check()] == []


def test_moving_a_plot_moves_exactly_its_figures(home):
    random_register(home, 5)
    before = queries.progress("2026Q3")
    plot = Plot.select().join(Village).where(Village.code.startswith(make.HOME)).first()
    grams = sum(
        row.grams for row in values.harvest_rows(make.HOME, date(2026, 1, 1), DAY) if row.plot_code == plot.code
    )
    own = {
        f: sum(r.counted_m2 for r in queries.rows_behind(f, make.HOME, DAY) if r.code == plot.code)
        for f in area.FIGURES
    }
    Plot.update(village=home.village2).where(Plot.id == plot.id).execute()
    after = queries.progress("2026Q3")
    for line, other in zip(before.lines, after.lines, strict=True):
        sign = {make.HOME: -1, make.AWAY: 1}.get(line.code, 0)
        assert other.harvested_g - line.harvested_g == sign * grams
        for figure, m2 in own.items():
            assert getattr(other, f"{figure}_m2") - getattr(line, f"{figure}_m2") == sign * m2
    assert after.total("registered_m2") == before.total("registered_m2")


def test_shared_ground_counts_once_with_the_older_plot(home):
    coop, bureau = home.actor("coop"), home.actor("bureau")
    first = make.plot(coop, home, geometry=make.square(112.6))
    values_ = {
        "village": home.village.code, "operator": home.coop.code, "land_class": "forest", "management": "conventional",
        "geometry": make.square(112.601), "planted_on": date(2018, 3, 12),
    }  # fmt: skip
    case = cases.submit_plot(coop, values_)
    cases.decide_case(bureau, case.code, "intercropped", "套种")
    second = Plot.select().order_by(Plot.id.desc()).first()
    shared = overlap_m2(parse_polygon(make.square(112.6)), parse_polygon(make.square(112.601)))
    assert 0 < shared < first.area_m2
    line = next(item for item in queries.progress("2026Q3").lines if item.code == make.HOME)
    assert line.registered_m2 == first.area_m2 + second.area_m2 - shared
    rows = {row.code: row for row in queries.rows_behind("registered", make.HOME, DAY)}
    assert (rows[first.code].shared_m2, rows[second.code].shared_m2) == (0, shared)
    assert list(checks.check_figures_equal_their_rows()) == []


def test_a_harvest_that_was_undone_adds_nothing(home):
    coop = home.actor("coop")
    lot = make.harvest(coop, make.plot(coop, home))

    undo_operation(coop, Lot.get(Lot.code == lot.code).made_by.code, "填错")
    line = next(item for item in queries.progress("2026Q3").lines if item.code == make.HOME)
    assert line.harvested_g == 0
