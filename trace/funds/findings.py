"""What speaks against an application, or asks for a second look: one list for the gate, the reviewer and the page.

Every source is a function of an application; :func:`findings` asks them all. Blocking findings refuse a submission and a review, warnings want an
answer by a reviewer, flags only a look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trace.core.text import Message
from trace.funds import claim_findings, duplicates
from trace.funds.finding_rules import Finding, Level
from trace.funds.models import Application
from trace.programmes.rules import PURPOSES

Source = Callable[[Application], Iterator[Finding]]


def active_key(application: Application) -> str:
    """What may be claimed once: this plot, for this purpose, in this year."""
    return f"{application.plot.code}:{application.programme.purpose}:{application.programme.year}"


def duplicate(application: Application) -> Message:
    """What is said when the plot is already claimed; the other applicant stays unnamed."""
    return Message(
        "地块 %(plot)s 已有 %(year)s 年度“%(purpose)s”申报，同一地块同一用途一年只能申报一次。",
        {
            "plot": application.plot.code,
            "year": application.programme.year,
            "purpose": PURPOSES[application.programme.purpose],
        },
    )


def same_plot(application: Application) -> Iterator[Finding]:
    """The plot is claimed already, for this purpose and year (domain brief §5.6.1); the unique key enforces it."""
    taken = Application.active_key == active_key(application)
    if Application.select().where(taken, Application.id != application.id).exists():
        yield Finding("DUPLICATE", Level.BLOCKING, duplicate(application), (application.plot.code,))


SOURCES: tuple[Source, ...] = (
    same_plot,
    duplicates.overlapping_ground,
    duplicates.external_lists,
    duplicates.exclusion,
    claim_findings.claimed,
    duplicates.linked_parties,
)


def findings(application: Application) -> list[Finding]:
    """Everything found about an application as things stand now, the heaviest first."""
    order = list(Level)
    found = [finding for source in SOURCES for finding in source(application)]
    return sorted(found, key=lambda finding: order.index(finding.level))


def blocking(application: Application) -> list[Finding]:
    """What forbids to go on."""
    return [finding for finding in findings(application) if finding.level == Level.BLOCKING]


__all__ = ["Finding", "Level", "blocking", "findings"]
