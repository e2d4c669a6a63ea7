"""``flask --app wsgi quality draw [--week 2026-07-13] [--seed TEXT]``."""

from __future__ import annotations

import sys
from datetime import datetime

import click
from flask.cli import AppGroup

from trace.core.clock import business_date
from trace.core.errors import TraceError
from trace.db import db
from trace.quality import sampling, sampling_rules

group = AppGroup("quality", help="抽查 / inspections")


@group.command("draw")
@click.option("--week", type=click.DateTime(["%Y-%m-%d"]), help="那一周的任意一天，默认上一周")
@click.option("--seed", default="", help="抽签种子，默认随机；同样的种子抽出同样的记录")
def draw(week: datetime | None, seed: str) -> None:
    """Draw records of a week to be inspected, as the worker does by itself."""
    with db.connection_context():
        day = week.date() if week else sampling_rules.last_week(business_date())[0]
        try:
            row = sampling.draw(None, day, seed=seed)
        except TraceError as error:
            click.echo(str(error), err=True)
            sys.exit(1)
        click.echo(f"{row.code}：{row.first_day} 至 {row.last_day}，共 {len(row.population)} 条，种子 {row.seed}")
        for kind, record in sorted(sampling.again(row)):
            click.echo(f"  {sampling_rules.RECORD_KINDS[kind]} {record}")
