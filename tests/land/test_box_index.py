"""The spatial index of present boundaries: what it finds equals what looking at every plot finds, whatever happened to them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box, shape

from tests.core.rings import moved, polygon, stars
from tests.factories import county as make
from trace.core.clock import utcnow
from trace.core.geometry import COUNTY_BOX, Boundary, overlap_m2, parse_polygon
from trace.db import boxes, db, is_postgres, migrate
from trace.land import map_queries, overlap_rules, overlaps
from trace.land.checks import check_boxes_are_indexed
from trace.land.map_queries import View
from trace.land.models import Plot, PlotBoundary
from trace.land.rules import GONE_STATES

ROOT = Path(__file__).resolve().parents[2]
CENTRE = (112.6, 26.7)
TOLERANCE = 10


class Register:
    """Plots as the database holds them and as a dictionary does: code to boundary and state."""

    def __init__(self, home: make.County) -> None:
        self.home = home
        self.known: dict[str, tuple[Boundary, str]] = {}

    def insert(self, boundary: Boundary) -> None:
        code = f"{self.home.village.code}-{len(self.known) + 1:04d}"
        plot = Plot.create(
            code=code, village=self.home.village, operator=self.home.coop, taxon=1, state="bearing", land_class="forest",
            management="conventional", area_m2=boundary.area_m2, registered_at=utcnow(),
        )  # fmt: skip
        self._version(plot, boundary, 1)
        self.known[code] = (boundary, "bearing")

    def redraw(self, code: str, boundary: Boundary) -> None:
        plot = Plot.get(Plot.code == code)
        present = PlotBoundary.get(PlotBoundary.plot == plot, PlotBoundary.valid_to.is_null())
        present.valid_to = date(2026, 7, 1)
        present.save(only=[PlotBoundary.valid_to])
        self._version(plot, boundary, present.version + 1)
        self.known[code] = (boundary, self.known[code][1])

    def move(self, code: str, state: str) -> None:
        Plot.update(state=state).where(Plot.code == code).execute()
        self.known[code] = (self.known[code][0], state)

    @contextmanager
    def undone(self) -> Iterator[None]:
        before = dict(self.known)
        with db.atomic() as transaction:
            yield
            transaction.rollback()
        self.known = before

    def _version(self, plot: Plot, boundary: Boundary, version: int) -> None:
        west, south, east, north = boundary.bbox
        PlotBoundary.create(
            plot=plot, version=version, valid_from=date(2026, 1, 1), geojson=boundary.geojson, area_m2=boundary.area_m2,
            ring_id=boundary.ring_id, west=west, south=south, east=east, north=north, source="drawn", recorded_at=utcnow(),
        )  # fmt: skip

    def shared_with(self, probe: Boundary) -> set[tuple[str, int]]:
        """The oracle: every plot is looked at."""
        found = set()
        for code, (boundary, state) in self.known.items():
            common = overlap_m2(probe, boundary)
            noise = overlap_rules.is_noise(common, probe.area_m2, boundary.area_m2, TOLERANCE)
            if common and not noise and state not in GONE_STATES:
                found.add((code, common))
        return found

    def boxes_met(self, window: tuple[float, float, float, float]) -> set[str]:
        return {code for code, (boundary, _) in self.known.items() if box(*boundary.bbox).intersects(box(*window))}


@st.composite
def grounds(draw: st.DrawFn) -> Boundary:
    """A star-shaped plot near the centre, so that many share ground."""
    ring = draw(stars())
    x, y = draw(st.floats(-0.004, 0.004)), draw(st.floats(-0.004, 0.004))
    return parse_polygon(polygon(moved(ring, CENTRE[0] + x - ring[0][0], CENTRE[1] + y - ring[0][1])))


def events() -> st.SearchStrategy[list[tuple[str, int, Boundary, bool]]]:
    """What happens, to which plot, with which ground, and whether it is taken back."""
    kinds = st.sampled_from(["insert", "insert", "redraw", "lost", "cancelled", "bearing"])
    return st.lists(st.tuples(kinds, st.integers(0, 20), grounds(), st.booleans()), min_size=3, max_size=12)


def happen(register: Register, kind: str, number: int, ground: Boundary) -> None:
    codes = sorted(register.known)
    if kind == "insert" or not codes:
        register.insert(ground)
    elif kind == "redraw":
        register.redraw(codes[number % len(codes)], ground)
    else:
        register.move(codes[number % len(codes)], kind)


@given(events(), grounds())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_index_finds_what_looking_at_all_finds(home, happened, probe):
    register = Register(home)
    with db.atomic() as everything:
        for kind, number, ground, taken_back in happened:
            if taken_back:
                with register.undone():
                    happen(register, kind, number, ground)
                    assert {(o.plot.code, o.area_m2) for o in overlaps.overlaps(probe)} == register.shared_with(probe)
            else:
                happen(register, kind, number, ground)
            assert {(o.plot.code, o.area_m2) for o in overlaps.overlaps(probe)} == register.shared_with(probe)
        met = {row.code for row in map_queries.grounds(home.actor("bureau"), {}, probe.bbox)}
        exact = register.boxes_met(probe.bbox)
        a_little_more = register.boxes_met((*(v - 1e-4 for v in probe.bbox[:2]), *(v + 1e-4 for v in probe.bbox[2:])))
        assert exact <= met <= a_little_more
        assert list(check_boxes_are_indexed()) == []
        everything.rollback()


def test_the_overlap_carries_what_the_other_boundary_is(home):
    plot = make.plot(home.actor("coop"), home)
    (found,) = overlaps.overlaps(parse_polygon(make.square(112.601, 26.7)))
    row = PlotBoundary.get()
    assert (found.plot, found.plot_id, found.version) == ((plot.id, plot.code), plot.id, 1)
    assert found.other_m2 == row.area_m2
    assert found.geometry.equals(shape(json.loads(row.geojson)))


def test_versions_that_ended_and_deleted_rows_leave_the_index(home, engine):
    register = Register(home)
    here, there = parse_polygon(make.square()), parse_polygon(make.square(112.7, 26.8))
    register.insert(here)
    code = next(iter(register.known))
    register.redraw(code, there)
    assert (overlaps.overlaps(here), len(overlaps.overlaps(there))) == ([], 1)
    PlotBoundary.update(west=112.6, south=26.7, east=112.602, north=26.702, geojson=here.geojson).where(
        PlotBoundary.version == 2
    ).execute()
    assert (len(overlaps.overlaps(here)), overlaps.overlaps(there)) == (1, [])
    PlotBoundary.update(valid_to=None).where(PlotBoundary.version == 1).execute()
    assert len(overlaps.overlaps(here)) == 2, "an ended version that counts again is found again"
    PlotBoundary.delete().execute()
    assert overlaps.overlaps(here) == []
    if engine == "sqlite":
        assert db.execute_sql("SELECT COUNT(*) FROM plot_boundary_box").fetchone() == (0,)
        assert db.execute_sql("SELECT rtreecheck('plot_boundary_box')").fetchone() == ("ok",)


def test_a_box_that_is_missing_is_told(home, engine):
    make.plot(home.actor("coop"), home)
    assert list(check_boxes_are_indexed()) == []
    if engine == "postgres":
        return  # the engine's own index cannot be written past
    db.execute_sql("DELETE FROM plot_boundary_box")
    assert list(check_boxes_are_indexed()) == ["boundary 1: its box is not in the index, or should not be"]


def test_a_wide_window_counts_the_same_as_a_narrow_one(home):
    coop = home.actor("coop")
    for n in range(3):
        make.plot(coop, home, geometry=make.square(112.6 + 0.01 * n, 26.7))
    redrawn = Register(home)
    redrawn.known[Plot.get().code] = (parse_polygon(make.square()), "planted")
    redrawn.redraw(Plot.get().code, parse_polygon(make.square(112.61, 26.71)))
    narrow = (112.59, 26.69, 112.65, 26.73)
    for window in (COUNTY_BOX, (-180.0, -90.0, 180.0, 90.0), narrow):
        assert sum(cell.count for cell in map_queries.clusters(coop, {}, View(window, 12))) == 3
        assert len(list(map_queries.grounds(coop, {}, window))) == 3
    beyond = (0.0, 0.0, 1.0, 60.0)
    assert map_queries.clusters(coop, {}, View(beyond, 12)) == []


def plan_of(sql: str, parameters: object) -> str:
    """How the engine would answer; on PostgreSQL small tables are read whole unless that is forbidden."""
    if is_postgres():
        db.execute_sql("SET LOCAL enable_seqscan = off")
    words = "EXPLAIN " if is_postgres() else "EXPLAIN QUERY PLAN "
    return "\n".join(str(row[-1]) for row in db.execute_sql(words + sql, parameters).fetchall())


def test_the_index_answers_overlaps_neighbours_and_map(home, monkeypatch):
    asked = []
    run = db.obj.execute_sql

    def note(sql: str, params: object = None, **more: object) -> object:
        asked.append((sql, params))
        return run(sql, params, **more)

    monkeypatch.setattr(db.obj, "execute_sql", note)
    probe, bureau = parse_polygon(make.square()), home.actor("bureau")
    overlaps.overlaps(probe)
    list(overlaps.near(probe.bbox, 0.002))
    list(map_queries.grounds(bureau, {}, probe.bbox))
    map_queries.clusters(bureau, {}, View(probe.bbox, 18))
    statements = [item for item in asked if "plot_boundary" in item[0]]
    monkeypatch.undo()
    assert len(statements) == 4
    with db.atomic():
        for sql, parameters in statements:
            plan = plan_of(sql, parameters)
            assert ("plot_boundary_box" in plan) and ("INDEX" in plan.upper()), plan


def test_the_migration_keeps_a_register_that_is_there(home):
    coop = home.actor("coop")
    plot = make.plot(coop, home)
    register = Register(home)
    register.known[plot.code] = (parse_polygon(make.square()), "planted")
    moved_to = parse_polygon(make.square(112.7, 26.8))
    register.redraw(plot.code, moved_to)
    for _ in range(2):
        assert "0016_boxes" in migrate.downgrade(db.obj, "0016_boxes")
        assert (PlotBoundary.select().count(), Plot.select().count()) == (2, 1)
        migrate.upgrade(db.obj)
    assert [item.plot.code for item in overlaps.overlaps(moved_to)] == [plot.code]
    assert overlaps.overlaps(parse_polygon(make.square())) == []
    assert boxes.unkept(PlotBoundary) == []
    register.redraw(plot.code, parse_polygon(make.square()))
    assert overlaps.overlaps(moved_to) == [], "and is kept true afterwards"


OTHER_PROCESS = """
import json, sys
from trace.db import connect_database, db
from trace.land.models import PlotBoundary
connect_database(sys.argv[1])
with db.connection_context():
    for line in sys.stdin:
        order = json.loads(line)
        with db.atomic() as transaction:
            PlotBoundary.update(**order["values"]).execute()
            print("changed", flush=True)
            if sys.stdin.readline().strip() == "rollback":
                transaction.rollback()
        print("done", flush=True)
"""


def test_another_process_changes_the_ground(home, database_url):
    make.plot(home.actor("coop"), home)
    here, there = parse_polygon(make.square()), parse_polygon(make.square(112.7, 26.8))
    west, south, east, north = there.bbox
    values = {"geojson": there.geojson, "west": west, "south": south, "east": east, "north": north}
    command = [sys.executable, "-c", OTHER_PROCESS, database_url]

    def found() -> tuple[int, int]:
        return len(overlaps.overlaps(here)), len(overlaps.overlaps(there))

    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:

        def say(word: str, answer: str) -> None:
            print(word, file=other.stdin, flush=True)
            assert other.stdout.readline().strip() == answer

        for ending, after in (("rollback", (1, 0)), ("commit", (0, 1))):
            say(json.dumps({"values": values}), "changed")
            assert found() == (1, 0), "what is not committed is nobody else's"
            say(ending, "done")
            assert found() == after
    assert other.returncode == 0
