"""The commands of the contract: ``flask --app wsgi …``."""

from __future__ import annotations

import secrets
import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from trace.accounts import services as accounts
from trace.alerts import commands as alerts
from trace.alerts import jobs as alerts_jobs
from trace.core.actor import Role
from trace.core.errors import TraceError
from trace.db import db, migrate, upkeep
from trace.demo import commands as demo
from trace.field import commands as records
from trace.imports import commands as imports
from trace.invariants import all_findings
from trace.jobs import queue
from trace.jobs.sole import sole_worker
from trace.labels import commands as labels
from trace.layouts import reference as layouts
from trace.log import commands as log_commands
from trace.log import keeper
from trace.lots import commands as lots
from trace.quality import commands as quality
from trace.quality import jobs as weekly
from trace.recalls import commands as recalls
from trace.recalls import jobs as reminders
from trace.registry import initials, reference
from trace.sync import waiting
from trace.targets import commands as targets
from trace.targets import reference as goals

database = AppGroup("db", help="数据库迁移 / migrations")
users = AppGroup("user", help="账号 / accounts")


def register(app: Flask) -> None:
    """Attach all commands."""
    for group in (
        database,
        users,
        log_commands.group,
        lots.group,
        labels.group,
        targets.group,
        records.group,
        demo.group,
        quality.group,
        alerts.group,
        recalls.group,
    ):
        app.cli.add_command(group)
    app.cli.add_command(worker)
    app.cli.add_command(check_data)
    app.cli.add_command(imports.import_file)


@database.command("upgrade")
@click.argument("target", required=False)
def upgrade(target: str | None) -> None:
    """Apply pending migrations and load the reference tables."""
    with db.connection_context():
        for name in migrate.upgrade(db.obj, target):
            click.echo(f"✓ {name}")
        if target is None:
            reference.load_reference()
            layouts.load_layouts()
            goals.load_goals()
            initials.bring_up_to_date()
        upkeep.refresh_statistics()
    click.echo("数据库已是最新。")


@database.command("downgrade")
@click.argument("target", required=False)
def downgrade(target: str | None) -> None:
    """Revert the newest migration, or all back through TARGET."""
    with db.connection_context():
        for name in migrate.downgrade(db.obj, target):
            click.echo(f"↩ {name}")


@database.command("status")
def status() -> None:
    """List migrations and when each was applied."""
    with db.connection_context():
        for item in migrate.status(db.obj):
            click.echo(f"{item.applied or '—':<28} {item.name}")


@users.command("create")
@click.argument("username")
@click.option("--name", required=True, help="姓名")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--password", envvar="TRACE_NEW_PASSWORD", help="不填则生成一次性密码")
def create_user(username: str, name: str, roles: tuple[str, ...], password: str | None) -> None:
    """Create an account; without a password a one-time one is made and printed."""
    secret = password or secrets.token_urlsafe(12)
    with db.connection_context(), _said():
        user = accounts.create_user(
            None, username=username, display_name=name, password=secret, roles=[Role(role) for role in roles]
        )
        click.echo(f"已建立账号 {user.username}" + ("" if password else f"，一次性密码：{secret}"))


@users.command("disable")
@click.argument("username")
def disable_user(username: str) -> None:
    """Stop an account and end its sessions."""
    with db.connection_context(), _said():
        accounts.disable_user(None, username)
        click.echo(f"账号 {username} 已停用。")


@users.command("reset")
@click.argument("username")
def reset_user(username: str) -> None:
    """Give an account a new one-time password."""
    secret = secrets.token_urlsafe(12)
    with db.connection_context(), _said():
        accounts.set_password(None, username, secret)
        click.echo(f"账号 {username} 的一次性密码：{secret}")


@click.command("check-data")
def check_data() -> None:
    """Run every invariant; ends with 1 when anything is found."""
    _report()


@click.command("worker")
def worker() -> None:
    """Run background jobs until stopped."""
    try:
        with sole_worker(current_app.config["TRACE"].instance):
            click.echo("后台任务已启动。")
            with db.connection_context():
                queue.recover()
            queue.run_forever(between=_tend)
    except KeyboardInterrupt:
        click.echo("后台任务已停止。")


def _tend() -> None:
    """What the worker looks after between jobs."""
    keeper.tend()
    weekly.tend()
    waiting.tend()
    alerts_jobs.tend()
    reminders.tend()
    upkeep.tend()


def _report() -> None:
    with db.connection_context():
        findings = list(all_findings())
    for finding in findings:
        click.echo(finding)
    click.echo(f"发现 {len(findings)} 处问题。" if findings else "检查通过，没有发现问题。")
    if findings:
        sys.exit(1)


class _said:
    """Turn an error of the platform into a plain sentence and exit code 1."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TraceError):
            raise click.ClickException(str(error)) from error
