"""QR symbols from tables are the ones `qrcode` draws, and an independent reader reads them."""

from __future__ import annotations

from random import Random

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from trace.core.identifiers import CROCKFORD
from trace.pdf.symbols import QUIET_ZONE, draw, image_rows, maker

PREFIX = "https://trace.example.cn/t/"
SCALE = 4
CODES = st.text(alphabet=CROCKFORD, min_size=20, max_size=20)


def picture(size: int, rows: bytes) -> Image.Image:
    """The symbol with its quiet zone as an image."""
    white = Image.new("1", (size + 2 * QUIET_ZONE,) * 2, 1)
    dark = Image.frombytes("1", (size, size), bytes(byte ^ 0xFF for byte in rows))
    white.paste(dark, (QUIET_ZONE, QUIET_ZONE))
    return white.resize((white.width * SCALE,) * 2).convert("L")


def drawn(path: str, size: int) -> Image.Image:
    """The SVG path followed with a pen: strokes ``h`` and jumps ``m``, one module wide."""
    image = Image.new("L", ((size + 2 * QUIET_ZONE) * SCALE,) * 2, 255)
    pen, x, y = ImageDraw.Draw(image), QUIET_ZONE, QUIET_ZONE
    for step in path.removeprefix(f"M{QUIET_ZONE} {QUIET_ZONE}.5").replace("h", "\nh").replace("m", "\nm").split():
        if step.startswith("h"):
            length = int(step[1:])
            pen.rectangle((x * SCALE, y * SCALE, (x + length) * SCALE - 1, (y + 1) * SCALE - 1), fill=0)
            x += length
        elif step.startswith("m"):
            x += int(step[1:])
        else:
            y += int(step)
    return image


@given(CODES)
def test_the_table_and_qrcode_draw_the_same(code: str):
    assert maker(PREFIX, 20).image(code) == image_rows(draw(PREFIX + code))


@pytest.mark.parametrize("prefix", ["http://a/t/", PREFIX, "https://a-long-name-of-a-county.example.gov.cn/t/"])
def test_every_version_is_read_back(prefix: str):
    symbols, rng = maker(prefix, 20), Random(5)
    for _ in range(20):
        code = "".join(rng.choice(CROCKFORD) for _ in range(20))
        for image in (picture(symbols.size, symbols.image(code)), drawn(symbols.path(code), symbols.size)):
            (found,) = zxingcpp.read_barcodes(image)
            assert found.text == prefix + code


def test_a_path_is_short():
    """Two kilobytes for an address of 46 characters (performance goal P4)."""
    rng = Random(6)
    codes = ["".join(rng.choice(CROCKFORD) for _ in range(20)) for _ in range(200)]
    assert max(len(maker(PREFIX, 20).path(code)) for code in codes) <= 2_048


@pytest.mark.parametrize(("code", "error"), [("0" * 19, ValueError), ("0" * 21, ValueError), ("u" * 20, KeyError)])
def test_codes_that_do_not_fit_are_refused(code: str, error: type[Exception]):
    with pytest.raises(error):
        maker(PREFIX, 20).image(code)
