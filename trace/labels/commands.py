"""``flask --app wsgi labels print RUN --out FILE.pdf``."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from trace.core.errors import TraceError
from trace.db import db
from trace.labels import queries, sheets
from trace.labels.services import check_not_held

group = AppGroup("labels", help="标签 / label sheets")


@group.command("print")
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def print_run(run: str, out: Path) -> None:
    """Write the sheets of a label run."""
    with db.connection_context(), current_app.test_request_context():
        found = queries.run_by_no(run)
        if found is None:
            raise click.ClickException(f"没有标签单 {run}。")
        try:
            check_not_held(found.lot)
        except TraceError as error:
            raise click.ClickException(str(error)) from error
        out.write_bytes(sheets.sheet_pdf(found, current_app.config["TRACE"].base_url))
    click.echo(f"已写入 {out}（{found.count} 枚）")
