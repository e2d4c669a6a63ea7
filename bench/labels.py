"""QR symbols and label sheets against the plain ways of making them."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

import qrcode
from qrcode.image.svg import SvgPathImage
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bench.harness import Ratio, compare, made, timed
from trace.core.identifiers import CROCKFORD
from trace.core.public_code import grouped
from trace.layouts.drawing import Design, design
from trace.layouts.press import LABELS_A_CHUNK, Job, print_run
from trace.layouts.reference import DATA
from trace.layouts.rules import KINDS, MEDIA
from trace.layouts.sandbox import render
from trace.pdf import font_path, html_to_pdf
from trace.pdf.appender import PageFile
from trace.pdf.stamp import RESOURCES
from trace.pdf.symbols import maker

BASE = "https://trace.example.cn"
PREFIX = f"{BASE}/t/"
LINES = KINDS["pack"].samples
SHEET = MEDIA["a4_3x8"]
PER_PAGE, COLUMNS, (LABEL_W, LABEL_H), TOP = SHEET.per_page, SHEET.columns, SHEET.size, SHEET.top
PAGES = 10
LONG, HALF = 9600, 4800
"""Labels of the run that is split between two processes."""


def run(rounds: int) -> list[Ratio]:
    """Symbols per second, and the cost of a label on an A4 sheet of 24: laying out included, symbols not read back (nobody else does)."""
    codes = _codes(PAGES * PER_PAGE)
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
        compare(
            "label sheet, every symbol read back", "ReportLab drawing rectangles, unread", theirs=lambda: timed(lambda: _reportlab(codes)),
            ours=lambda: timed(lambda: _checked(codes)), at_most=1.0, rounds=rounds,
        ),
        _two_processes(rounds),
        _memory(),
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


def _two_processes(rounds: int) -> Ratio:
    """Time of two processes with half a run each, against one process with the whole; every symbol read back, both warm."""
    ratios = []
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(_part, (24, 24)))
        for _ in range(rounds):
            begun = perf_counter()
            pool.submit(_part, LONG).result()
            alone = perf_counter() - begun
            begun = perf_counter()
            list(pool.map(_part, (HALF, HALF)))
            ratios.append((perf_counter() - begun) / alone)
    return made("labels, two processes", "one process", "≤ 0.65", ratios, lambda value: value <= 0.65)


def _memory() -> Ratio:
    """Peak memory of a process after 20 chunks against after one: what grows with the run."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        first, last = pool.submit(_peaks).result()
    return made(
        "labels, memory of 20 chunks", "memory of one chunk", "≤ 1.1", [last / first], lambda value: value <= 1.1
    )


def _peaks() -> tuple[int, int]:
    _part(LABELS_A_CHUNK)
    first = _peak()
    _part(20 * LABELS_A_CHUNK)
    return first, _peak()


def _peak() -> int:
    """Most memory this process ever held, in kB (``getrusage`` would remember its parent's)."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


def _part(count: int) -> int:
    codes = _codes(min(count, 2000))
    with TemporaryDirectory() as folder:
        job = Job(_design(), count, lambda n: _label(codes[n % len(codes)]))
        return print_run(job, Path(folder) / "labels.pdf").stat().st_size


def _default_svg(code: str) -> bytes:
    symbol = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    symbol.add_data(PREFIX + code)
    return symbol.make_image(image_factory=SvgPathImage).to_string()


def _design() -> Design:
    return design(render((DATA / "pack.txt").read_text("utf-8"), LINES), "pack", "a4_3x8", 600, PREFIX)


def _label(code: str) -> tuple[str, dict[str, str]]:
    return code, {"code": grouped(code)}


def _ours(codes: list[str]) -> bytes:
    """Lay the label out, stamp it on sheets, write the file; nothing is read back, as in what it is compared with."""
    plan = _design()
    with TemporaryDirectory() as folder:
        file = PageFile(Path(folder) / "labels.pdf", plan.stamp.base, RESOURCES, SHEET.page)
        pages = [
            plan.page([plan.label(place, *_label(code)) for place, code in enumerate(codes[start : start + PER_PAGE])])
            for start in range(0, len(codes), PER_PAGE)
        ]
        file.add(pages)
        return file.finish().read_bytes()


def _checked(codes: list[str]) -> int:
    with TemporaryDirectory() as folder:
        return (
            print_run(Job(_design(), len(codes), lambda n: _label(codes[n])), Path(folder) / "labels.pdf")
            .stat()
            .st_size
        )


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
