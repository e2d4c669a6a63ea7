"""GS1 Digital Link addresses: read into application identifiers, and written from them. Pure.

Source: GS1 Digital Link URI syntax 1.x as the public vectors of the GS1 Syntax Engine pin it down (``../shared/conformance``). The order of
identifiers in the path is fixed: ``22 → 10 → 21`` after a GTIN, or ``235`` alone; one that may stand in the path must not stand in the query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from trace.core.identifiers import has_gs1_check_digit

CSET82 = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
CSET39 = frozenset("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
GTIN, LOT, SERIAL, VARIANT = "01", "10", "21", "22"
DEFAULT_STEM = "https://id.gs1.org"


class NotDigitalLink(ValueError):
    """The text is no valid Digital Link address; the message says why, for logs."""


@dataclass(frozen=True)
class Kind:
    """How the value of an identifier is written: digits first (exactly), then up to ``more`` characters of a set."""

    digits: int = 0
    checked: bool = False
    more: int = 0
    letters: frozenset[str] = CSET82
    date: bool = False

    def accepts(self, value: str) -> bool:
        """Is the value well formed?"""
        head, tail = value[: self.digits], value[self.digits :]
        if len(head) < self.digits or (self.digits and not re.fullmatch(r"[0-9]+", head)):
            return False
        if len(tail) > self.more or not self.letters.issuperset(tail) or not value:
            return False
        if self.date:
            return is_date(value)
        return not self.checked or has_gs1_check_digit(head)


_DIGITS = frozenset("0123456789")
_X20, _X30, _X90 = Kind(more=20), Kind(more=30), Kind(more=90)
_KINDS: dict[str, Kind] = {
    "00": Kind(18, checked=True), "01": Kind(14, checked=True), "02": Kind(14, checked=True), "10": _X20, "20": Kind(2), "21": _X20, "22": _X20,
    "235": Kind(more=28), "240": _X30, "241": _X30, "250": _X30, "251": _X30, "253": Kind(13, checked=True, more=17), "254": _X20,
    "255": Kind(13, checked=True, more=12, letters=_DIGITS), "37": Kind(more=8, letters=_DIGITS), "400": _X30, "401": _X30,
    "402": Kind(17, checked=True), "414": Kind(13, checked=True), "415": Kind(13, checked=True), "417": Kind(13, checked=True),
    "420": _X20, "7040": Kind(1, more=3), "8003": Kind(14, checked=True, more=16), "8004": _X30, "8006": Kind(18), "8010": Kind(more=30, letters=CSET39),
    "8011": Kind(more=12, letters=_DIGITS), "8013": Kind(more=25), "8017": Kind(18, checked=True), "8018": Kind(18, checked=True),
    "8019": Kind(more=10, letters=_DIGITS), "8020": Kind(more=25), "90": _X30,
}  # fmt: skip
_KINDS |= {code: Kind(6, date=True) for code in ("11", "12", "13", "15", "16", "17")}
_KINDS |= {str(code): _X90 for code in range(91, 100)}
_KINDS |= {
    f"{code}{place}": Kind(6)
    for code in (*range(310, 317), *range(320, 338), *range(340, 358), *range(360, 370))
    for place in range(6)
}
_KINDS |= {f"{code}{place}": Kind(more=15, letters=_DIGITS) for code in (390, 392) for place in range(10)}
_KINDS |= {f"{code}{place}": Kind(3, more=15, letters=_DIGITS) for code in (391, 393) for place in range(10)}
_ITEM = [[], ["22"], ["10"], ["21"], ["22", "10"], ["22", "21"], ["10", "21"], ["22", "10", "21"]]
QUALIFIERS: dict[str, list[list[str]]] = {
    "00": [[]], "01": [*_ITEM, ["235"]], "253": [[]], "255": [[]], "401": [[]], "402": [[]], "414": [[], ["254"], ["7040"]],
    "417": [[], ["7040"]], "8003": [[]], "8004": [[], ["7040"]], "8006": _ITEM, "8010": [[], ["8011"]], "8013": [[]],
    "8017": [[], ["8019"]], "8018": [[], ["8019"]],
}  # fmt: skip
"""What may follow each primary key in the path, in this order only."""
_PREDEFINED = frozenset(
    ("00", "01", "02", "03", "04", *map(str, range(11, 21)), "31", "32", "33", "34", "35", "36", "41")
)
"""First two digits of identifiers of predefined length: no separator is needed after them in an element string."""
_NEVER_IN_QUERY = frozenset({"8006", "8010"})
"""Keys of pieces and components, which describe nothing else."""
_ADDRESS = re.compile(r"(?:https?|HTTPS?)://([A-Za-z0-9._~:\-\[\]]+)(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?")
_LEGAL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")


@dataclass(frozen=True)
class Link:
    """A read address: path identifiers in order, then those of the query."""

    path: tuple[tuple[str, str], ...]
    query: tuple[tuple[str, str], ...] = ()

    def get(self, code: str) -> str | None:
        """The value of an identifier."""
        return dict((*self.path, *self.query)).get(code)

    @property
    def element_string(self) -> str:
        """As a scanner would report it, ``^`` for FNC1."""
        text, separate = "^", False
        for code, value in (*self.path, *self.query):
            text += ("^" if separate else "") + code + value
            separate = code[:2] not in _PREDEFINED
        return text


def read_link(address: str, *, zero_suppressed: bool = False) -> Link:
    """Read an address; ``zero_suppressed`` also takes GTINs of 8, 12 or 13 digits. Raises :class:`NotDigitalLink`."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not _LEGAL.fullmatch(address):
        raise NotDigitalLink("not an http address")
    path = _path_of((found[2] or "").split("/")[1:], zero_suppressed)
    query = _query_of(found[3] or "", zero_suppressed)
    codes = [code for code, _ in (*path, *query)]
    if len(set(codes)) < len(codes):
        raise NotDigitalLink("an identifier twice")
    qualifiers = {code for sequence in QUALIFIERS[path[0][0]] for code in sequence}
    if misplaced := qualifiers & {code for code, _ in query}:
        raise NotDigitalLink(f"{sorted(misplaced)} belong into the path")
    return Link(tuple(path), tuple(query))


