"""Chinese first, English by switch; the choice lives in a cookie."""

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel

from trace.settings import ROOT
from trace.web.access import Access, access

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
COOKIE = "lang"

bp = Blueprint("language", __name__)


def register(app: Flask) -> None:
    """Set up the catalogue; Chinese is both the source and the default."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = LANGUAGES["zh"]
    Babel(app, locale_selector=_locale)
    app.register_blueprint(bp)


@bp.get("/language/<code>")
@access(Access.PUBLIC)
def switch(code: str) -> ResponseReturnValue:
    """Switch the language and return to the page one came from."""
    back = request.args.get("next", "/")
    response = redirect(back if is_local_path(back) else "/")
    if code in LANGUAGES:
        response.set_cookie(COOKIE, code, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


def is_local_path(target: str) -> bool:
    """Only a path of this site may follow a redirect: one slash first, no backslash, no control characters."""
    return target.startswith("/") and target[1:2] not in ("/", "\\") and target.isprintable() and "\\" not in target


def _locale() -> str:
    chosen = request.args.get("lang") or request.cookies.get(COOKIE, "zh")
    return LANGUAGES.get(chosen, LANGUAGES["zh"])
