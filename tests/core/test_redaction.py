"""Personal numbers do not get into logs; codes, hashes and amounts stay readable."""

from __future__ import annotations

import json

import pytest
import structlog

from trace.app import configure_logging
from trace.core.redaction import MARK, redact, redact_all


@pytest.mark.parametrize(
    "number", ["43042219800101123X", "430422198001011234", "6217995560012345678", "6217995560012345", "13812345678", "+86 13812345678", "430422800101123"]
)  # fmt: skip
def test_personal_numbers_are_replaced_wherever_they_stand(number):
    assert redact(f"Key (phone)=({number}) already exists.") == f"Key (phone)=({MARK}) already exists."
    assert redact(f"号码{number}。") == f"号码{MARK}。"
    assert number not in json.dumps(redact_all({"a": [number, {"b": f"x {number}"}]}), ensure_ascii=False)


@pytest.mark.parametrize(
    "text", ["430422122246-0012", "SB26-0001", "a" * 64, "2026-11-27T11:34:43.239379Z", "12 750.00", "06901234567892", "1380" * 16, "HNC0000000X202611270999"]
)  # fmt: skip
def test_codes_hashes_and_times_stay(text):
    assert redact(text) == text


def test_an_error_with_a_number_in_it_reaches_the_log_without_it(capfd):
    configure_logging()
    try:
        raise ValueError("bad card 6217995560012345678")
    except ValueError:
        structlog.get_logger("web").exception("web.unexpected", path="/parties?q=430422198001011234", phone=13812345678)
    line = "".join(capfd.readouterr())
    assert "web.unexpected" in line and "bad card" in line and MARK in line
    assert not any(number in line for number in ("6217995560012345678", "430422198001011234", "13812345678"))
