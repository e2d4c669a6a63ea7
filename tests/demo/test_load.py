"""The command: same seed, same county; only into an empty database; the password once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import PASSWORD
from tests.demo.conftest import SCALE, Fresh, load
from trace.accounts.services import create_user, sign_in
from trace.core.actor import Role
from trace.db import db
from trace.demo.commands import SEED
from trace.land.models import Plot, PlotBoundary, SurvivalVisit
from trace.lots.models import Lot, Movement
from trace.registry.models import Party

pytestmark = pytest.mark.xdist_group("demo")


def photograph() -> list[list[Any]]:
    """What must be the same wherever the same seed is loaded."""
    with db.connection_context():
        return [
            list(Party.select(Party.code, Party.name, Party.uscc).order_by(Party.code).tuples()),
            list(Plot.select(Plot.code, Plot.area_m2, Plot.state, Plot.planted_on).order_by(Plot.code).tuples()),
            list(PlotBoundary.select(PlotBoundary.ring_id).order_by(PlotBoundary.id).tuples()),
            list(
                SurvivalVisit.select(SurvivalVisit.visited_on, SurvivalVisit.alive).order_by(SurvivalVisit.id).tuples()
            ),
            list(Movement.select(Lot.code, Lot.made_on, Movement.quantity).join(Lot).order_by(Movement.id).tuples()),
        ]


def test_the_same_seed_gives_the_same_county_on_either_engine(fresh: Fresh):
    taken = []
    for engine, seed in (("sqlite", SEED), ("postgres", SEED), ("sqlite", SEED + 1)):
        with fresh(engine) as app:
            load(app, seed)
            taken.append(photograph())
    assert taken[0] == taken[1]
    assert all(one != other for one, other in zip(taken[0], taken[2], strict=True))


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_database_in_use_is_left_alone(fresh: Fresh, engine: str):
    with fresh(engine) as app:
        with db.connection_context():
            create_user(None, username="admin", display_name="管理员", password=PASSWORD, roles=[Role.ADMIN])
        runner = app.test_cli_runner()
        refused = runner.invoke(args=["demo", "load"])
        assert (refused.exit_code, refused.output) == (1, "数据库里已有数据，演示县只能装入空库。\n")
        silent = runner.invoke(args=["demo", "load", "--if-empty"])
        assert (silent.exit_code, silent.output) == (0, "")
        with db.connection_context():
            assert not Plot.select().exists()


def test_a_made_password_is_printed_once_and_opens_every_account(fresh: Fresh, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("TRACE_DEMO_PASSWORD", raising=False)
    with fresh("sqlite") as app:
        said = app.test_cli_runner().invoke(args=["demo", "load", "--scale", str(SCALE), "--if-empty"])
        assert said.exit_code == 0, said.output
        password = said.output.splitlines()[-1].removeprefix("演示密码：").removesuffix("（只显示这一次）")
        assert said.output.count(password) == 1
        for name in ("admin", "coop2", "township-430422122"):
            assert name in said.output
            with db.connection_context():
                assert sign_in(name, password)[0].username == name


def test_a_given_password_is_used_and_not_printed(fresh: Fresh, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRACE_DEMO_PASSWORD", PASSWORD)
    with fresh("sqlite") as app:
        said = app.test_cli_runner().invoke(args=["demo", "load", "--scale", str(SCALE)])
        assert said.exit_code == 0 and PASSWORD not in said.output
        with db.connection_context():
            assert sign_in("plant", PASSWORD)[0].display_name == "青岭食品经办员"


def test_a_weak_password_is_refused_in_a_sentence(fresh: Fresh, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRACE_DEMO_PASSWORD", "demo")
    with fresh("sqlite") as app:
        said = app.test_cli_runner().invoke(args=["demo", "load", "--scale", str(SCALE)])
        assert said.exit_code == 1 and "密码至少 10 个字符" in said.output
        with db.connection_context():
            assert not Party.select().exists()
