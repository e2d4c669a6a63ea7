"""The public vectors of the GS1 Syntax Engine and the GS1 web vocabulary, read in place."""

from __future__ import annotations

import json
import re

import pytest

from trace.core import digital_link
from trace.core.digital_link import DEFAULT_STEM, QUALIFIERS, NotDigitalLink, read_link, write_link
from trace.core.identifiers import has_gs1_check_digit
from trace.scan.linkset import LINK_TYPES

NOT_OURS = {"permitConvenienceAlphas", "permitUnknownAIs"}
"""Options of the engine that this platform does not offer."""


@pytest.fixture
def vectors(conformance):
    """The parsed content of a file."""
    return lambda name: json.loads(conformance(name).read_text(encoding="utf-8"))


def test_addresses_are_read_as_the_engine_reads_them(vectors):
    cases = vectors("gs1-digital-link-vectors.json")["parse"]
    tried = 0
    for case in cases:
        options = set(case.get("options", {}))
        if options & NOT_OURS:
            continue
        tried += 1
        try:
            found = read_link(case["uri"], zero_suppressed="permitZeroSuppressedGTIN" in options).element_string
        except NotDigitalLink:
            found = None
        assert found == (case["ai_element_string"] if case["valid"] else None), case
    assert tried > 50


def test_addresses_are_written_as_the_engine_writes_them(vectors):
    for case in vectors("gs1-digital-link-vectors.json")["generate"]:
        if case["valid"] is False and set(case.get("options", {})) & NOT_OURS:
            continue
        elements = re.findall(r"\((\d+)\)([^(]*)", case["bracketed_ai"])
        try:
            found = write_link(elements, case["stem"] or DEFAULT_STEM)
        except NotDigitalLink:
            found = None
        assert found == (case["uri"] if case["valid"] else None), case


def test_escapes_are_undone_as_the_engine_undoes_them(vectors):
    for case in vectors("gs1-digital-link-vectors.json")["uri_unescape"]:
        assert digital_link._plain(case["in"], False) == case["path"], case
        assert digital_link._plain(case["in"], True) == case["query"], case


def test_the_legal_orders_are_exactly_those_of_the_engine(vectors):
    legal = {tuple(sequence) for sequence in vectors("gs1-digital-link-vectors.json")["valid_path_key_sequences"]}
    assert {(key, *rest) for key, sequences in QUALIFIERS.items() for rest in sequences} == legal


def test_characters_dates_and_check_digits(vectors):
    linters = vectors("gs1-linter-vectors.json")["linters"]
    for case in linters["cset82"]:
        assert digital_link.CSET82.issuperset(case["data"]) == case["valid"], case
    for case in linters["yymmd0"]:
        assert digital_link.is_date(case["data"]) == case["valid"], case
    for case in linters["csum"]:
        assert has_gs1_check_digit(case["data"]) == case["valid"], case


def test_link_types_on_offer_exist_in_the_vocabulary(vectors):
    known = {item["id"] for item in vectors("gs1-link-types.json")["linkTypes"]}
    assert set(LINK_TYPES) <= known


@pytest.mark.parametrize(
    "address",
    [
        "https://a/01/09521234000013/21/X/10/Y",
        "https://a/01/09521234000013/10/Y/22/Z",
        "https://a/01/09521234000013/235/T/10/Y",
        "https://a/01/09521234000014",
    ],
)
def test_wrong_order_and_wrong_digits_are_refused(address):
    with pytest.raises(NotDigitalLink):
        read_link(address)
