"""Every symbol is read back by a reader that is not the one who drew it (zxing-cpp) before a run is released.

What is checked: each label's symbol, the very bytes that go into the page, drawn dot by dot as the printer will (at most four dots a module, which
is harder to read, not easier) inside its quiet zone, must give exactly its address. Besides, finished pages are rendered by another PDF engine
(pdfium) at 200 dpi and all their symbols read: every page of a short run, the first of each chunk and the last of a long one.
What is not checked: ink, paper and the printer's head.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy
import pypdfium2
import zxingcpp

from trace.core.errors import TraceError
from trace.core.text import N_
from trace.layouts.drawing import Design
from trace.pdf.symbols import QUIET_ZONE

MOST_DOTS = 4
PAGE_DPI = 200
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


class Unreadable(TraceError):
    """A symbol did not read back as what it should say; the run is not released."""

    code = "SYMBOL_UNREADABLE"
    title = N_("有二维码读不出来，标签没有放行，请联系管理员。")


def check_symbol(design: Design, code: str, image: bytes) -> None:
    """Read one symbol; :class:`Unreadable` unless it says exactly its address."""
    found = zxingcpp.read_barcode(
        raster(design, image), formats=_QR, try_rotate=False, try_downscale=False, try_invert=False
    )
    if found is None or found.text != design.prefix + code:
        raise Unreadable()


def raster(design: Design, image: bytes) -> numpy.ndarray:
    """A symbol as grey pixels, dark 0, with its quiet zone."""
    size, dots = design.symbols.size, min(design.fit.dots, MOST_DOTS)
    bits = numpy.unpackbits(numpy.frombuffer(image, numpy.uint8).reshape(size, -1), axis=1)[:, :size]
    page = numpy.pad((1 - bits) * 255, QUIET_ZONE, constant_values=255).astype(numpy.uint8)
    return numpy.ascontiguousarray(page.repeat(dots, 0).repeat(dots, 1))


def check_pages(path: Path, expected: dict[int, list[str]]) -> None:
    """Render these pages and read all their symbols: exactly the expected addresses, each once a label."""
    with pypdfium2.PdfDocument(path) as document:
        for number, addresses in expected.items():
            picture = document[number].render(scale=PAGE_DPI / 72, grayscale=True).to_numpy()
            found = Counter(
                item.text
                for item in zxingcpp.read_barcodes(picture[:, :, 0] if picture.ndim == 3 else picture, formats=_QR)
            )
            if found != Counter(addresses):
                raise Unreadable()
