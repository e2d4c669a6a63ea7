"""The fast way in: a WSGI layer before Flask that answers ``/t/<code>`` from kept pages (ADR 0013).

It does what the view does, in the same order and with the same functions: check the code, read its state, count the scan, fill the page. Whatever is
out of the ordinary (an unknown code, somebody signed in, another verb, a machine that wants the link set, a page not kept yet, a database in trouble)
goes on to Flask, whose answer it learns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from peewee import PeeweeException

from trace.scan import answers
from trace.scan.pages import Pages
from trace.web.language import COOKIE, LANGUAGES

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

KEPT_UNDER = "trace.scan.kept"
"""Where the view leaves the key of the page it kept."""
PREFIX = "/t/"
_NOT_KEPT = frozenset({"content-length", "date"})


class Express:
    """Wraps the application."""

    def __init__(self, inner: Application, pages: Pages, session_cookie: str) -> None:
        """``session_cookie``: whoever carries it is served by Flask, whose answer must then not be stored."""
        self._inner, self._pages, self._session = inner, pages, session_cookie

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer a scan, or pass the request on."""
        language = self._language(environ)
        if language is None:
            return self._inner(environ, start_response)
        try:
            seen = answers.look(environ["PATH_INFO"][len(PREFIX) :])
        except PeeweeException:
            seen = None
        page = self._pages.find((*seen.key, language)) if seen is not None else None
        if seen is None or page is None or not page.headers:
            return self._learn(environ, start_response)
        answers.count(seen, environ)
        body = page.filled(seen)
        start_response("200 OK", [*page.headers, ("Content-Length", str(len(body)))])
        return [body]

    def _language(self, environ: Environ) -> str | None:
        """The language of the page, or None when this is not an ordinary scan."""
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX) or "/" in path[len(PREFIX) :] or environ["REQUEST_METHOD"] != "GET":
            return None
        if "linkset" in environ.get("HTTP_ACCEPT", ""):
            return None
        chosen, cookies, query = "zh", environ.get("HTTP_COOKIE", ""), environ.get("QUERY_STRING", "")
        if cookies:
            if self._session in cookies:
                return None
            chosen = _cookie(cookies)
        if query:
            if "linkType" in query:
                return None
            chosen = parse_qs(query).get("lang", [chosen])[0]
        return LANGUAGES.get(chosen, LANGUAGES["zh"])

    def _learn(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Let Flask answer, and keep the headers of a page it kept."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            page = self._pages.find(environ[KEPT_UNDER]) if KEPT_UNDER in environ and status.startswith("200") else None
            if page is not None and not any(name.lower() == "set-cookie" for name, _ in headers):
                page.headers = [(name, value) for name, value in headers if name.lower() not in _NOT_KEPT]
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self._inner(environ, start)


def _cookie(text: str) -> str:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return "zh"
    return found.value if found else "zh"
