"""A label laid out once by WeasyPrint and then stamped by the thousand: a PDF form that every label shows again, QR symbol and code on top.

Only what differs between labels (the code, a number) is written per label, with the glyphs WeasyPrint itself chose: a second page of the same
document, the type case, holds every sign such a text may use. The text of a slot is set in a colour of its own, by which it is found in the page
and taken out. WeasyPrint is pinned, and tests read texts and symbols back from finished sheets, so that an upgrade cannot change labels unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

from trace.pdf.imprint import POINTS_PER_MM, Imprint, drawn
from trace.pdf.metrics import width as text_width
from trace.pdf.render import html_to_pdf

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"
"""What the text of a slot may consist of: the code alphabet, digits and the hyphen."""
FORM = "/Label"
RESOURCES = "/LabelResources"
CASE_COLOUR = 250
_COLOUR = re.compile(rb"^([\d.]+) ([\d.]+) ([\d.]+) rg$")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a text of its own stands in every label: points from the lower left corner, font, size, and how wide it may run."""

    name: str
    left: float
    bottom: float
    font: bytes
    size: float
    room: float


@dataclass(frozen=True)
class Stamp:
    """One label ready to be printed anywhere: a PDF without pages that holds its form and fonts, and its slots."""

    base: bytes
    slots: tuple[Slot, ...]
    glyphs: Mapping[str, str]

    def text(self, slot: Slot, text: str, left: float, bottom: float) -> bytes:
        """The text of a slot in a label whose lower left corner stands there; pressed together where it would run too wide."""
        hexes = "".join(map(self.glyphs.__getitem__, text))
        long = text_width(text) * slot.size
        pressed = f"{slot.room / long * 100:.2f} Tz " if long > slot.room else ""
        after = " 100 Tz" if pressed else ""
        place = f"1 0 0 1 {left + slot.left:.3f} {bottom + slot.bottom:.3f} Tm"
        return b"BT " + slot.font + f" {slot.size:.3f} Tf {pressed}{place} <{hexes}> Tj{after} ET".encode()


@dataclass(frozen=True, slots=True)
class Stamped:
    """One label on a page: left and top in millimetres, its symbol (already placed on the page), the texts of its slots."""

    left: float
    top: float
    symbol: Imprint | None
    texts: Mapping[str, str]


def slot_html(name: str, sample: str, names: list[str]) -> str:
    """A slot in the HTML of a label: ``sample`` keeps its place; ``names`` are all slots of the label."""
    return f'<span style="color:rgb({names.index(name) + 1},2,3)">{sample}</span>'


def make_stamp(style: str, body: str, size: tuple[float, float], slots: Mapping[str, float]) -> Stamp:
    """Lay out one label of ``size`` millimetres; ``slots``: name → how many millimetres its text may run."""
    html = (
        f"<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'><style>@page{{size:{size[0]}mm {size[1]}mm;margin:0}}"
        f"html{{font-family:'Noto Sans SC';color:#000}}body{{margin:0}}.case{{break-before:page;color:rgb({CASE_COLOUR},2,3);font-size:3pt;"
        f"white-space:pre}}.label{{position:relative;width:{size[0]}mm;height:{size[1]}mm;overflow:hidden}}{style}</style></head>"
        f"<body><div class='label'>{body}</div><div class='case'>{SIGNS}</div></body></html>"
    )
    taken: dict[str, Any] = {}
    names = list(slots)

    def finish(document: Any, pdf: Any) -> None:
        numbers = pdf.pages["Kids"][::3]
        if len(numbers) != 2:
            raise ValueError(f"a label and its type case are two pages, not {len(numbers)}")
        streams = [pdf.objects[int(pdf.objects[number]["Contents"].split()[0])] for number in numbers]
        label, case = _take_out(streams[0], size[1]), _take_out(streams[1], size[1])
        taken["slots"] = [
            Slot(names[n - 1], left, bottom, font, points, slots[names[n - 1]] * POINTS_PER_MM)
            for n, left, bottom, font, points, _ in label
        ]
        (found,) = [hexes for number, *_, hexes in case if number == CASE_COLOUR]
        taken["glyphs"] = dict(zip(SIGNS, re.findall("....", found), strict=True))

    whole = html_to_pdf(html, finisher=finish)
    return Stamp(_without_pages(whole), tuple(taken["slots"]), taken["glyphs"])


def page_contents(stamp: Stamp, labels: list[Stamped], size: tuple[float, float], label_height: float) -> bytes:
    """What is drawn on one page of ``size`` millimetres."""
    height = size[1] * POINTS_PER_MM
    parts: list[bytes] = []
    for label in labels:
        left = label.left * POINTS_PER_MM
        bottom = height - (label.top + label_height) * POINTS_PER_MM
        parts.append(f"q 1 0 0 1 {left:.3f} {bottom:.3f} cm {FORM} Do Q".encode())
        parts.extend(stamp.text(slot, label.texts[slot.name], left, bottom) for slot in stamp.slots)
    parts.extend(drawn([label.symbol for label in labels if label.symbol is not None], height))
    return b"\n".join(parts)


def _take_out(stream: Any, height: float) -> list[tuple[int, float, float, bytes, float, str]]:
    """Cut the texts in slot colours out of a page's operators: (number, left, bottom, font, size, glyphs)."""
    found, kept, operators, number = [], [], list(stream.stream), 0
    at = 0
    while at < len(operators):
        operator = _bytes(operators[at])
        if (colour := _COLOUR.match(operator)) is not None:
            red, *rest = (round(float(part) * 255) for part in colour.groups())
            number = red if rest == [2, 3] else 0
        if number and operator == b"BT":
            end = operators.index(b"ET", at)
            found.append((number, *_text([_bytes(part) for part in operators[at + 1 : end]], height)))
            at = end + 1
            continue
        kept.append(operator)
        at += 1
    stream.stream = kept
    return found


def _text(operators: list[bytes], height: float) -> tuple[float, float, bytes, float, str]:
    """Of one text block: WeasyPrint counts pixels (0.75 point) from the upper left corner."""
    matrix, font, show = operators
    x, y = (float(part) for part in matrix.split()[4:6])
    name, size = font.split()[:2]
    glyphs = "".join(re.findall("<([0-9a-f]+)>", show.decode()))
    return x * 0.75, height * POINTS_PER_MM - y * 0.75, name, float(size) * 0.75, glyphs


def _bytes(operator: Any) -> bytes:
    return operator if isinstance(operator, bytes) else str(operator).encode()


def _without_pages(whole: bytes) -> bytes:
    """The label as a form with its resources in the catalogue, no pages; plain cross-reference table, so that pages can be appended."""
    with pikepdf.open(BytesIO(whole)) as pdf:
        page = pdf.pages[0]
        resources = page.obj.Resources
        form = pdf.make_indirect(page.as_form_xobject())
        pdf.Root[RESOURCES] = pdf.make_indirect(
            pikepdf.Dictionary(
                {
                    "/Font": resources.Font,
                    "/ExtGState": resources.get("/ExtGState", pikepdf.Dictionary()),
                    "/XObject": pikepdf.Dictionary({FORM: form}),
                }
            )
        )
        del pdf.pages[:]
        pdf.remove_unreferenced_resources()
        out = BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
        return out.getvalue()
