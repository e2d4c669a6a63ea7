"""F10 and E6: a lot drawn by a printed seed, traced both ways, every kilogram accounted for, and a paper that cannot be changed."""

from __future__ import annotations

import re
from fractions import Fraction

import pypdfium2
import pytest

from tests.conftest import post
from tests.factories import county as make
from trace.core.errors import Forbidden, NotFound, RuleBroken
from trace.db import db
from trace.files import store
from trace.invariants import all_findings
from trace.pdf.render import html_to_pdf
from trace.processing.services import Input, Output, record_run
from trace.recalls import drills, queries
from trace.recalls.balance import balance_of
from trace.recalls.models import MockRecall


def paper(row: MockRecall) -> bytes:
    return blank(row.sha256)


def blank(text: str) -> bytes:
    return html_to_pdf(f"<p>{text}</p>")


def test_every_gram_is_followed_exactly(home, chain):
    found = balance_of(chain.harvest.id)
    assert found.made_g == 1_000_000
    assert sum(found.parts.values()) == found.made_g
    # 300 kg became 75 kg dried: 5 sold and the rest in stock weigh four times their weight in fruit.
    parts = {name: int(grams) for name, grams in found.parts.items() if grams}
    assert parts == {"stock": 700_000 + 70_000, "ship": 5_000, "process": 225_000}
    assert found.accounted == 1


def test_a_yield_that_had_to_be_explained_is_not_accounted_for(home):
    coop = home.actor("coop")
    lot = make.harvest(coop, make.plot(coop, home))
    record_run(coop, "drying", [Input(lot.code, "400")], [Output("TD", "45")], reason="烘焦了一炉")
    found = balance_of(lot.id)
    assert found.parts["open"] == 355_000 and sum(found.parts.values()) == 1_000_000
    assert found.accounted == Fraction(645, 1000)


def test_the_same_seed_draws_the_same_lot_also_after_more_was_recorded(home, chain):
    drill = drills.draw(home.actor("market"), seed="20260803")
    coop = home.actor("coop")
    for _ in range(3):
        make.harvest(coop, make.plot(coop, home, geometry=make.square(112.7 + 0.01 * _)))
    row = queries.get_drill(home.actor("market"), drill.code)
    assert row.population["count"] == 4
    assert drills.drawn("20260803", row.population).id == row.lot_id
    assert len({drills.drawn(str(n), row.population).id for n in range(40)}) == 4, "every lot can be drawn"


def test_f10_both_directions_within_two_seconds_and_the_seal_holds(app, home, chain, command):
    with app.test_request_context():
        drill = drills.draw(home.actor("coop"))
        assert drill.holder.id == home.coop.id
        assert 0 < drill.facts["back_us"] + drill.facts["forward_us"] < 2_000_000
        row = drills.seal(home.actor("coop"), drill.code, "实物齐全", paper)
    assert drills.faults(queries.get_drill(home.actor("coop"), row.code)) == []
    assert command("recalls", "verify", row.code).exit_code == 0
    with pytest.raises(RuleBroken, match="已经封存"):
        drills.seal(home.actor("coop"), row.code, "改", paper)
    assert list(all_findings("recalls")) == []


@pytest.mark.parametrize("change", ["remark", "accounted", "paper"])
def test_whatever_is_changed_afterwards_is_found(app, home, chain, command, change):
    with app.test_request_context():
        row = drills.seal(home.actor("market"), drills.draw(home.actor("market")).code, "实物齐全", paper)
    if change == "remark":
        MockRecall.update(remark="没有问题").where(MockRecall.id == row.id).execute()
    elif change == "accounted":
        MockRecall.update(facts={**row.facts, "accounted": "1/2"}).where(MockRecall.id == row.id).execute()
    else:
        store.path_of(row.paper.sha256).write_bytes(blank("100 %"))
    assert len(drills.faults(queries.get_drill(home.actor("market"), row.code))) == 1
    assert command("recalls", "verify").exit_code == 1


def test_drills_are_ones_own_and_the_league_compares_them(app, home, chain):
    with app.test_request_context():
        own = drills.seal(home.actor("coop"), drills.draw(home.actor("coop")).code, "好", paper)
        drills.seal(home.actor("plant"), drills.draw(home.actor("plant")).code, "好", paper)
    with pytest.raises(NotFound):
        queries.get_drill(home.actor("plant"), own.code)
    with pytest.raises(Forbidden):
        drills.draw(home.actor("township"))
    with pytest.raises(RuleBroken, match="没有可以抽的批次"):
        drills.draw(home.actor("coop2"))
    assert [row.name for row in drills.league(home.actor("coop"))] == ["青坡合作社"]
    assert {row.name for row in drills.league(home.actor("office"))} == {"青坡合作社", "青岭食品厂"}


def test_the_sealed_paper_prints_the_hash_of_its_data(app, home, chain, sign_in):
    market = sign_in("market")
    place = post(market, "/recalls/drills", seed="77").headers["Location"]
    assert "计时中" in market.get(place).text
    assert post(market, f"{place}/seal", page=place, remark="全部找到").status_code == 302
    assert "与封存时一致" in market.get(place).text
    body = market.get(f"{place}/report.pdf").data
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(body))
    with db.connection_context():
        row = MockRecall.get()
        assert row.sha256 in re.sub(r"\s", "", text) and "77" in text
        assert drills.digest(drills.facts_of(row)) == row.sha256
