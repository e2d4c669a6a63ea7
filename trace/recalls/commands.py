"""``flask --app wsgi recalls verify [CODE]``."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from trace.db import db
from trace.recalls import drills
from trace.recalls.models import MockRecall

group = AppGroup("recalls", help="召回演练 / mock recalls")


@group.command("verify")
@click.argument("code", default="")
def verify(code: str) -> None:
    """Recompute the hash of sealed drills (or of one), draw their lots again, and look whether the papers are intact."""
    with db.connection_context():
        rows = MockRecall.select().where(MockRecall.state == "sealed").order_by(MockRecall.id)
        found = list(rows.where(MockRecall.code == code) if code else rows)
        wrong = {row.code: drills.faults(row) for row in found}
    if code and not found:
        click.echo(f"没有已封存的演练 {code}。", err=True)
        sys.exit(1)
    for row in found:
        click.echo(f"{row.code} {row.sha256} {'；'.join(wrong[row.code]) or '一致'}")
    if any(wrong.values()):
        sys.exit(1)
