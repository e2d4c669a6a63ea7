"""Check digits against the vectors of GS1 and an independent library."""

import json
import re
from datetime import date

import pytest
from stdnum import ean, luhn
from stdnum.cn import ric, uscc

from trace.core.errors import Invalid
from trace.core.identifiers import (
    check_bank_account,
    check_citizen_id,
    check_gtin,
    check_uscc,
    gtin_check_digit,
    has_gs1_check_digit,
)


def test_gs1_refuses_what_the_linter_refuses(conformance):
    cases = json.loads(conformance("gs1-linter-vectors.json").read_text())["linters"]["csum"]
    assert len(cases) >= 7
    for case in cases:
        assert has_gs1_check_digit(case["data"]) is case["valid"], case


def test_gtins_of_valid_digital_links_pass_and_refused_ones_name_the_digit(conformance):
    cases = json.loads(conformance("gs1-digital-link-vectors.json").read_text())["parse"]
    gtins = {
        found[1]
        for case in cases
        if case["valid"]
        for found in [re.search(r"\^01(\d{14})", case["ai_element_string"])]
        if found
    }
    assert len(gtins) >= 5
    for gtin in gtins:
        assert check_gtin(gtin) == gtin
        wrong = gtin[:-1] + str((int(gtin[-1]) + 1) % 10)
        with pytest.raises(Invalid, match=f"应为 {gtin[-1]}"):
            check_gtin(wrong)


@pytest.mark.parametrize("code", ["09521234000013", "09521234000020", "095212340000000013"])
def test_demonstration_numbers_of_the_brief(code):
    assert has_gs1_check_digit(code)
    assert gtin_check_digit(code[:-1]) == ean.calc_check_digit(code[:-1])


@pytest.mark.parametrize(
    "code", ["93430422MA4DEM000N", "91430422MA4DEM000W", "92430422MA4DEM000R", "91430422MA4DEM0010"]
)
def test_credit_codes_agree_with_an_independent_reader(code):
    assert check_uscc(code) == uscc.validate(code) == code


def test_collectives_are_accepted_where_the_independent_reader_is_too_strict():
    assert check_uscc("N2430422MF00000008") == "N2430422MF00000008"
    assert not uscc.is_valid("N2430422MF00000008")


@pytest.mark.parametrize("number", ["430422199001010018", "430422197607150024"])
def test_citizen_ids_agree_with_an_independent_reader(number):
    # Only the digits: the other reader also wants the county to be older than the person.
    checked = check_citizen_id(number, date(2026, 11, 24))
    assert number[-1] == ric.calc_check_digit(number)
    assert checked.birth == ric.get_birth_date(number)


def test_luhn_warning_agrees_with_the_published_test_card():
    assert luhn.is_valid("4111111111111111")
    assert not check_bank_account("4111111111111111").warnings
    assert check_bank_account("4111111111111112").warnings
