"""The press: what is printed is read back by independent readers, fits the printer, and survives a kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from trace.core.errors import RuleBroken
from trace.core.identifiers import CROCKFORD
from trace.core.public_code import grouped
from trace.layouts import press
from trace.layouts.drawing import Design, check_fit, design
from trace.layouts.proof import Unreadable
from trace.layouts.reference import DATA
from trace.layouts.rules import KINDS, MEDIA
from trace.layouts.sandbox import render
from trace.pdf import metrics

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "https://trace.example.cn/t/"
GS1 = "https://trace.example.cn/01/09521234000013/10/D20260722A/21/"


def codes(count: int, seed: int = 7) -> list[str]:
    rng = Random(seed)
    return ["".join(rng.choices(CROCKFORD, k=20)) for _ in range(count)]


def plan(kind: str = "pack", medium: str = "a4_3x8", dpi: int = 600, prefix: str = PREFIX, **facts: str) -> Design:
    body = (DATA / f"{kind}.txt").read_text("utf-8").strip()
    return design(render(body, {**KINDS[kind].samples, **facts}), kind, medium, dpi, prefix)


def job(of: Design, found: list[str], skipped: frozenset[int] = frozenset()) -> press.Job:
    return press.Job(
        of, len(found), lambda n: (found[n], {"code": grouped(found[n]), "number": f"{n + 1:06d}", "first": "000001", "last": "000040"}), skipped
    )  # fmt: skip


def read_pages(path: Path, scale: float = 3) -> list[list[str]]:
    with pypdfium2.PdfDocument(path) as document:
        return [[item.text for item in zxingcpp.read_barcodes(page.render(scale=scale).to_pil())] for page in document]


@pytest.mark.parametrize(
    ("kind", "medium"), [(kind, medium) for kind in KINDS for medium in KINDS[kind].media if medium != "a4_4x10"]
)
def test_every_layout_is_read_back_and_stays_inside_its_page(tmp_path, kind: str, medium: str):
    paper, found = MEDIA[medium], codes(3)
    path = press.print_run(job(plan(kind, medium, paper.dpi), found), tmp_path / "x.pdf")
    pages = read_pages(path)
    assert sorted(sum(pages, [])) == sorted(PREFIX + code for code in found)
    with pypdfium2.PdfDocument(path) as document:
        assert [round(side / 72 * 25.4) for side in document[0].get_size()] == list(paper.page)
        ink = numpy.asarray(document[0].render(scale=4).to_pil().convert("L")) < 128
        margin = round(paper.inset * 0.75 * 4 / 25.4 * 72)
        assert not ink[:margin].any() and not ink[:, :margin].any() and not ink[:, -margin:].any()
        text = "".join(document[0].get_textpage().get_text_range().split())
        assert all(grouped(code) in text for code in found[: paper.per_page])


def test_used_places_of_the_first_sheet_are_left_free(tmp_path):
    found = codes(30)
    path = press.print_run(job(plan(), found, frozenset({0, 1, 2, 3, 23})), tmp_path / "x.pdf")
    first, second = read_pages(path)
    assert (len(first), len(second)) == (19, 11)
    with pypdfium2.PdfDocument(path) as document:
        ink = numpy.asarray(document[0].render(scale=2).to_pil().convert("L")) < 128
    row = round(37 / 25.4 * 72 * 2)
    assert not ink[: row - 4].any(), "the first row is used up"
    assert not ink[row : 2 * row - 8, : round(70 / 25.4 * 144) - 4].any()


@pytest.mark.parametrize("medium", ["a4_3x8", "roll_60x40", "roll_100x75"])
def test_rare_characters_have_their_glyphs(tmp_path, medium: str):
    facts = {"name": "坵喆堃㎡玥昇镕珺祎旻晞翀", "origin": "长坵村〔一〕", "holder": "喆堃合作社"}
    path = press.print_run(job(plan("pack", medium, MEDIA[medium].dpi, **facts), codes(2)), tmp_path / "x.pdf")
    used: dict[str, set[int]] = {}
    with pikepdf.open(path) as pdf:
        resources = pdf.pages[0].Resources
        for stream in (resources.XObject["/Label"], *pdf.pages):
            font = ""
            for operands, operator in pikepdf.parse_content_stream(stream):
                if str(operator) == "Tf":
                    font = str(operands[0])
                elif str(operator) in ("TJ", "Tj"):
                    for part in operands[0] if str(operator) == "TJ" else [operands[0]]:
                        if isinstance(part, pikepdf.String):
                            raw = bytes(part)
                            used.setdefault(font, set()).update(
                                int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)
                            )
        assert used and all(0 not in glyphs for glyphs in used.values()), ".notdef is glyph 0"
        for name in used:
            descriptor = resources.Font[name].DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor, "embedded"
            known = resources.Font[name].ToUnicode.read_bytes().decode()
            told = {int(cid, 16) for cid in re.findall(r"<([0-9a-f]{4})> <", known)}
            assert used[name] <= told, "every glyph has its character"
    with pypdfium2.PdfDocument(path) as document:
        text = "".join(document[0].get_textpage().get_text_range().split())
    assert all(word in text for word in facts.values())


def test_a_character_the_font_lacks_is_refused():
    assert metrics.missing("坵喆堃㎡") == "" and metrics.missing("土\U0001f34a") == "\U0001f34a"
    with pytest.raises(RuleBroken, match="字体里没有‘\U0001f34a’，印不出来"):
        plan(name="土\U0001f34a枇杷")


def test_modules_are_whole_dots_and_never_finer_than_the_printer_can():
    for medium, dpi, level in (
        ("roll_60x40", 203, "M"),
        ("roll_100x75", 203, "H"),
        ("roll_100x75", 300, "H"),
        ("a4_3x8", 600, "Q"),
    ):
        fit = check_fit(["{code}"], "pack", medium, dpi, GS1)[0]
        assert fit.module == pytest.approx(fit.dots * 25.4 / dpi) and fit.module >= 0.4
        assert fit.level == level, "the best error correction that leaves the modules large enough"
    far = (
        "https://" + "a-very-long-name-of-a-county-platform." * 3 + "example.gov.cn/01/09521234000013/10/D20260722A/21/"
    )
    with pytest.raises(
        RuleBroken, match=r"203 dpi 的打印机在热敏卷 60×40 毫米上印这个二维码，每格只有 0\.\d+ 毫米，不足 0\.4 毫米"
    ):
        plan("pack", "roll_60x40", 203, far)


def test_a_text_too_long_for_the_paper_is_refused():
    with pytest.raises(RuleBroken, match="文字放不下"):
        plan("pack", "roll_60x40", 203, holder="很长的名字" * 40)


def test_a_code_of_wide_letters_is_pressed_together_not_cut(tmp_path):
    wide = ["W" * 20, "M" * 20]
    path = press.print_run(job(plan(), wide), tmp_path / "x.pdf")
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        text = page.get_textpage()
        right = max(text.get_charbox(n)[2] for n in range(text.count_chars()) if text.get_text_range(n, 1) == "W")
    assert right <= 66.2 / 25.4 * 72


def test_a_run_with_a_wrong_symbol_is_not_released(tmp_path, monkeypatch):
    of = plan()
    found, real = codes(30), of.symbols.image
    monkeypatch.setattr(
        type(of.symbols), "image", lambda self, code: real(found[0]) if code == found[17] else real(code)
    )
    with pytest.raises(Unreadable):
        press.print_run(job(of, found), tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_a_page_where_symbols_are_hidden_is_not_released(tmp_path, monkeypatch):
    of = plan()
    monkeypatch.setattr(
        Design, "page", lambda self, labels, real=Design.page: real(self, labels) + b"\n0 g 0 0 300 300 re f"
    )
    with pytest.raises(Unreadable):
        press.print_run(job(of, codes(24)), tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def photographed(symbol: Image.Image, rng: Random, *, turn: float, blur: float) -> Image.Image:
    """A symbol as a phone sees it: two camera pixels a printer's dot, turned, out of focus."""
    seen = symbol.resize((symbol.width * 2, symbol.height * 2), Image.Resampling.BICUBIC)
    seen = seen.rotate(turn, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    return seen.filter(ImageFilter.GaussianBlur(blur))


def dusty(symbol: Image.Image, rng: Random, share: float) -> Image.Image:
    """That share of all printed dots is dust or scratch: black, grey or white."""
    pixels, dice = numpy.array(symbol), numpy.random.default_rng(rng.randrange(1 << 30))
    spots = dice.random(pixels.shape) < share
    pixels[spots] = dice.choice([0, 120, 255], spots.sum())
    return Image.fromarray(pixels)


def smudged(symbol: Image.Image, rng: Random, share: float) -> Image.Image:
    """A drop of juice over that share of the symbol, anywhere in the half without a finder pattern."""
    pixels = numpy.array(symbol)
    dark = numpy.argwhere(pixels < 128)
    (top, left), (bottom, right) = dark.min(0), dark.max(0)
    side = right - left
    x, y = (rng.uniform(begin + side * 0.5, end - side * 0.1) for begin, end in ((left, right), (top, bottom)))
    rows, columns = numpy.ogrid[: pixels.shape[0], : pixels.shape[1]]
    pixels[(rows - y) ** 2 + (columns - x) ** 2 < share * side * side / numpy.pi] = rng.choice((255, 120, 60))
    return Image.fromarray(pixels)


DIRT = 0.15
PRINTS = [
    ("pack", "roll_60x40", 203),
    ("pack", "roll_60x40", 300),
    ("carton", "roll_100x75", 203),
    ("seedling", "roll_100x75", 300),
]


@pytest.mark.parametrize(("kind", "medium", "dpi"), PRINTS)
def test_symbols_as_printed_are_read_turned_blurred_and_dirty(tmp_path, kind: str, medium: str, dpi: int):
    """``TRACE_PRINTS`` labels (40 for the full run), each as the printer's dots and then as a phone sees it."""
    of, rng, found = plan(kind, medium, dpi), Random(11), codes(int(os.environ.get("TRACE_PRINTS", "8")))
    path = press.print_run(job(of, found), tmp_path / "x.pdf")
    failed = []
    with pypdfium2.PdfDocument(path) as document:
        for number, code in enumerate(found):
            edge = round(MEDIA[medium].symbol / 25.4 * dpi) + 8
            symbol = (
                document[number].render(scale=dpi / 72, grayscale=True).to_pil().convert("L").crop((0, 0, edge, edge))
            )
            for name, seen in {
                "turned": photographed(symbol, rng, turn=rng.uniform(0, 360), blur=1),
                "blurred": photographed(symbol, rng, turn=rng.uniform(-8, 8), blur=of.fit.dots * 0.8),
                "dusty": photographed(dusty(symbol, rng, DIRT), rng, turn=rng.uniform(-8, 8), blur=2),
                "smudged": photographed(smudged(symbol, rng, DIRT), rng, turn=rng.uniform(-8, 8), blur=2),
            }.items():
                hit = zxingcpp.read_barcode(seen)
                assert hit is None or hit.text == PREFIX + code, "never read as something else"
                failed += [name] if hit is None else []
    assert failed == []


def print_slowly(path: Path, count: int, pipe: int) -> None:
    """In a process of its own: tell how far it is, a chunk at a time."""

    def before(done: int, total: int) -> None:
        os.write(pipe, b"%d\n" % done)
        time.sleep(0.05)

    press.print_run(job(plan(), codes(count)), path, before)


def test_killed_in_the_middle_it_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(press, "LABELS_A_CHUNK", 24)
    count, path = 240, tmp_path / "long.pdf"
    reader, writer = os.pipe()
    child = get_context("fork").Process(target=print_slowly, args=(path, count, writer))
    child.start()
    os.close(writer)
    with os.fdopen(reader) as told:
        for line in told:
            if int(line) >= 96:
                os.kill(child.pid, signal.SIGKILL)
                break
    child.join(30)
    assert not path.exists(), "what is not whole does not appear"
    left = path.with_suffix(".part").stat().st_size
    with path.with_suffix(".part").open("ab") as torn:
        torn.write(b"999 0 obj half a page")
    with path.with_suffix(".journal").open("a") as torn:
        torn.write('{"end": 12')
    begun: list[int] = []
    press.print_run(job(plan(), codes(count)), path, lambda done, total: begun.append(done))
    assert begun[0] >= 72, "not begun anew"
    assert path.stat().st_size > left
    assert sorted(sum(read_pages(path, 2.5), [])) == sorted(PREFIX + code for code in codes(count))
    assert not path.with_suffix(".journal").exists() and not path.with_suffix(".part").exists()


def test_an_unfinished_file_of_another_design_is_not_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr(press, "LABELS_A_CHUNK", 24)

    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done >= 48:
            raise Enough

    path = tmp_path / "x.pdf"
    with pytest.raises(Enough):
        press.print_run(job(plan(), codes(96)), path, stop)
    assert json.loads(path.with_suffix(".journal").read_text().splitlines()[0])["mark"]
    begun: list[int] = []
    press.print_run(job(plan(name="改了名"), codes(96)), path, lambda done, total: begun.append(done))
    assert begun[0] == 0
    assert "改了名" in pypdfium2.PdfDocument(path)[3].get_textpage().get_text_range()


def test_memory_does_not_grow_with_the_run(tmp_path):
    """``TRACE_LABELS`` labels (100 000 for the full run) in a process of its own, its peak against that of one chunk."""
    count = int(os.environ.get("TRACE_LABELS", "3000"))
    script = (
        f"import sys, time\nsys.path.insert(0, {str(ROOT)!r})\nfrom pathlib import Path\n"
        "from tests.layouts.test_press import codes, job, plan\nfrom trace.layouts import press\n"
        "def peak():\n    return int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
        "few = codes(960)\np, found = plan(), press.Job\n"
        "def at(n):\n    code = few[n % 960]\n    return code, {'code': code[:4] + '-' + code[4:]}\n"
        f"press.print_run(press.Job(p, 960, at), Path({str(tmp_path)!r}) / 'a.pdf')\n"
        "first = peak()\nbegun = time.perf_counter()\n"
        f"press.print_run(press.Job(p, {count}, at), Path({str(tmp_path)!r}) / 'b.pdf')\n"
        "print(first, peak(), time.perf_counter() - begun)\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=900, check=True
    )
    first, last, seconds = (float(word) for word in child.stdout.split())
    print(f"{count} labels: {seconds:.1f} s, {first / 1024:.0f} MB after a chunk, {last / 1024:.0f} MB at the end")
    assert last < 250 * 1024 and last < first * 1.25 + count * 0.2
    begun = time.perf_counter()
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as document:
        assert len(document) == -(-count // 24)
    assert time.perf_counter() - begun < 5
