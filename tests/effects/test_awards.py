"""Open awards: the fields the 360Giving standard requires, organisations named, individuals hidden among k, sums exact.

The required fields are written down here from the standard's schema (version 1.4) and its publisher guidance, not from our code.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import funds
from trace.effects import award_rules as rules
from trace.effects import awards
from trace.effects.award_rules import Award, Funder, K
from trace.funds.models import Application
from trace.funds.rules import State
from trace.registry.models import Party

FUNDER = Funder("hengnan-tupipa", "11430422006000000A", "衡南县财政局", "https://example.test/licence")
DAY = date(2026, 11, 27)
REQUIRED = {"id", "title", "description", "currency", "amountAwarded", "awardDate"}
CORE_COLUMNS = {
    "Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date", "Funding Org:Identifier", "Funding Org:Name",
    "Recipient Org:Identifier", "Recipient Org:Name", "Recipient Ind:Identifier", "Recipient Ind:Name",
}  # fmt: skip
DATE = re.compile(r"^[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$")


def conforms(package: dict) -> None:
    """What the schema of the standard asks of a package and of each of its grants."""
    assert isinstance(package["grants"], list) and re.match(r"^(\d+\.)(\d+)$", package["version"])
    assert DATE.match(package["issued"]) and package["publisher"]["name"]
    assert len({grant["id"] for grant in package["grants"]}) == len(package["grants"])
    for grant in package["grants"]:
        assert grant.keys() >= REQUIRED
        for name in ("id", "title", "description", "currency", "awardDate"):
            assert isinstance(grant[name], str) and grant[name]
        assert len(grant["title"]) <= 140 and grant["currency"] == "CNY" and DATE.match(grant["awardDate"])
        assert isinstance(grant["amountAwarded"], (int, float)) and grant["amountAwarded"] > 0
        assert ("recipientOrganization" in grant) != ("recipientIndividual" in grant), "one of the two, never both"
        for body in [*grant.get("recipientOrganization", []), *grant["fundingOrganization"]]:
            assert body["id"] and body["name"]
        if "recipientIndividual" in grant:
            assert isinstance(grant["recipientIndividual"], dict) and grant["recipientIndividual"].keys() == {
                "id",
                "name",
            }
        for place in grant["beneficiaryLocation"]:
            assert place["countryCode"] == "CN"
        for scheme in grant["grantProgramme"]:
            assert scheme["code"] and scheme["title"]


def award(n: int, **values) -> Award:
    """An individual's award of the second quarter."""
    base = Award(
        no=f"SB26-{n:04d}", programme="XM26-01", programme_name="2026年新造奖补", recipient=n, name="", kind="household", uscc="",
        township_code="430422122", township="松江镇", decided_on=date(2026, 5, 1), paid_on=date(2026, 5, 20), fen=100_000 + n,
    )  # fmt: skip
    return replace(base, **values)


def fen(grants: list[dict]) -> int:
    """What records sum to."""
    return sum(round(grant["amountAwarded"] * 100) for grant in grants)


def test_individuals_are_hidden_among_k_and_the_sum_is_right():
    several = [award(n) for n in range(K)]
    found = rules.publish(several, FUNDER, DAY)
    conforms(rules.package(found, FUNDER, DAY, "https://example.test/open/awards"))
    assert len(found.records) == K and fen(found.records) == sum(one.fen for one in several)
    amounts = [round(grant["amountAwarded"] * 100) for grant in found.records]
    assert max(amounts) - min(amounts) <= 1, "nobody stands out"
    text = json.dumps(found.records, ensure_ascii=False)
    assert "SB26" not in text, "the number of an application leads to its notice"
    assert {grant["awardDate"] for grant in found.records} == {"2026-06-30"}
    assert {grant["recipientIndividual"]["name"] for grant in found.records} == {"Individual Recipient"}


def test_small_groups_go_together_and_what_is_still_small_is_left_out():
    two_places = [award(n, township_code=f"43042210{n % 2}", township=f"甲乙{n % 2}镇") for n in range(2 * K - 2)]
    found = rules.publish(two_places, FUNDER, DAY)
    assert len(found.records) == 2 * K - 2 and not found.left_out
    assert {grant["beneficiaryLocation"][0]["name"] for grant in found.records} == {"衡南县"}
    alone = rules.publish([award(n) for n in range(K - 1)], FUNDER, DAY)
    assert alone.records == [] and alone.left_out
    twice = rules.publish([award(n, recipient=n % 4) for n in range(8)], FUNDER, DAY)
    assert twice.records == [], "eight awards of four people are four people"


