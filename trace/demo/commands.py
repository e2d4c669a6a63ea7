"""``flask --app wsgi demo load [--seed N] [--scale N] [--if-empty]``."""

from __future__ import annotations

import os
import secrets
import time
from random import Random

import click
from flask import current_app
from flask.cli import AppGroup

from trace import audit
from trace.db import db
from trace.demo import people, plans, plots
from trace.demo.chain import Chain
from trace.demo.money import spend
from trace.desk.demo_flag import DEMO_KEY
from trace.land.models import Plot
from trace.lots.models import Lot
from trace.registry.models import Party, SiteSetting
from trace.registry.reference import load_reference
from trace.targets.reference import load_goals

SEED = 20220308
group = AppGroup("demo", help="演示县 / the demo county")


@group.command("load")
@click.option("--seed", type=int, default=SEED, help="相同的种子得到相同的县")
@click.option("--scale", type=click.FloatRange(0.1, 1.0), default=1.0, help="规模，1 为整县")
@click.option("--if-empty", is_flag=True, help="数据库不空则什么也不做")
def load(seed: int, scale: float, if_empty: bool) -> None:
    """Fill an empty database with the demo county."""
    with db.connection_context(), current_app.test_request_context():
        if Party.select().exists():
            if if_empty:
                return
            raise click.ClickException("数据库里已有数据，演示县只能装入空库。")
        password = os.environ.get("TRACE_DEMO_PASSWORD") or secrets.token_urlsafe(9)
        began = time.monotonic()
        click.echo("正在装入演示县……")
        names = build(seed, scale, password)
        click.echo(
            f"演示县已装入：{Plot.select().count()} 块地、{Party.select().count()} 个主体、{Lot.select().count()} 个批次，"
            f"用时 {time.monotonic() - began:.0f} 秒。"
        )
        click.echo(f"演示账号：{' '.join(name for name in names if not name.startswith('township-'))} township-430422122 …")
        click.echo(f"演示密码：{password}" if "TRACE_DEMO_PASSWORD" not in os.environ else "演示密码：取自 TRACE_DEMO_PASSWORD")


def build(seed: int, scale: float, password: str) -> list[str]:
    """Everything in one transaction; returns the sign-in names."""
    rng = Random(seed)  # nosec B311 - invented data, not secrets
    with db.atomic():
        load_reference()
        load_goals()
        county = people.settle(rng, scale)
        names = people.open_accounts(county, password)
        land = plots.lay_out(rng, county)
        Chain(rng, county, land, scale).run()
        plans.plan(rng, county)
        spend(rng, county, land)
        SiteSetting.create(key=DEMO_KEY, value=True)
        audit.record_system("demo.load", "", seed=seed)
    return names
