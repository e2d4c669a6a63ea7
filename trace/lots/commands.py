"""Commands of the ledger: ``flask --app wsgi trace back|forward CODE [--json]``."""

from __future__ import annotations

import json
import sys

import click
from flask.cli import AppGroup

from trace.core.units import format_kg
from trace.db import db
from trace.lots import queries, tracing

group = AppGroup("trace", help="批次追溯 / genealogy of a lot")


@group.command("back")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
def back(code: str, as_json: bool) -> None:
    """Where a lot comes from."""
    _print(code, "back", as_json)


@group.command("forward")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True)
def forward(code: str, as_json: bool) -> None:
    """What was made from a lot."""
    _print(code, "forward", as_json)


def _print(code: str, direction: str, as_json: bool) -> None:
    with db.connection_context():
        lot = queries.lot_by_code(code)
        if lot is None:
            click.echo(f"没有批次 {code}。", err=True)
            sys.exit(1)
        answer = tracing.build_trace(lot, direction, None)
    if as_json:
        click.echo(json.dumps(tracing.as_json(answer), ensure_ascii=False, indent=2))
        return
    for link in answer.links:
        click.echo(f"{link.source} → {link.target}  {link.operation}  {format_kg(link.quantity_g)} 公斤")
    for share in answer.shares:
        click.echo(f"{share.lot}  {share.fraction}  {format_kg(share.quantity_g)} 公斤  {share.plot}")
