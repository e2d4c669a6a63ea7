"""``flask --app wsgi demo load [--seed N] [--scale N] [--if-empty]``."""

from __future__ import annotations

import os
import secrets
import sys
import time
from datetime import UTC, datetime
from random import Random

import click
from flask import current_app
from flask.cli import AppGroup
from peewee import fn

from trace import audit
from trace.accounts.models import User
from trace.accounts.rules import check_password
from trace.alerts.services import collect
from trace.core.errors import Invalid
from trace.core.units import format_mu
from trace.db import db
from trace.demo import borders, people, plans, plots, records, statements
from trace.demo.calendar import TODAY
from trace.demo.chain import Chain
from trace.demo.money import spend
from trace.demo.nursery import raise_seedlings
from trace.demo.recalls import follow_up
from trace.demo.supervision import Supervision
from trace.desk.demo_flag import DEMO_KEY
from trace.funds.models import Application
from trace.labels.models import LabelRun
from trace.land.models import Plot, SurvivalVisit
from trace.layouts.reference import load_layouts
from trace.lots.models import Lot
from trace.processing.models import ProcessRun
from trace.registry.models import Party, SiteSetting
from trace.registry.reference import load_reference
from trace.scan.models import UnitScan
from trace.targets.models import PlanRecord
from trace.targets.reference import load_goals

SEED = 20260308
TOWNSHIP = "township-"
group = AppGroup("demo", help="演示县 / the demo county")


@group.command("load")
@click.option("--seed", type=int, default=SEED, help="相同的种子得到相同的县")
@click.option("--scale", type=click.FloatRange(0.05, 1.0), default=1.0, help="规模，1 为整县")
@click.option("--if-empty", is_flag=True, help="数据库不空则什么也不做")
def load(seed: int, scale: float, if_empty: bool) -> None:
    """Fill an empty database with the demo county."""
    with db.connection_context(), current_app.test_request_context():
        if not _is_empty():
            if if_empty:
                return
            click.echo("数据库里已有数据，演示县只能装入空库。", err=True)
            sys.exit(1)
        given = os.environ.get("TRACE_DEMO_PASSWORD")
        password = given or secrets.token_urlsafe(9)
        try:
            check_password(password, "")
        except Invalid as error:
            click.echo(f"TRACE_DEMO_PASSWORD：{error}", err=True)
            sys.exit(1)
        began = time.monotonic()
        click.echo("正在装入演示县……")
        names = build(seed, scale, password)
        for line in _summary(time.monotonic() - began, names):
            click.echo(line)
        click.echo("演示密码：取自 TRACE_DEMO_PASSWORD" if given else f"演示密码：{password}（只显示这一次）")


def build(seed: int, scale: float, password: str) -> list[str]:
    """Everything in one transaction; returns the sign-in names."""
    rng = Random(seed)  # nosec B311 - invented data, not secrets
    with db.atomic():
        load_reference()
        load_layouts()
        load_goals()
        county = people.settle(rng, scale)
        names = people.open_accounts(county, password)
        land = plots.lay_out(rng, county)
        records.load_tables(county)
        Chain(rng, county, land, scale).run()
        records.keep_books(county, land)
        raise_seedlings(rng, county, land)
        plans.plan(rng, county)
        statements.set_prices(county)
        statements.settle_indicators(county)
        spend(rng, county, land)
        borders.contest(county)
        borders.show_gardens(county)
        borders.merge_villages(county)
        statements.Statements(rng, county).happen()
        Supervision(county).happen()
        at = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)
        follow_up(county)
        collect(TODAY, at)
        SiteSetting.create(key=DEMO_KEY, value=True)
        audit.record_system("demo.load", "", seed=seed)
    return names


def _is_empty() -> bool:
    """Nobody has registered or set up anything; reference tables do not count."""
    return not any(model.select().exists() for model in (Party, User, Plot, Lot))


def _summary(seconds: float, names: list[str]) -> list[str]:
    """What was loaded, and who may sign in."""
    kinds = dict(Lot.select(Lot.kind, fn.COUNT(Lot.id)).group_by(Lot.kind).tuples())
    mu = format_mu(int(Plot.select(fn.SUM(Plot.area_m2)).scalar()))
    townships = [name for name in names if name.startswith(TOWNSHIP)]
    return [
        f"演示县已装入，用时 {seconds:.0f} 秒：",
        f"  {Plot.select().count()} 块地共 {mu} 亩，{Party.select().count()} 个主体，{SurvivalVisit.select().count()} 次查验",
        f"  {Lot.select().count()} 个批次（采收 {kinds['harvest']}、收购 {kinds['receipt']}、包装 {kinds['pack']}），"
        f"{ProcessRun.select().count()} 次加工，{LabelRun.select().count()} 批标签，{UnitScan.select().count()} 枚码被查询",
        f"  {Application.select().count()} 份申报，{PlanRecord.select().count()} 条任务",
        f"演示账号：{' '.join(name for name in names if name not in townships)}",
        f"乡镇账号：{' '.join(townships)}",
    ]
