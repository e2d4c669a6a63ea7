"""Public doors of the log: what it is, its checkpoints, tiles, proofs, and the entries written to be read."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from trace.audit.words import PUBLIC_FACTS
from trace.core.errors import NotFound
from trace.core.merkle import HASH_BYTES
from trace.log import keeper, queries, tiles
from trace.web.access import Access, access

bp = Blueprint("log", __name__, url_prefix="/log")
FOREVER = "public, max-age=31536000, immutable"


@bp.get("")
@access(Access.PUBLIC)
def about() -> ResponseReturnValue:
    """What the log proves and what it does not, its key, and its newest roots."""
    return render_template("log/about.html", checkpoints=queries.checkpoints(), verifier=keeper.signer().verifier)


@bp.get("/checkpoint")
@access(Access.PUBLIC)
def checkpoint() -> ResponseReturnValue:
    """The newest signed root as a note."""
    found = queries.latest_checkpoint()
    if found is None:
        raise NotFound("日志还没有签发检查点。")
    return _raw(found.note, "text/plain; charset=utf-8", "no-cache")


@bp.get("/tile/<int:level>/<path:number>")
@access(Access.PUBLIC)
def tile(level: int, number: str) -> ResponseReturnValue:
    """The hashes of a tile (C2SP tlog-tiles): full ones never change; a narrower width is a prefix."""
    try:
        place, width = tiles.read_tile_path(number)
    except ValueError as error:
        raise NotFound() from error
    hashes = tiles.tile(level, place)
    if len(hashes) < width * HASH_BYTES:
        raise NotFound()
    return _raw(hashes[: width * HASH_BYTES], "application/octet-stream", FOREVER)


@bp.get("/entry/<leaf>")
@access(Access.PUBLIC)
def entry(leaf: str) -> ResponseReturnValue:
    """The exact bytes of a public entry: SHA-256 over 0x00 and these bytes is the leaf."""
    return _raw(bytes(queries.public_entry(leaf.lower()).body), "application/json; charset=utf-8", FOREVER)


@bp.get("/proof/<leaf>")
@access(Access.PUBLIC)
def proof(leaf: str) -> ResponseReturnValue:
    """That the entry stands in the newest signed tree."""
    found = queries.inclusion(leaf.lower())
    return jsonify(number=found.number, size=found.size, hashes=_encoded(found.hashes), checkpoint=found.note)


@bp.get("/consistency/<int:old>/<int:size>")
@access(Access.PUBLIC)
def consistency(old: int, size: int) -> ResponseReturnValue:
    """That the tree of ``old`` leaves is the beginning of the tree of ``size``."""
    return jsonify(hashes=_encoded(queries.consistency(old, size)))


@bp.get("/check/<leaf>")
@access(Access.PUBLIC)
def check(leaf: str) -> ResponseReturnValue:
    """A public entry with its proof; the reader's own browser checks both."""
    found = queries.public_entry(leaf.lower())
    return render_template(
        "log/check.html", entry=found, facts=_facts(json.loads(bytes(found.body))), verifier=keeper.signer().verifier
    )


def _facts(said: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Key, word and value of what an entry says, in reading order."""
    return [(key, word, said["detail"][key]) for key, word in PUBLIC_FACTS.items() if key in said["detail"]]


def _encoded(hashes: list[bytes]) -> list[str]:
    return [b64encode(item).decode() for item in hashes]


def _raw(body: str | bytes, mimetype: str, caching: str) -> Response:
    return Response(body, content_type=mimetype, headers={"Cache-Control": caching})
