"""A programme is named on a pack only where nobody can tell who received it (k = 5, feature X10)."""

from __future__ import annotations

from tests.factories import county as make
from tests.factories import funds
from trace.funds.helping import LEAST, programmes_helping
from trace.funds.models import Application
from trace.funds.rules import State
from trace.land.models import Plot


def households(home, count: int) -> list[Application]:
    """One application each of so many households of the village."""
    scheme, found = funds.programme(home), []
    for number in range(count):
        person = make.party("household", f"农户{number}", home.village, belongs_to=home.coop)
        row = funds.draft(home, scheme, number=number)
        Application.update(applicant=person, state=State.PAID.value, active_key=f"key {number}").where(
            Application.id == row.id
        ).execute()
        found.append(row)
    return found


def codes() -> list[str]:
    return [code for (code,) in Plot.select(Plot.code).join(Application).distinct().tuples()]


def test_five_beneficiaries_in_the_villages_of_the_pack_are_needed(home):
    rows = households(home, LEAST)
    scheme = rows[0].programme.name
    assert programmes_helping(codes()[:1]) == [scheme]
    assert programmes_helping([]) == []
    Application.update(applicant=Application.get_by_id(rows[1].id).applicant_id).where(
        Application.id == rows[0].id
    ).execute()
    assert programmes_helping(codes()) == [], "one household twice is one"


def test_money_not_paid_and_land_elsewhere_do_not_count(home):
    rows = households(home, LEAST)
    pack = codes()[:1]
    last = Application.id == rows[-1].id
    Application.update(state=State.APPROVED.value).where(last).execute()
    assert programmes_helping(pack) == []
    Application.update(state=State.PAID.value).where(last).execute()
    Plot.update(village=home.village2).where(Plot.code == codes()[-1]).execute()
    assert programmes_helping(pack) == [], "a reader who knows the village must find five there"
