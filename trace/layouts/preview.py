"""What a template would look like: drawn with samples on a medium, as a picture, nothing kept."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2

from trace.layouts.drawing import design
from trace.layouts.press import Job, print_run
from trace.layouts.rules import KINDS, MEDIA, SLOTS
from trace.layouts.sandbox import render

SAMPLE_CODE = "0" * 20
PIXELS = 900
"""Width of the picture."""


def preview_png(kind: str, body: str, medium: str, base_url: str) -> bytes:
    """The first label of a medium with the kind's samples; raises as printing would. Its code is no code: it leads nowhere."""
    paper = MEDIA[medium]
    plan = design(render(body, KINDS[kind].samples), kind, medium, paper.dpi, f"{base_url}/t/")
    texts = {name: KINDS[kind].samples.get(name, sample) for name, sample in SLOTS.items()}
    with TemporaryDirectory() as folder:
        path = print_run(Job(plan, 1, lambda n: (SAMPLE_CODE, texts)), Path(folder) / "preview.pdf")
        with pypdfium2.PdfDocument(path) as document:
            scale = PIXELS / paper.size[0] * 25.4 / 72
            picture = document[0].render(scale=scale).to_pil()
    left, top = paper.place(0)
    pixel = PIXELS / paper.size[0]
    box = tuple(round(value * pixel) for value in (left, top, left + paper.size[0], top + paper.size[1]))
    out = BytesIO()
    picture.crop(box).save(out, "PNG", optimize=True)
    return out.getvalue()
