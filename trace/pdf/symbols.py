"""QR symbols by the thousand: the same symbols `qrcode` draws, assembled from tables instead of computed one by one.

With version, error correction, mask and length fixed, every module of a QR symbol is an affine function over GF(2) of the payload's bits:
Reed–Solomon is linear, padding and mask are constants. So the symbol of a text is the symbol of a template text XOR one difference for each
character that varies. The differences are taken from `qrcode` itself, once per form of address; nothing of ISO/IEC 18004 is written here again.
The mask is fixed (pattern 0) instead of chosen by penalty: every mask is legal, and each printed symbol is decoded back before release.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from struct import Struct

from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

from trace.core.identifiers import CROCKFORD

MASK = 0
QUIET_ZONE = 4
"""Modules of white around a symbol (ISO/IEC 18004)."""
LEVELS = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}
"""Error correction: how much of a symbol may be lost, about 15, 25 and 30 percent of its codewords."""
CHUNK = 11
"""Modules written as one piece of a path."""
ROW_ENDS = 1 << CHUNK
"""Set beside the last piece of a row: the pen goes back to the left."""

Modules = list[list[bool]]
Layout = Callable[[Modules], bytes]


class SymbolMaker:
    """Symbols of ``prefix`` + a fixed number of characters of the code alphabet."""

    def __init__(self, prefix: str, length: int, level: str = "M") -> None:
        """Take the template and the differences from `qrcode`; about half a second for a 20-character code."""
        blank = CROCKFORD[0]
        template = draw(prefix + blank * length, level)
        self.prefix, self.length, self.size = prefix, length, len(template)
        variants = [
            {sign: draw(prefix + blank * place + sign + blank * (length - place - 1), level) for sign in CROCKFORD}
            for place in range(length)
        ]
        self._image = Table(template, variants, image_rows)
        self._path = Table(template, variants, path_pieces)
        self._pieces = Struct(f">{len(path_pieces(template)) // 2}H")
        self._strokes = _strokes(self.size)

    def image(self, code: str) -> bytes:
        """The symbol as a one-bit image, dark is 1: row after row, each row filled up to whole bytes."""
        return self._image.find(code)

    def path(self, code: str) -> str:
        """The symbol as an SVG path of strokes one module wide, the quiet zone left free (draw with ``stroke-width`` 1)."""
        pieces = self._pieces.unpack(self._path.find(code))
        return f"M{QUIET_ZONE} {QUIET_ZONE}.5" + "".join(map(self._strokes.__getitem__, pieces))


class Table:
    """Template and differences of a family of symbols in one layout of bits."""

    def __init__(self, template: Modules, variants: list[dict[str, Modules]], layout: Layout) -> None:
        """``variants``: for each place, the symbol with that one character instead of the template's."""
        first = layout(template)
        self._bytes, self._template = len(first), int.from_bytes(first, "big")
        self._differences = [
            {sign: self._template ^ int.from_bytes(layout(modules), "big") for sign, modules in place.items()}
            for place in variants
        ]

    def find(self, code: str) -> bytes:
        """The bytes of one symbol; ValueError on a code of another length, KeyError on a foreign character."""
        found = self._template
        for differences, sign in zip(self._differences, code, strict=True):
            found ^= differences[sign]
        return found.to_bytes(self._bytes, "big")


@lru_cache(maxsize=8)
def maker(prefix: str, length: int, level: str = "M") -> SymbolMaker:
    """The maker for a form of address, made once per process."""
    return SymbolMaker(prefix, length, level)


def size_of(prefix: str, length: int, level: str = "M") -> int:
    """Modules on a side of the symbols of such addresses."""
    return len(draw(prefix + CROCKFORD[0] * length, level))


def draw(text: str, level: str = "M") -> Modules:
    """The symbol of a text as `qrcode` computes it, fixed mask."""
    code = QRCode(error_correction=LEVELS[level], border=0, mask_pattern=MASK)
    code.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    code.make(fit=True)
    return code.modules


def image_rows(modules: Modules) -> bytes:
    """Rows of a one-bit image, filled with light modules up to whole bytes."""
    width = -(-len(modules) // 8)
    return b"".join((_number(row) << width * 8 - len(row)).to_bytes(width, "big") for row in modules)


def path_pieces(modules: Modules) -> bytes:
    """Each row cut in pieces of eleven modules, two bytes a piece."""
    return b"".join(piece for row in modules for piece in _row_pieces(row))


def _row_pieces(row: list[bool]) -> list[bytes]:
    pieces = [_number(row[at : at + CHUNK]) for at in range(0, len(row), CHUNK)]
    pieces[-1] |= ROW_ENDS
    return [piece.to_bytes(2, "big") for piece in pieces]


def _number(modules: list[bool]) -> int:
    return int("".join("1" if dark else "0" for dark in modules), 2)


def _strokes(size: int) -> list[str]:
    """What every piece draws, the pen moving right by its length; the last piece of a row, perhaps shorter, takes it back."""
    last = size % CHUNK or CHUNK
    return [_runs(f"{piece:0{CHUNK}b}") for piece in range(ROW_ENDS)] + [
        _last(f"{piece:0{last}b}", size) if piece < 1 << last else "" for piece in range(ROW_ENDS)
    ]


def _last(pattern: str, size: int) -> str:
    dark = pattern.rstrip("0")
    return f"{_runs(dark)}m{len(pattern) - len(dark) - size} 1"


def _runs(pattern: str) -> str:
    """``11011`` → ``h2m1 0h2``."""
    return "".join(
        f"h{len(run)}" if run[0] == "1" else f"m{len(run)} 0"
        for run in ("".join(group) for _, group in groupby(pattern))
    )
