"""QR symbols and label sheets against the plain ways of making them."""

from __future__ import annotations

from io import BytesIO
from random import Random
from tempfile import TemporaryDirectory

import qrcode
from flask import render_template
from qrcode.image.svg import SvgPathImage
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bench.harness import Ratio, compare, made, timed
from trace.app import create_app
from trace.core.identifiers import CROCKFORD
from trace.core.public_code import grouped
from trace.labels.sheets import COLUMNS, LABEL_H, LABEL_W, PER_PAGE, TOP, Label, imprints
from trace.pdf import font_path, html_to_pdf
from trace.pdf.imprint import finisher
from trace.pdf.symbols import maker
from trace.settings import load_settings

BASE = "https://trace.example.cn"
PREFIX = f"{BASE}/t/"
LINES = {
    "name": "土枇杷干果", "net": "250 克", "origin": "松江镇凉市村", "lot": "K26-0001", "made": "2026-07-18", "before": "2027-07-18",
    "holder": "青岭土枇杷专业合作社",
}  # fmt: skip
PAGES = 10


def run(rounds: int) -> list[Ratio]:
    """Symbols per second, and the cost of a label on an A4 sheet of 24."""
    codes = _codes(PAGES * PER_PAGE)
    with TemporaryDirectory() as folder, create_app(load_settings(instance=folder)).test_request_context():
        return [
            _symbols(codes, rounds),
            compare(
                "label sheet, per label", "WeasyPrint flex + qrcode SVG", theirs=lambda: timed(lambda: _plain(codes[:24])) * PAGES,
                ours=lambda: timed(lambda: _ours(codes)), at_most=1 / 15, rounds=rounds,
            ),
            compare(
                "label sheet, per label", "ReportLab drawing rectangles", theirs=lambda: timed(lambda: _reportlab(codes)),
                ours=lambda: timed(lambda: _ours(codes)), at_most=1.0, rounds=rounds,
            ),
        ]  # fmt: skip


def _symbols(codes: list[str], rounds: int) -> Ratio:
    """How many times more symbols a second than `qrcode` with its defaults, as SVG paths both."""
    symbols = maker(PREFIX, 20)
    ratios = []
    for _ in range(rounds):
        theirs = timed(lambda: [_default_svg(code) for code in codes[:20]]) / 20
        ours = timed(lambda: [symbols.path(code) for code in codes], 20) / (20 * len(codes))
        ratios.append(theirs / ours)
    return made("QR symbols, times faster", "qrcode defaults, SVG path", "≥ 150", ratios, lambda value: value >= 150)


def _default_svg(code: str) -> bytes:
    symbol = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    symbol.add_data(PREFIX + code)
    return symbol.make_image(image_factory=SvgPathImage).to_string()


def _ours(codes: list[str]) -> bytes:
    pages = [
        [
            Label(place % COLUMNS * LABEL_W, TOP + place // COLUMNS * LABEL_H, code)
            for place, code in enumerate(codes[start : start + PER_PAGE])
        ]
        for start in range(0, len(codes), PER_PAGE)
    ]
    html = render_template(
        "labels/sheet_a4_3x8.html", pages=pages, lines=LINES, run={"no": "BQ26-0001"}, grouped=grouped
    )
    return html_to_pdf(html, finisher=finisher([imprints(page, BASE) for page in pages]))


def _plain(codes: list[str]) -> bytes:
    """What one would write first: a flex box per label, the symbol as inline SVG."""
    labels = "".join(
        f"<div class=l>{_default_svg(code).decode()}<div><b>{LINES['name']}</b>"
        + "".join(f"<p>{LINES[key]}</p>" for key in ("net", "origin", "lot", "made"))
        + f"<p>{grouped(code)}</p></div></div>"
        for code in codes
    )
    style = (
        "@page{size:A4;margin:0}body{font:7pt 'Noto Sans SC';display:flex;flex-wrap:wrap;margin:0}p{margin:0}"
        ".l{display:flex;width:70mm;height:37mm}svg{width:26mm;height:26mm}"
    )
    return html_to_pdf(f"<style>{style}</style>{labels}")


def _reportlab(codes: list[str]) -> bytes:
    """The same sheet with ReportLab: text lines and one rectangle for each run of dark modules."""
    pdfmetrics.registerFont(TTFont("Sans", font_path("NotoSansSC-Regular.ttf")))
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    symbols = maker(PREFIX, 20)
    for number, code in enumerate(codes):
        place = number % PER_PAGE
        if number and place == 0:
            canvas.showPage()
        left, top = place % COLUMNS * LABEL_W * mm, A4[1] - (TOP + place // COLUMNS * LABEL_H) * mm
        module = 29 * mm / (symbols.size + 8)
        width = -(-symbols.size // 8)
        image = symbols.image(code)
        for row in range(symbols.size):
            bits = f"{int.from_bytes(image[row * width : (row + 1) * width], 'big'):0{width * 8}b}"
            at = 0
            for dark in bits.split("0"):
                if dark:
                    canvas.rect(
                        left + 3 * mm + (at + 4) * module, top - 4 * mm - (row + 5) * module, len(dark) * module, module, 0, 1
                    )  # fmt: skip
                at += len(dark) + 1
        canvas.setFont("Sans", 7)
        for line, key in enumerate(("name", "net", "origin", "lot", "made", "holder")):
            canvas.drawString(left + 30 * mm, top - (6 + 3.3 * line) * mm, LINES[key])
        canvas.drawString(left + 2 * mm, top - 32 * mm, grouped(code))
    canvas.save()
    return out.getvalue()


def _codes(count: int) -> list[str]:
    rng = Random(3)
    return ["".join(rng.choice(CROCKFORD) for _ in range(20)) for _ in range(count)]
