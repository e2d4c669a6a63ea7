"""Cards in versions, the county's path against the townships, the enterprise sentence, milestones, prices in the ledger."""

from __future__ import annotations

from datetime import date

import pytest

from tests.factories import certificates
from tests.factories import county as make
from trace.core.errors import Invalid
from trace.core.units import format_yuan
from trace.processing.services import Input, Output, dispatch_lot, record_run
from trace.registry.models import Title
from trace.targets import cards, checks, defining, planning, queries, readings, rules, services, stages

DOC = "演示〔2026〕1号"


def test_cards_are_shipped_and_a_change_is_a_version_with_its_reason(home):
    office = home.actor("office")
    assert {card.indicator for card in planning.cards()} == set(cards.CARD_KEYS)
    assert set(rules.INDICATORS) <= set(cards.CARD_KEYS)
    row = defining.define_card(office, "nursery", counted="只计本县苗圃", evidence="许可证", reason="省厅口径")
    assert (row.version, row.source_text) == (2, planning.card_history("nursery")[1].source_text)
    with pytest.raises(Invalid, match="口径没有变化"):
        defining.define_card(office, "nursery", counted="只计本县苗圃", evidence="许可证", reason="再来一次")


def test_the_townships_are_held_against_the_county_year_by_year(home):
    office = home.actor("office")
    services.plan_county(office, indicator="area", year=2027, value=1000, doc_no=DOC)
    with pytest.raises(Invalid, match="调整须填写原因"):
        services.plan_county(office, indicator="area", year=2027, value=900, doc_no=DOC)
    services.plan_county(office, indicator="area", year=2027, value=900, doc_no=DOC, reason="据实")
    services.plan(office, indicator="area", township=make.HOME, year=2027, value=300, doc_no=DOC)
    services.plan(office, indicator="area", township=make.AWAY, year=2027, value=250, doc_no=DOC)
    gap = next(g for g in planning.gaps("area", range(2026, 2031)) if g.year == 2027)
    assert (gap.county, gap.townships, gap.tasked, gap.gap) == (900, 550, 2, 350)
    assert planning.county_path("area") == {2027: 900, 2030: 66_666_667}
    assert [row.version for row in planning.county_history("area")] == [2, 1]


def test_four_readings_of_one_sentence():
    counts = readings.Counts(frozenset({1, 2}), frozenset({2}), frozenset({2, 3, 4}))
    have = {r: [line.have for line in readings.lines(r, counts)] for r in readings.Reading}
    assert have == {"R1": [2, 1, 1], "R2": [2, 1, 3], "R3": [2, 1, 2], "R4": [2, 1, 0]}
    assert [line.goal for line in readings.lines(readings.Reading.R4, counts)] == [25, 5, 20]
    assert readings.contradictory(readings.Reading.R1) and not readings.contradictory(readings.Reading.R2)
    assert (counts.provincial_inclusive, counts.provincial_exclusive) == (3, 2)


def test_a_decision_about_the_sentence_does_not_reach_back(home, sign_in):
    office = home.actor("office")
    assert planning.reading_on(date(2026, 9, 30)).reading == "R2"
    defining.decide_reading(office, reading="R3", decided_by="领导小组", doc_ref=DOC, decided_on=date(2026, 10, 8))
    assert planning.reading_on(date(2026, 9, 30)).record is None
    assert planning.reading_on(date(2026, 10, 8)).reading == "R3"
    assert queries.progress("2026Q3").reading.reading == "R2"
    Title.create(party=home.plant, kind="above_scale", doc_no="1", issuer="统计局", valid_from=date(2025, 1, 1))
    page = sign_in("leader").get("/targets/readings").text
    assert "本表按三项分别统计" in page and "1 / 25" in page


def test_milestones_count_when_far_enough_and_still_valid(home):
    office = home.actor("office")
    values = {"project": "松江小镇", "scheme": "", "doc_no": DOC, "issuer": "", "note": "", "valid_to": None}
    defining.reach_stage(office, "towns", {**values, "stage": "approved", "on_day": date(2025, 5, 1)})
    assert planning.milestones_counted("towns", date(2026, 1, 1)) == 0
    defining.reach_stage(office, "towns", {**values, "stage": "accepted", "on_day": date(2026, 5, 1)})
    assert planning.milestones_counted("towns", date(2026, 4, 30)) == 0
    assert queries.counters(date(2026, 6, 1))["towns"] == 1
    lapsed = [stages.Reached("之乡", "awarded", date(2024, 1, 1), date(2025, 12, 31))]
    assert stages.counted("honours", lapsed, date(2026, 1, 1)) == 0


def test_the_ledger_gives_the_output_value_and_every_figure_opens(home, sign_in):
    """1 000 kg at 8 元 dried to 250 kg at 60 元: 15 000 元 gross, 8 000 元 of it bought; all of it from one township's plot."""
    coop, plant = home.actor("coop"), home.actor("plant")
    lot = make.harvest(coop, make.plot(coop, home))
    certificates.certify(coop, lot, "1000")
    sent = dispatch_lot(coop, lot.code, home.plant.code, "1000")
    got = certificates.receive(plant, sent.code, "1000", price_fen_per_kg=800, on=date(2026, 7, 19)).lots[0]
    record_run(plant, "drying", [Input(got.code, "1000")], [Output("TD", "250")], on=date(2026, 7, 20))
    defining.set_price(
        plant, party=home.plant.code, product="TD", valid_from=date(2026, 1, 1), fen=6000, grade="A", basis="发票 1—9"
    )
    line = next(item for item in queries.progress("2026Q3").lines if item.code == make.HOME)
    assert line.harvested_g == 1_000_000
    assert (line.gross_fen, line.net_fen) == (800_000 + 1_500_000, 800_000 + 700_000)
    assert {s.stage: s.grades for s in line.stages} == {
        "primary": {"A": 800_000, "B": 0, "C": 0}, "secondary": {"A": 1_500_000, "B": 0, "C": 0},
    }  # fmt: skip
    assert list(checks.check_value_rows_equal_their_parts()) == []
    browser = sign_in("bureau")
    for figure, shown in (("secondary", format_yuan(1_500_000)), ("harvested", lot.code), ("unverified", "在册未核实")):
        assert shown in browser.get(f"/targets/townships/{make.HOME}/{figure}?period=2026Q3").text
    stated = services.state_value(
        home.actor("township"), township=make.HOME, year=2026, stage="secondary", gross_fen=2_000_000, local_input_fen=0, grade="B",
        method="签字报表",
    )  # fmt: skip
    line = next(item for item in queries.progress("2026Q3").lines if item.code == make.HOME)
    second = next(s for s in line.stages if s.stage == "secondary")
    assert stated.version == 1 and second.difference_fen == 500_000
    assert second.grades == {"A": 1_500_000, "B": 500_000, "C": 0}, "what the ledger proves keeps its grade"


@pytest.mark.parametrize(
    "page", ["indicators", "indicators/area", "indicators/gi", "indicators/above_scale", "readings"]
)
def test_pages_of_indicators_open(home, sign_in, page):
    assert sign_in("office").get(f"/targets/{page}").status_code == 200


def test_prices_are_kept_by_the_firm_itself(home, sign_in):
    assert sign_in("plant").get("/targets/prices").status_code == 200
    assert sign_in("coop").get("/targets/prices").status_code == 403
    with pytest.raises(Invalid, match="更正须填写原因"):
        for fen in (6000, 6100):
            defining.set_price(
                home.actor("plant"), party=home.plant.code, product="TD", valid_from=date(2026, 1, 1), fen=fen, grade="A",
                basis="发票",
            )  # fmt: skip
