"""The papers of the demo's applications: one small picture stands for every scan."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image

from trace.core.actor import Actor
from trace.files.rules import Upload
from trace.funds import documents, file_queries
from trace.funds.models import Application

PAPER_KINDS = {
    "申请表": "request", "身份证明或统一社会信用代码证": "identity", "土地权属或流转合同": "tenure", "种苗标签和检疫证": "seedling", "栽植照片": "other",
}  # fmt: skip
"""The kinds of the papers the demo's notices ask for."""


def hand_in(actor: Actor, application: Application) -> None:
    """Everything the notice asks for, under the names it gives."""
    for name in file_queries.required_materials(application):
        documents.add_document(actor, application.no, PAPER_KINDS[name], Upload(f"{name}.png", picture()), title=name)


@cache
def picture() -> bytes:
    """Green ground under an amber sky."""
    drawn, out = Image.new("RGB", (240, 180), (226, 170, 80)), BytesIO()
    drawn.paste((62, 110, 62), (0, 90, 240, 180))
    drawn.save(out, "PNG")
    return out.getvalue()
