"""``flask --app wsgi alerts digest``: what the worker does by itself every hour."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from trace.alerts import jobs
from trace.db import db

group = AppGroup("alerts", help="提醒 / alerts")


@group.command("digest")
def digest() -> None:
    """Mark what is overdue and bring every inbox up to date now."""
    with db.connection_context():
        found = jobs.digest()
    click.echo("待办提醒 {open} 条，新增 {opened}，已办结 {closed}，新增逾期标记 {late}。".format(**found))
