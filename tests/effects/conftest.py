"""A county with money, seedlings and ground that does not add up, small enough for every test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from tests.factories import county as make
from trace.core.actor import Role
from trace.core.clock import utcnow
from trace.core.geometry import parse_polygon
from trace.db import db
from trace.land.models import Plot, PlotBoundary, Stand
from trace.lots.models import Lot, Operation
from trace.nursery import services as nursery
from trace.nursery.models import Planting, SeedlingDispatch


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database within the block."""
    asked: list[str] = []
    real = db.obj.execute_sql
    db.obj.execute_sql = lambda sql, *more, **named: asked.append(sql) or real(sql, *more, **named)
    try:
        yield asked
    finally:
        del db.obj.execute_sql


def deliver(home: make.County, plot: Plot, plants: int) -> SeedlingDispatch:
    """Seedlings that left a nursery for a plot and stand there, as the nursery's books have them."""
    actor = home.garden
    seedling = nursery.take_in(
        actor, taxon="ehretia_dicksonii", phase="ready", count=plants, on=date(2018, 3, 1), source="演示种苗站"
    )
    event = Operation.select().order_by(Operation.id.desc()).first()
    lot = Lot.get_by_id(seedling.lot_id)
    number = SeedlingDispatch.select().count() + 1
    sent = SeedlingDispatch.create(
        code=f"MC26-{number:04d}",
        lot=lot,
        operation=event,
        purpose="sale",
        quantity=plants,
        on_day=date(2018, 3, 2),
        recorded_at=utcnow(),
    )
    stand = Stand.create(
        code=f"LF{number:06d}",
        plot=plot,
        taxon=plot.taxon,
        planted_on=date(2018, 3, 12),
        planted_count=plants,
        recorded_at=utcnow(),
    )
    Planting.create(dispatch=sent, stand=stand, quantity=plants, recorder_name="演示", recorded_at=utcnow())
    return sent


def move(plot: Plot, geometry: str) -> None:
    """Put a plot elsewhere behind the register's back: what it would have refused, an older register may hold."""
    boundary = parse_polygon(json.loads(geometry))
    west, south, east, north = boundary.bbox
    PlotBoundary.update(
        geojson=boundary.geojson,
        area_m2=boundary.area_m2,
        ring_id=boundary.ring_id,
        west=west,
        south=south,
        east=east,
        north=north,
    ).where(PlotBoundary.plot == plot).execute()
    Plot.update(area_m2=boundary.area_m2).where(Plot.id == plot.id).execute()


@pytest.fixture
def home(database) -> make.County:
    """The county with a nursery in it."""
    made = make.county()
    owner = make.party("nursery", "云集苗圃", made.village)
    make.user("garden", Role.NURSERY, owner)
    made.garden = made.actor("garden")
    return made
