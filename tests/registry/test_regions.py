"""Merging villages: new records go to the village of today, what was recorded stays under the old code."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conftest import csrf
from tests.factories import county as make
from trace.audit.models import AuditEntry
from trace.core.errors import Forbidden, Invalid
from trace.imports.cells import Places
from trace.land.map_queries import by_township
from trace.land.services import register_plot
from trace.registry import queries, regions
from trace.registry.corrections import correct_party
from trace.registry.models import Party, Village
from trace.registry.region_models import VillageMerge
from trace.registry.services import register_party

DAY = date(2026, 3, 2)
DOCUMENT = "清民发〔2026〕3号"


@pytest.fixture
def neighbour(home: make.County) -> Village:
    """Another village of the same township."""
    return next(row for row in queries.villages(make.HOME) if row.id != home.village.id)


def merge(home: make.County, into: Village, **given) -> VillageMerge:
    """The home village becomes part of another."""
    wanted = {"code": home.village.code, "into_code": into.code, "on": DAY, "document": DOCUMENT, **given}
    return regions.merge_village(home.actor("bureau"), **wanted)


def fields_of(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {one.field: one.code for one in error.value.errors}


def test_what_was_recorded_keeps_its_village(home, neighbour):
    coop, bureau = home.actor("coop"), home.actor("bureau")
    plot = make.plot(coop, home)
    before = by_township(bureau, {})
    merge(home, neighbour)
    assert home.village.code not in {row.code for row in queries.villages()}
    kept = queries.get_village(home.village.code)
    assert (kept.valid_to, regions.merge_of(kept).into) == (DAY, neighbour)
    assert type(plot).get_by_id(plot.id).village_id == home.village.id
    assert by_township(bureau, {}) == before
    entry = AuditEntry.select().where(AuditEntry.action == "region.merge").get()
    assert entry.detail["into"] == neighbour.code


def test_new_records_are_sent_to_the_village_of_today(home, neighbour):
    coop = home.actor("coop")
    merge(home, neighbour)
    words = f"{home.village.name}已于 2026-03-02 并入{neighbour.name}，请选现在的村。"
    with pytest.raises(Invalid) as refused:
        register_party(coop, {"kind": "household", "name": "某户", "village": home.village.code})
    assert str(refused.value.errors[0].message) == words
    with pytest.raises(Invalid) as refused:
        make.plot(coop, home)
    assert fields_of(refused) == {"village": "VILLAGE_ENDED"}
    made = register_plot(
        coop,
        {"village": neighbour.code, "operator": home.coop.code, "land_class": "forest", "management": "conventional",
         "geometry": make.square(112.6, 26.7)},
    )  # fmt: skip
    assert made.village == neighbour


def test_an_old_entry_can_be_corrected_where_it_stands(home, neighbour):
    household = make.party("household", "某户", home.village)
    away = make.party("household", "另户", neighbour)
    merge(home, neighbour)
    bureau = home.actor("bureau")
    given = {"kind": "household", "name": "某户甲", "village": home.village.code}
    assert correct_party(bureau, household.code, given, household.version).village_id == home.village.id
    with pytest.raises(Invalid) as refused:
        correct_party(bureau, away.code, {**given, "name": "另户"}, away.version)
    assert fields_of(refused) == {"village": "VILLAGE_ENDED"}
    assert Party.get_by_id(away.id).village_id == neighbour.id


def test_imports_name_the_successor(home, neighbour):
    old = home.village
    merge(home, neighbour)
    places = Places()
    for village, township in ((old.code, ""), (old.name, old.township.name)):
        with pytest.raises(Invalid) as refused:
            places.village_code(village, township)
        assert str(refused.value.errors[0].message).startswith(f"{old.name}已于 2026-03-02 并入")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"document": " "}, {"document": "MISSING"}),
        ({"on": date(2999, 1, 1)}, {"on": "DATE_RANGE"}),
        ({"on": date(1900, 1, 1), "document": ""}, {"on": "DATE_RANGE", "document": "MISSING"}),
    ],
)
def test_every_mistake_is_named(home, neighbour, given, wrong):
    with pytest.raises(Invalid) as refused:
        merge(home, neighbour, **given)
    assert fields_of(refused) == wrong
    assert queries.get_village(home.village.code).valid_to is None


def test_only_villages_in_force_of_one_township(home, neighbour):
    with pytest.raises(Invalid) as refused:
        merge(home, home.village2)
    assert fields_of(refused) == {"into": "OTHER_TOWNSHIP"}
    with pytest.raises(Invalid) as refused:
        merge(home, home.village)
    assert fields_of(refused) == {"into": "SELF"}
    merge(home, neighbour)
    with pytest.raises(Invalid) as refused:
        merge(home, neighbour)
    assert fields_of(refused) == {"village": "VILLAGE_ENDED"}


def test_only_the_bureau_merges(home, neighbour, sign_in):
    with pytest.raises(Forbidden):
        regions.merge_village(home.actor("township"), home.village.code, neighbour.code, DAY, DOCUMENT)
    assert "登记合并" not in sign_in("township").get("/parties/villages").text
    browser = sign_in("bureau")
    plot = make.plot(home.actor("coop"), home)
    answer = browser.post(
        "/parties/villages",
        data={"village": home.village.code, "into": neighbour.code, "on": "2026-03-02", "document": DOCUMENT, "csrf_token": csrf(browser, "/parties/villages")},
        follow_redirects=True,
    )  # fmt: skip
    assert f"{home.village.name}已并入{neighbour.name}" in answer.text
    assert f"并入{neighbour.name}）" in browser.get(f"/plots/{plot.code}").text
