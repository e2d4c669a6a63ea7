"""``flask --app wsgi alerts digest|policy``: what the worker does by itself every hour, and how long documents are in force."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup

from trace.alerts import jobs, services
from trace.db import db

group = AppGroup("alerts", help="提醒 / alerts")


@group.command("digest")
def digest() -> None:
    """Mark what is overdue and bring every inbox up to date now."""
    with db.connection_context():
        found = jobs.digest()
    click.echo("待办提醒 {open} 条，新增 {opened}，已办结 {closed}，新增逾期标记 {late}。".format(**found))


@group.command("policy")
@click.argument("doc")
@click.argument("until", type=click.DateTime(["%Y-%m-%d"]))
def policy(doc: str, until: datetime) -> None:
    """Say until when a document is in force: ``alerts policy 清政办发〔2022〕7号 2027-03-08``."""
    with db.connection_context():
        services.set_policy(doc, until.date())
    click.echo(f"{doc} 有效期至 {until:%Y-%m-%d}。")
