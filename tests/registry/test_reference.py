"""What ships with the platform: regions, taxa, products, processes, calendar."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from trace.core.errors import Invalid
from trace.registry import queries
from trace.registry.models import CalendarDay, Process, Product, ReferenceRange, Taxon, Township, Village
from trace.registry.reference import load_reference
from trace.registry.rules import sql_list
from trace.registry.title_rules import title_in_force

pytestmark = pytest.mark.usefixtures("database")


def test_the_county_has_its_townships_and_villages():
    assert (len(queries.townships()), len(queries.villages())) == (23, 445)
    assert (
        len(queries.villages("430422122"))
        == Village.select().join(Township).where(Township.code == "430422122").count()
        > 0
    )


def test_the_prison_and_its_area_are_no_place_to_farm():
    names = [place.name for place in (*queries.townships(), *queries.villages())]
    assert not [name for name in names if "监狱" in name]
    assert Township.get_or_none(Township.code == "430422407") is None


def test_every_village_lies_in_the_township_of_its_code():
    for village in queries.villages():
        assert village.code.startswith(village.township.code), village.code


def test_names_repeat_so_the_code_is_the_name():
    """九龙村 exists twice: what is shown is always township and village."""
    counts = Counter(village.name for village in queries.villages())
    assert counts.most_common(1)[0][1] > 1
    assert len({(village.township.name, village.name) for village in queries.villages()}) == 445


def test_the_default_taxon_is_ehretia():
    taxon = queries.default_taxon()
    assert (taxon.key, taxon.name_zh, taxon.latin) == ("ehretia_dicksonii", "土枇杷", "Ehretia dicksonii Hance")
    assert [row.key for row in queries.taxa()] == ["ehretia_dicksonii", "eriobotrya_japonica"]
    assert "粗糠树" in taxon.other_names


def test_products_and_processes_fit_together():
    forms = {(product.part, product.form) for product in queries.products()}
    for process in queries.processes():
        assert (process.input_part, process.output_form) in forms, process.code
        assert (process.input_part, "fresh") in forms, process.code
    assert {product.code for product in queries.products() if product.unit == "ml"} == {"TJ"}


def test_figures_without_a_source_are_placeholders():
    assert {row.source for row in (*Process.select(), *ReferenceRange.select())} == {""}


def test_loading_again_changes_nothing():
    Process.update(high_milli=360).where(Process.code == "drying").execute()
    before = [
        model.select().count() for model in (Township, Village, Taxon, Product, Process, ReferenceRange, CalendarDay)
    ]
    load_reference()
    assert [
        model.select().count() for model in (Township, Village, Taxon, Product, Process, ReferenceRange, CalendarDay)
    ] == before
    assert queries.get_process("drying").high_milli == 360, "what the bureau set stays"


def test_the_calendar_knows_the_autumn_holidays():
    """T4: published on 30 September 2026, seven working days."""
    calendar = queries.working_calendar(date(2026, 9, 1), date(2026, 10, 31))
    assert not calendar.is_working(date(2026, 10, 1))
    assert calendar.is_working(date(2026, 9, 30))


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: queries.get_township("430422999"), "没有代码为 430422999 的乡镇（街道）。"),
        (lambda: queries.get_village("430422999999"), "请选择到村。"),
        (lambda: queries.get_taxon("oak"), "没有这个树种。"),
        (lambda: queries.get_product("ZZ"), "没有这个产品。"),
        (lambda: queries.get_process("magic"), "没有这个工序。"),
        (lambda: queries.party_by_code("T99999"), "没有编号为 T99999 的主体。"),
    ],
)
def test_what_is_not_there_is_named(ask, text):
    with pytest.raises(Invalid, match=text):
        ask()


@pytest.mark.parametrize(
    ("valid_to", "withdrawn", "on", "in_force"),
    [
        (date(2026, 12, 31), None, date(2026, 12, 31), True),
        (date(2026, 12, 31), None, date(2027, 1, 1), False),
        (None, None, date(2099, 1, 1), True),
        (None, None, date(2025, 12, 31), False),
        (None, date(2026, 6, 1), date(2026, 5, 31), True),
        (None, date(2026, 6, 1), date(2026, 6, 1), False),
    ],
)
def test_the_last_day_counts_and_the_day_of_withdrawal_does_not(valid_to, withdrawn, on, in_force):
    assert title_in_force(date(2026, 1, 1), valid_to, withdrawn, on) is in_force


def test_lists_for_checks_are_quoted():
    assert sql_list(["a", "b"]) == "'a','b'"


def test_settings_of_the_site_have_defaults():
    assert queries.site_setting("demo") is None
    assert queries.site_setting("demo", 5) == 5
