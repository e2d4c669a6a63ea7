"""One row, one record: rows of people, members and plots through the services that forms use."""

from __future__ import annotations

from typing import Any

from trace.audit import Operation
from trace.core.actor import Actor
from trace.core.errors import FieldError, Invalid
from trace.land.services import register_plot
from trace.registry import directory, members, queries
from trace.registry.models import Party


def member_row(op: Operation, values: dict[str, Any]) -> str:
    """A person of a household; returns the household's code with the person's number."""
    household = _party(op.actor, values.pop("household"), "household")
    return f"{household.code}#{members.add_person(op.actor, household.code, values).id}"


def membership_row(op: Operation, values: dict[str, Any]) -> str:
    """A party joins a cooperative; returns both codes."""
    organisation = _party(op.actor, values["organisation"], "organisation")
    member = _party(op.actor, values["member"], "member")
    members.join(op.actor, organisation.code, member.code, values["joined_on"])
    return f"{organisation.code}+{member.code}"


def plot_row(op: Operation, values: dict[str, Any]) -> str:
    """A plot with its boundary; returns its code."""
    operator = _party(op.actor, values["operator"], "operator")
    return register_plot(
        op.actor, {"management": "conventional", **values, "operator": operator.code, "source": "imported"}
    ).code


def unknown_parties(fields: tuple[str, ...], op: Operation, values: dict[str, Any]) -> list[FieldError]:
    """Which of the parties a row names are not there, of those columns that could be read."""
    errors: list[FieldError] = []
    for field in fields:
        if field in values:
            try:
                _party(op.actor, values[field], field)
            except Invalid as error:
                errors += error.errors
    return errors


def _party(actor: Actor, text: str, field: str) -> Party:
    """The one party in the actor's charge that has this code or number."""
    typed = text.strip().upper()
    found = list(queries.visible_parties(actor).where(Party.code == typed)) or directory.with_number(actor, typed)
    if len(found) != 1:
        raise Invalid("没有找到这个编号或号码的主体，请先登记主体，或核对号码。", field=field, code="PARTY_UNKNOWN")
    return found[0]
