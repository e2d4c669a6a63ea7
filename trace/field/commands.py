"""``flask --app wsgi records keep YEARS --as USER`` and ``records purge --before DATE --as USER [--really]``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click
from flask.cli import AppGroup

from trace.accounts import queries as accounts
from trace.core.actor import Actor
from trace.core.errors import TraceError
from trace.db import db
from trace.field import retention

group = AppGroup("records", help="生产记录 / production records")


@group.command("keep")
@click.argument("years", type=int)
@click.option("--as", "username", required=True, help="办理人的账号（县林业局）")
def keep(years: int, username: str) -> None:
    """Set how many years records are kept; never below the law's two."""
    _as_user(username, lambda actor: retention.set_retention(actor, years))
    click.echo(f"生产记录保存 {years} 年。")


@group.command("purge")
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="这一天以前的记录")
@click.option("--as", "username", required=True, help="办理人的账号（县林业局）")
@click.option("--really", is_flag=True, help="真正清除；不加只数不动")
def purge(before: datetime, username: str, really: bool) -> None:
    """Clear away records older than the years set; says how many, and which it keeps."""
    day: date = before.date()
    found = _as_user(username, lambda actor: retention.purge(actor, day, dry_run=not really))
    word = "已清除" if really else "可清除"
    click.echo(f"{word} {found.records} 条；{found.left} 条有锁定或事件，保留。校验值 {found.digest[:16]}")


def _as_user(username: str, act: Callable[[Actor], Any]) -> Any:
    with db.connection_context():
        user = accounts.user_named(username)
        if user is None:
            raise click.ClickException(f"没有账号 {username}。")
        try:
            return act(accounts.actor_of(user))
        except TraceError as error:
            raise click.ClickException(str(error)) from error