def write_link(elements: list[tuple[str, str]], stem: str = DEFAULT_STEM) -> str:
    """The canonical address of identifiers in any order. Raises :class:`NotDigitalLink` when they cannot stand together."""
    values = dict(elements)
    if len(elements) != len(values) and len(set(elements)) != len(values):
        raise NotDigitalLink("an identifier with two values")
    key = next((code for code in values if code in QUALIFIERS), None)
    if key is None:
        raise NotDigitalLink("no primary key")
    sequence = max((s for s in QUALIFIERS[key] if all(code in values for code in s)), key=len)
    path = [key, *sequence]
    rest = sorted((code for code in values if code not in path), key=lambda code: code[:2] not in _PREDEFINED)
    link = read_link(
        stem + "".join(f"/{code}/{quote(values[code], safe='')}" for code in path)
        + ("?" + "&".join(f"{code}={quote(values[code], safe='')}" for code in rest) if rest else "")
    )  # fmt: skip
    return stem + "".join(f"/{code}/{quote(value, safe='')}" for code, value in link.path) + (
        "?" + "&".join(f"{code}={quote(value, safe='')}" for code, value in link.query) if link.query else ""
    )  # fmt: skip


def is_date(value: str) -> bool:
    """``YYMMDD`` with a month that exists and a day of it, 00 for none named."""
    if not re.fullmatch(r"[0-9]{6}", value):
        return False
    year, month, day = int(value[:2]), int(value[2:4]), int(value[4:])
    if not 1 <= month <= 12:
        return False
    leap = year % 4 == 0
    return day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _path_of(segments: list[str], zero_suppressed: bool) -> list[tuple[str, str]]:
    """The key and its qualifiers, found from the end: what stands before the key is the stem."""
    for start in range(len(segments) - 2, -1, -2):
        key = segments[start]
        if key in QUALIFIERS:
            pairs = [(segments[n], segments[n + 1]) for n in range(start, len(segments), 2)]
            if [code for code, _ in pairs[1:]] not in QUALIFIERS[key]:
                raise NotDigitalLink("order of identifiers")
            return [(code, _checked(code, _plain(value, False), zero_suppressed)) for code, value in pairs]
    raise NotDigitalLink("no primary key")


def _query_of(text: str, zero_suppressed: bool) -> list[tuple[str, str]]:
    """Identifiers among the parameters; names that are not all digits are the reader's own business."""
    found = []
    for part in text.split("&"):
        code, equals, value = part.partition("=")
        if not equals or not code.isdecimal():
            continue
        if code not in _KINDS or code in _NEVER_IN_QUERY:
            raise NotDigitalLink(f"{code} is no attribute")
        found.append((code, _checked(code, _plain(value, True), zero_suppressed)))
    return found


def _plain(text: str, in_query: bool) -> str:
    """Without percent signs (bytes as Latin-1); a plus is a blank in the query only."""
    return unquote_to_bytes(text.replace("+", " ") if in_query else text).decode("latin-1")


def _checked(code: str, value: str, zero_suppressed: bool) -> str:
    if zero_suppressed and code in (GTIN, "02") and len(value) in (8, 12, 13):
        value = value.zfill(14)
    if not _KINDS[code].accepts(value):
        raise NotDigitalLink(f"value of {code}")
    return value
