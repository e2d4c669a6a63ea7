"""QR symbols put straight into the pages of a PDF as one-bit image masks: half of WeasyPrint's time would go into drawing them as paths.

WeasyPrint lays out the text; its ``finisher`` hook hands over the pydyf document before it is written. Both are pinned in requirements.txt,
and a test decodes every symbol of a rendered sheet with an independent reader, so that an upgrade cannot change labels unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Imprint:
    """One symbol on a page: the left and top of its dark square in millimetres, its side, its modules and its rows of bits."""

    left: float
    top: float
    side: float
    modules: int
    image: bytes


def finisher(pages: list[list[Imprint]]) -> Callable[[Any, Any], None]:
    """A WeasyPrint finisher that prints these symbols, page by page."""

    def finish(document: Any, pdf: Any) -> None:
        numbers = pdf.pages["Kids"][::3]
        if len(numbers) != len(pages):
            raise ValueError(f"{len(numbers)} pages laid out, {len(pages)} planned")
        for number, symbols in zip(numbers, pages, strict=True):
            page = pdf.objects[number]
            contents = pdf.objects[int(page["Contents"].split()[0])]
            height = float(page["MediaBox"][3])
            contents.stream = [b"q", *contents.stream, b"Q", *drawn(symbols, height)]

    return finish


def drawn(symbols: Iterable[Imprint], page_height: float) -> Iterable[bytes]:
    """Each symbol as an inline image mask; PDF counts points from the lower left corner."""
    for symbol in symbols:
        side = symbol.side * POINTS_PER_MM
        left = symbol.left * POINTS_PER_MM
        bottom = page_height - symbol.top * POINTS_PER_MM - side
        place = f"q {side:.4f} 0 0 {side:.4f} {left:.4f} {bottom:.4f} cm"
        head = f"BI /W {symbol.modules} /H {symbol.modules} /IM true /BPC 1 /D [1 0] ID "
        yield place.encode() + b"\n" + head.encode() + symbol.image + b"\nEI\nQ"
