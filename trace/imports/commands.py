"""``flask --app wsgi import KIND FILE``: the same import as on the page, with its report on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trace.accounts import queries as accounts
from trace.core.errors import TraceError
from trace.db import db
from trace.imports import services
from trace.imports.kinds import KINDS
from trace.imports.models import ImportRun


@click.command("import")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，什么也不写")
@click.option("--valid-rows", is_flag=True, help="只导入正确的行；默认有错就一行不导")
@click.option("--user", "username", default="bureau", show_default=True, help="以哪个账号的权限导入")
def import_file(kind: str, file: Path, dry_run: bool, valid_rows: bool, username: str) -> None:
    """Import a table or map file; every mistake is told with row and column; ends with 1 when rows were left out."""
    with db.connection_context():
        user = accounts.user_named(username)
        if user is None or user.disabled:
            raise click.ClickException(f"没有账号 {username}，请用 --user 指定。")
        actor = accounts.actor_of(user)
        try:
            run = services.check(actor, services.receive(actor, kind, file.name, file.read_bytes()))
            if run.state == "checked":
                mistakes = services.mistakes_of(actor, run)
                for mistake in mistakes:
                    click.echo(services.told(mistake))
                _finish(actor, run, dry_run, valid_rows)
            else:
                raise click.ClickException(run.message["template"] % run.message["values"])
        except TraceError as error:
            raise click.ClickException(str(error)) from error
    if mistakes:
        sys.exit(1)


def _finish(actor: accounts.Actor, run: ImportRun, dry_run: bool, valid_rows: bool) -> None:
    click.echo(f"共 {run.rows} 行，正确 {run.good} 行，错误 {run.mistakes} 处。")
    if dry_run or not run.good or (run.mistakes and not valid_rows):
        services.discard(actor, run.code)
        click.echo(
            "只做了检查，没有写入。"
            if dry_run
            else "有错误，没有导入任何一行；改好再导，或加 --valid-rows 只导入正确的行。"
            if run.mistakes
            else "没有可导入的行。"
        )
        return
    done = services.apply(actor, run.code, "valid" if valid_rows else "all")
    click.echo(f"已导入 {done.good} 行，导入编号 {done.code}，可在“批量导入”页撤销。")
