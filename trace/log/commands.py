"""``flask --app wsgi log …``: check the log, grow it, prove an entry."""

from __future__ import annotations

import json
import sys
from base64 import b64encode

import click
from flask.cli import AppGroup

from trace.audit import checks as trail
from trace.core.errors import NotFound
from trace.db import db
from trace.log import checks, keeper, queries, services

group = AppGroup("log", help="防篡改日志 / the tamper-evident log")


@group.command("verify")
def verify() -> None:
    """Recompute every entry, every tile and the newest root; name each altered row; ends with 1 when anything is found."""
    with db.connection_context():
        findings = [finding for check in (*trail.CHECKS, *checks.CHECKS) for finding in check()]
        findings += checks.check_memory(keeper.signer())
    for finding in findings:
        click.echo(finding)
    click.echo(f"发现 {len(findings)} 处问题。" if findings else "检查通过，没有发现问题。")
    if findings:
        sys.exit(1)


@group.command("grow")
def grow() -> None:
    """Place all waiting entries and sign the new root (the worker does this by itself)."""
    with db.connection_context():
        placed = 0
        while now := services.integrate():
            placed += now
        services.publish_checkpoint(keeper.signer())
        click.echo(f"收录 {placed} 条，日志现有 {queries.tree_size()} 条。")


@group.command("prove")
@click.argument("leaf")
def prove(leaf: str) -> None:
    """Print the inclusion proof of an entry by its leaf hash."""
    with db.connection_context():
        try:
            found = queries.inclusion(leaf.lower())
        except NotFound as error:
            raise click.ClickException(str(error)) from error
    hashes = [b64encode(item).decode() for item in found.hashes]
    click.echo(json.dumps({"number": found.number, "size": found.size, "hashes": hashes, "checkpoint": found.note}))


@group.command("key")
def key() -> None:
    """Print the public key that readers pin."""
    click.echo(str(keeper.signer().verifier))
