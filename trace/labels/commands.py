"""``flask --app wsgi labels print RUN --out FILE.pdf`` and the keys of label codes."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from trace.audit import record_system
from trace.core.errors import TraceError
from trace.db import db
from trace.labels import printing, queries, sheets
from trace.labels.balance import check_not_held
from trace.labels.codes import FIRST, ring

group = AppGroup("labels", help="标签 / label sheets and keys")


@group.command("print")
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def print_run(run: str, out: Path) -> None:
    """Write the sheets of a label run; every symbol is read back first."""
    settings = current_app.config["TRACE"]
    with db.connection_context():
        found = queries.run_by_no(run)
        if found is None:
            raise click.ClickException(f"没有标签单 {run}。")
        try:
            check_not_held(found.lot)
            path = sheets.stored_sheet(settings.instance, found)
            if not path.exists():
                printing.draw(found, settings.instance, settings.base_url, lambda done, total: None)
        except TraceError as error:
            raise click.ClickException(str(error)) from error
        record_system("label.print", found, count=found.count, by="command")
        shutil.copyfile(path, out)
    click.echo(f"已写入 {out}（{found.count} 枚）")


@group.command("keys")
def keys() -> None:
    """List the key versions of label codes."""
    book = ring()
    with db.connection_context():
        for version in (FIRST, *book.made):
            state = "已停用" if version in book.retired else "在用，新码用它" if version == book.current else "只验旧码"
            click.echo(f"{version}\t{state}\t{queries.runs_with_key(version)} 批标签")


@group.command("rotate-key")
def rotate_key() -> None:
    """Make a new key for codes printed from now on; labels already printed stay valid."""
    with db.connection_context():
        version = ring().rotate()
        record_system("label.rotate_key", version)
    click.echo(f"新密钥版本 {version} 已启用，旧标签照常可查。请备份 instance/label-keys.json。")


@group.command("retire-key")
@click.argument("version")
@click.option("--despite-labels", is_flag=True, help="密钥已泄露：仍在市面上的标签也一并失效")
def retire_key(version: str, despite_labels: bool) -> None:
    """Refuse codes of an old key from now on; it must have no live labels, unless the key became known."""
    with db.connection_context():
        live = queries.runs_with_key(version)
        if live and not despite_labels:
            raise click.ClickException(
                f"还有 {live} 批未作废的标签使用密钥 {version}，停用后扫码会显示不存在。确需停用请加 --despite-labels。"
            )
        try:
            ring().retire(version)
        except TraceError as error:
            raise click.ClickException(str(error)) from error
        record_system("label.retire_key", version, live=live)
    click.echo(f"密钥版本 {version} 已停用。")