def test_a_quarter_that_still_grows_is_not_published():
    several = [award(n, paid_on=date(2026, 10, 8)) for n in range(K)]
    found = rules.publish(several, FUNDER, DAY)
    assert found.records == [] and found.waiting and not found.left_out
    assert len(rules.publish(several, FUNDER, date(2027, 1, 1)).records) == K
    assert rules.publish(several, FUNDER, date(2026, 12, 31)).records == []


@pytest.mark.parametrize(
    ("kind", "uscc", "named"),
    [
        ("cooperative", "93430422MA4L00001X", True), ("enterprise", "91430422MA4L00002X", True), ("cooperative", "", False),
        ("enterprise", "92430422MA4L00003X", False), ("family_farm", "91430422MA4L00004X", False), ("household", "", False),
    ],
)  # fmt: skip
def test_only_registered_organisations_are_named(kind, uscc, named):
    found = rules.publish([award(1, kind=kind, uscc=uscc, name="青坡某某", recipient=1)], FUNDER, DAY)
    assert bool(found.records) == named
    assert ("青坡某某" in json.dumps(found.records, ensure_ascii=False)) == named
    if named:
        assert found.records[0]["recipientOrganization"] == [{"id": f"CN-USCI-{uscc}", "name": "青坡某某"}]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.integers(0, 3), st.integers(1, 10**9), st.dates(date(2025, 1, 1), date(2026, 11, 27))
        ),
        max_size=60,
    )
)
def test_whatever_the_awards_every_group_has_k_members_and_no_sum_is_invented(drawn):
    several = [
        award(n, recipient=person, township_code=f"43042210{place}", township=f"{place}镇", fen=amount, paid_on=on)
        for n, (person, place, amount, on) in enumerate(drawn)
    ]
    found = rules.publish(several, FUNDER, DAY)
    groups: dict[tuple, list[dict]] = {}
    for grant in found.records:
        key = (grant["beneficiaryLocation"][0]["geoCode"], grant["awardDate"], grant["grantProgramme"][0]["code"])
        groups.setdefault(key, []).append(grant)
    for grants in groups.values():
        amounts = [round(grant["amountAwarded"] * 100) for grant in grants]
        assert len(grants) >= K and max(amounts) - min(amounts) <= 1
    over = sum(one.fen for one in several if rules.quarter_end(*rules.quarter(one.paid_on)) < DAY)
    assert fen(found.records) <= over and (found.left_out or fen(found.records) == over)


def test_the_files_hold_what_the_books_paid(home, client):
    scheme = funds.programme(home)
    Party.update(uscc="93430422MA4L00001X").where(Party.id == home.coop.id).execute()
    paid = funds.drive(home, funds.draft(home, scheme), State.PAID)
    funds.drive(home, funds.draft(home, scheme, number=1), State.APPROVED)
    amount = Application.get_by_id(paid.id).amount_fen
    package = client.get("/open/awards.json").json
    conforms(package)
    assert package["privacy"]["k"] == K and "k=5" in package["description"] and "license" not in package
    assert [
        (grant["recipientOrganization"][0]["name"], round(grant["amountAwarded"] * 100)) for grant in package["grants"]
    ] == [("青坡合作社", amount)]
    rows = list(csv.DictReader(StringIO(client.get("/open/awards.csv").data.decode("utf-8-sig"))))
    assert rows[0].keys() >= CORE_COLUMNS and rows[0]["Recipient Org:Identifier"] == "CN-USCI-93430422MA4L00001X"
    assert float(rows[0]["Amount Awarded"]) * 100 == amount and rows[0]["Recipient Ind:Identifier"] == ""
    page = client.get("/open/awards").text
    assert "青坡合作社" in page and "使用许可尚未由县里确定" in page and "不少于 5 人" in page
    client.get("/language/en")
    assert client.get("/open/awards").status_code == 200


def test_a_persons_name_is_not_even_read(home):
    scheme = funds.programme(home)
    item = funds.drive(home, funds.draft(home, scheme), State.PAID)
    Party.update(kind="household", name="甲乙丙").where(Party.id == item.applicant_id).execute()
    assert [one.name for one in awards.awards(DAY)] == [""]


def test_the_licence_is_a_setting():
    package = rules.package(rules.publish([], FUNDER, DAY), FUNDER, DAY, "https://example.test")
    assert package["license"] == FUNDER.licence and package["publisher"]["identifier"] == "CN-USCI-11430422006000000A"
