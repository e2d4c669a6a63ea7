"""A finding driven along its way through the services, at instants the test chooses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.factories import county as make
from trace.audit import operation
from trace.supervision import queries, rules, services
from trace.supervision.models import Finding

START = datetime(2026, 9, 1, 1, tzinfo=UTC)
"""Tuesday 1 September 2026, nine in the morning."""
AUTHORITY = "清政函〔2026〕9号"
WHO = {
    "draft": "office", "issue": "office", "convert": "office", "submit_plan": "township", "return_plan": "office", "agree_plan": "office",
    "start": "township", "report": "township", "extend": "office", "begin_recheck": "bureau", "pass": "bureau", "fail": "bureau",
    "circulate": "office", "resume": "office", "escalate": "office",
}  # fmt: skip


@pytest.fixture
def found(home: make.County) -> Finding:
    """A problem the office found in the home township."""
    with operation(home.actor("office"), rules.P.SUPERVISION_INSPECT) as op:
        op.at = START
        return services.write_finding(
            op, township=make.HOME, facts="两块地缺株三成。", source="routine", cause="quality"
        )


@pytest.fixture
def do(home: make.County, found: Finding) -> Callable[..., Finding]:
    """``do("issue", at=…, by="office", **values)``: one step at an instant."""

    def step(action: str, *, at: datetime = START, by: str = "", **values: object) -> Finding:
        chosen = rules.Action(action)
        with operation(home.actor(by or WHO[action]), rules.STEPS[chosen].permission) as op:
            op.at = at
            return services.perform(op, Finding.get_by_id(found.id), chosen, {"text": "说明。", **values})

    return step


@pytest.fixture
def demand(do: Callable[..., Finding]) -> Callable[..., Finding]:
    """Draft and issue a notice; 15 working days from 1 September 2026 end on the 21st: Sunday the 20th is worked (调休)."""

    def issue(**values: object) -> Finding:
        do("draft", **{"authority_ref": AUTHORITY, **values})
        return do("issue")

    return issue


def fresh(finding: Finding) -> Finding:
    """As it stands in the database."""
    return queries.findings_joined().where(Finding.id == finding.id).get()
