"""Labels: never more than packs, never on held goods, voids give back."""

from __future__ import annotations

import pypdfium2
import pytest
import zxingcpp

from tests.factories import county as make
from trace.core.errors import Invalid, RuleBroken
from trace.core.public_code import grouped
from trace.labels import queries, services, sheets
from trace.labels.codes import book
from trace.layouts import press
from trace.lots.services import place_hold
from trace.processing.services import Input, Output, pack, record_run

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def home():
    return make.county()


@pytest.fixture
def packs(home):
    actor = home.actor("coop")
    lot = make.harvest(actor, make.plot(actor, home))
    dried = record_run(actor, "drying", [Input(lot.code, "400")], [Output("TD", "100")]).lots[0]
    return pack(actor, [Input(dried.code, "10")], pieces=40, piece="250克", name="土枇杷干果").lots[0]


def test_never_more_live_labels_than_packs(home, packs):
    actor = home.actor("coop")
    run = services.make_run(actor, packs.code, 30)
    with pytest.raises(RuleBroken, match="本批共 40 件，已有有效标签 30 枚，最多还能制 10 枚。"):
        services.make_run(actor, packs.code, 11)
    services.void_run(actor, run.no, "印坏了")
    assert services.make_run(actor, packs.code, 40).count == 40


def test_one_voided_label_gives_one_back(home, packs):
    actor = home.actor("coop")
    run = services.make_run(actor, packs.code, 40)
    services.void_unit(actor, sheets.code_at(run, 3), "污损")
    assert services.make_run(actor, packs.code, 1).count == 1
    with pytest.raises(RuleBroken, match="这枚标签已经作废"):
        services.void_unit(actor, sheets.code_at(run, 3), "污损")


def test_only_packs_get_labels(home, packs):
    lot = make.harvest(home.actor("coop"), make.plot(home.actor("coop"), home, geometry=make.square(112.7)))
    with pytest.raises(RuleBroken, match="还没有包装"):
        services.make_run(home.actor("coop"), lot.code, 1)


@pytest.mark.parametrize("count", [0, -1, services.MAX_RUN + 1])
def test_counts_out_of_range(home, packs, count):
    with pytest.raises(Invalid, match="枚数应在 1 到"):
        services.make_run(home.actor("coop"), packs.code, count)


def test_a_held_lot_gets_no_labels_and_none_is_activated(home, packs):
    actor = home.actor("coop")
    run = services.make_run(actor, packs.code, 10)
    place_hold(home.actor("bureau"), packs.code, "待检")
    for attempt in (lambda: services.make_run(actor, packs.code, 1), lambda: services.activate_run(actor, run.no)):
        with pytest.raises(RuleBroken, match="已锁定（待检），不能制作或打印标签"):
            attempt()


def test_serial_numbers_of_runs_do_not_touch(home, packs):
    actor = home.actor("coop")
    first, second = services.make_run(actor, packs.code, 10), services.make_run(actor, packs.code, 10)
    assert second.first_serial == first.first_serial + 10
    assert queries.run_of_serial(first.first_serial + 9).no == first.no
    assert queries.run_of_serial(second.first_serial).no == second.no
    assert queries.run_of_serial(second.first_serial + 10) is None


def test_every_code_on_the_sheet_is_decoded_by_an_independent_reader(tmp_path, home, packs):
    run = queries.run_by_no(services.make_run(home.actor("coop"), packs.code, 30).no)
    path = press.print_run(sheets.print_job(run, "https://trace.example.cn"), tmp_path / "x.pdf")
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 2
    read = [result.text for page in document for result in zxingcpp.read_barcodes(page.render(scale=4).to_pil())]
    assert sorted(read) == sorted(f"https://trace.example.cn/t/{sheets.code_at(run, n)}" for n in range(30))
    assert {book().read(text.rpartition("/")[2]) for text in read} == {run.first_serial + n for n in range(30)}
    text = document[0].get_textpage().get_text_range()
    assert all(grouped(sheets.code_at(run, n)) in text for n in range(24)), "each code also stands there to be typed"
    assert "土枇杷干果" in text and "净含量：250 克" in text and packs.code in text


def test_a_long_run_is_drawn_by_the_worker(app, home, packs, monkeypatch):
    monkeypatch.setattr(services, "RENDER_AT_ONCE", 20)
    run = services.make_run(home.actor("coop"), packs.code, 30)
    path = sheets.stored_sheet(app.config["TRACE"].instance, run)
    assert not path.exists()
    with app.app_context():
        from trace.jobs.queue import run_next  # noqa: PLC0415 - needs the application above

        assert run_next()
    assert path.read_bytes().startswith(b"%PDF")


def test_a_name_of_several_lines_does_not_push_the_next_label_down(home, packs):
    packs.name = "土枇杷干果\n\n250克\t礼盒"
    packs.save()
    run = queries.run_by_no(services.make_run(home.actor("coop"), packs.code, 2).no)
    assert sheets.label_lines(run)["name"] == "土枇杷干果 250克 礼盒"
