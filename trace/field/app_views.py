"""Doors of the field app: the page, what makes it installable, and the worker that serves it without a network.

The three answers are the same for everybody and hold nothing of anybody; what a person sees comes through the interface (docs/adr/0008).
"""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Response, current_app, jsonify, render_template, url_for
from flask_babel import gettext as _

from trace.settings import ROOT
from trace.web.access import Access, access

bp = Blueprint("field_app", __name__, url_prefix="/field")

STATIC = ROOT / "static"
BESIDES = ("icons/sprite.svg", "vendor/jsqr-1.4.0/jsQR.js")
"""What the app uses besides its own folder."""
COLOUR = "#123f27"


@bp.get("/app")
@access(Access.PUBLIC)
def app() -> str:
    """The page of the app; everything on it is drawn by the modules in static/field."""
    return render_template("field/app.html")


@bp.get("/app.webmanifest")
@access(Access.PUBLIC)
def manifest() -> Response:
    """What a phone needs to put the app on its home screen."""
    page = url_for("field_app.app")
    icons = [
        {"src": url_for("static", filename=f"field/{name}"), "sizes": size, "type": kind, "purpose": purpose}
        for name, size, kind, purpose in (
            ("icon.svg", "any", "image/svg+xml", "any"),
            ("icon-192.png", "192x192", "image/png", "any"),
            ("icon-512.png", "512x512", "image/png", "any"),
            ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        )
    ]
    answer = jsonify({
        "id": page, "name": _("衡南土枇杷田间记录"), "short_name": _("田间记录"), "lang": "zh-CN", "dir": "ltr", "start_url": page,
        "scope": "/field/", "display": "standalone", "orientation": "portrait", "theme_color": COLOUR, "background_color": COLOUR,
        "description": _("没有信号也能记采收、施药、施肥、管护、巡查。"), "categories": ["business", "productivity"], "icons": icons,
    })  # fmt: skip
    answer.content_type = "application/manifest+json"
    return answer


@bp.get("/sw.js")
@access(Access.PUBLIC)
def worker() -> Response:
    """The service worker, told which files make this version of the shell. A changed file changes the version, and so these bytes."""
    shell = json.dumps({"version": shell_version(), "page": url_for("field_app.app"), "files": shell_addresses()})
    text = (STATIC / "field/sw.js").read_text(encoding="utf-8")
    return Response(f"self.SHELL = {shell};\n{text}", mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


def shell_files() -> list[str]:
    """Files of the app below static/, without the worker itself."""
    own = (path for path in (STATIC / "field").iterdir() if path.is_file() and path.name != "sw.js")
    return sorted(f"field/{path.name}" for path in own) + list(BESIDES)


def shell_addresses() -> list[str]:
    """Everything the worker keeps: the page, the manifest, every file."""
    pages = [url_for("field_app.app"), url_for("field_app.manifest")]
    return pages + [url_for("static", filename=name) for name in shell_files()]


def shell_version() -> str:
    """A digest of all that the worker keeps; the ribbon of the demo county counts too."""
    digest = hashlib.sha256(b"demo" if current_app.extensions["demo_mode"]() else b"")
    for path in [*(STATIC / name for name in shell_files()), ROOT / "templates/field/app.html"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
