"""The weigh ticket says what stood on the scales; its symbol leads to the lot's page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import time_machine
import zxingcpp
from PIL import Image, ImageDraw

from tests.factories import county as make
from tests.factories import scales
from trace.field.tickets import symbol_of
from trace.lots import queries as lots
from trace.lots.services import undo_operation

TODAY = date(2026, 7, 20)
MM = 72 / 25.4


@pytest.fixture(autouse=True)
def summer():
    with time_machine.travel(datetime(2026, 7, 20, 2, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def ticket(home):
    coop = home.actor("coop")
    return scales.weigh(
        coop, make.plot(coop, home), ("120.5", "2.5", "3"), ("80.25", "2"), on=TODAY, pickers=6, destination="plant"
    )  # fmt: skip


def picture(path: str, side: int, scale: int = 6) -> Image.Image:
    """An SVG path of rectangles, drawn."""
    image = Image.new("L", (side * scale,) * 2, 255)
    pen = ImageDraw.Draw(image)
    for run in path.strip("M").split("M"):
        place, _, rest = run.partition("h")
        x, y = map(int, place.split())
        pen.rectangle(
            (x * scale, y * scale, (x + int(rest.partition("v")[0])) * scale - 1, (y + 1) * scale - 1), fill=0
        )
    return image


def test_the_symbol_is_read_back():
    for text in ("http://127.0.0.1:8000/lots/H26-0001", "https://trace.hengnan.example.gov.cn/lots/H26-12345"):
        (found,) = zxingcpp.read_barcodes(picture(*symbol_of(text)))
        assert found.text == text


def test_the_page_says_what_was_weighed(sign_in, ticket):
    page = sign_in("coop").get("/field/harvests/H26-0001/ticket").text
    for text in ("CG26-0001", "H26-0001", "118.00", "78.25", "196.25", "3.00", "193.25", "交货人签字", "过磅人签字"):
        assert text in page
    symbol = page.partition('<svg class="symbol"')[2]
    path = symbol.partition('<path d="')[2].partition('"')[0]
    side = int(symbol.partition('viewBox="0 0 ')[2].split()[0])
    (found,) = zxingcpp.read_barcodes(picture(path, side))
    assert found.text.endswith("/lots/H26-0001")


@pytest.mark.parametrize(("paper", "width"), [("roll", 80), ("a5", 148)])
def test_the_paper_is_one_page_of_its_width(sign_in, ticket, paper, width):
    answer = sign_in("coop").get(f"/field/harvests/H26-0001/ticket.pdf?paper={paper}")
    assert answer.mimetype == "application/pdf"
    with pikepdf.open(BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) == 1
        box = [float(number) for number in pdf.pages[0].MediaBox]
    assert box[2] == pytest.approx(width * MM, abs=0.5)
    (found,) = zxingcpp.read_barcodes(pypdfium2.PdfDocument(BytesIO(answer.data))[0].render(scale=3).to_pil())
    assert found.text.endswith("/lots/H26-0001")


def test_a_ticket_of_many_containers_still_is_one_strip(sign_in, home):
    coop = home.actor("coop")
    scales.weigh(coop, make.plot(coop, home), *[("20.5", "1.5", "0.5")] * 40, on=TODAY)
    answer = sign_in("coop").get("/field/harvests/H26-0001/ticket.pdf")
    with pikepdf.open(BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) == 1


def test_an_undone_harvest_says_so_on_its_ticket(sign_in, home):
    coop = home.actor("coop")
    kept = scales.weigh(coop, make.plot(coop, home), ("20",), on=TODAY)
    undo_operation(coop, lots.lot_by_code(kept.lot.code).made_by.code, "填错了")
    assert "已撤销" in sign_in("coop").get("/field/harvests/H26-0001/ticket").text


def test_the_page_of_a_harvest(sign_in, ticket):
    browser = sign_in("coop")
    page = browser.get("/field/harvests/H26-0001").text
    for text in ("196.25", "193.25", "120.5 公斤", "送加工厂", "另计损耗，不减净重", "还没有定价"):
        assert text in page
    assert sign_in("coop2").get("/field/harvests/H26-0001").status_code == 404
    assert sign_in("township").get("/field/harvests/H26-0001").status_code == 200
