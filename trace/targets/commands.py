"""``flask --app wsgi report progress --period 2026Q3 --format pdf|xlsx|json --out FILE``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from trace.db import db
from trace.targets import papers, queries, rules

group = AppGroup("report", help="报表 / reports")


@group.command("progress")
@click.option("--period", required=True)
@click.option("--format", "kind", type=click.Choice(["pdf", "xlsx", "json"]), default="pdf")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--township", default=None, help="9 位乡镇代码；不填为全县")
def progress(period: str, kind: str, out: Path, township: str | None) -> None:
    """Write the township progress report."""
    try:
        rules.quarter_end(period)
    except ValueError as error:
        raise click.ClickException("统计期请写成 2026 或 2026Q3。") from error
    with db.connection_context(), current_app.test_request_context():
        found = queries.progress(period, township)
        body = {
            "json": lambda: json.dumps(papers.as_json(found), ensure_ascii=False, indent=2).encode(),
            "pdf": lambda: papers.as_pdf(found),
            "xlsx": lambda: papers.as_xlsx(found),
        }[kind]()
    out.write_bytes(body)
    click.echo(f"已写入 {out}（{len(body)} 字节）")
