"""WeasyPrint with a fetcher that knows only the project's fonts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import render_template
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from trace.settings import ROOT

FONTS = ROOT / "static" / "fonts"
FACES = (
    ("Noto Sans SC", 400, "NotoSansSC-Regular.ttf"),
    ("Noto Sans SC", 700, "NotoSansSC-Bold.ttf"),
    ("Noto Serif SC", 400, "NotoSerifSC-Regular.ttf"),
)
SCHEME = "trace-font:"


class FontsOnly(URLFetcher):
    """Serves the project's own fonts under a scheme of its own and refuses everything else: no files, no network."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Bytes of one of our fonts; ValueError for any other address."""
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or name not in {face[2] for face in FACES}:
            raise ValueError(f"refused: {url[:60]}")
        return URLFetcherResponse(url, (FONTS / name).read_bytes(), {"Content-Type": "font/ttf"})


def font_path(name: str) -> Path:
    """Where one of the project's fonts lies."""
    return FONTS / name


def render(template: str, **context: Any) -> bytes:
    """A template as PDF bytes."""
    return html_to_pdf(render_template(template, **context))


def html_to_pdf(html: str, *, finisher: Any = None) -> bytes:
    """HTML as PDF bytes, fonts subset and embedded."""
    fonts, sheet = _fonts()
    document = HTML(string=html, url_fetcher=FontsOnly(), base_url="trace-font:")
    return document.write_pdf(stylesheets=[sheet], font_config=fonts, finisher=finisher)


@lru_cache(maxsize=1)
def _fonts() -> tuple[FontConfiguration, CSS]:
    rules = "".join(
        f"@font-face{{font-family:'{family}';font-weight:{weight};src:url('{SCHEME}{name}')}}"
        for family, weight, name in FACES
    )
    fonts = FontConfiguration()
    return fonts, CSS(string=rules, font_config=fonts, url_fetcher=FontsOnly())
