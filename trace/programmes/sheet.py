"""The calculation sheet: every line with what went in, by which rule, and what came out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trace.core.text import N_, Message
from trace.core.units import format_mu, format_yuan


@dataclass(frozen=True)
class Line:
    """One line: what it is about, the rule applied, and the result as it is printed; money also in fen."""

    item: Message
    rule: Message
    figure: str
    unit: str = ""
    amount_fen: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the application."""
        return {
            "item": [self.item.template, self.item.values], "rule": [self.rule.template, self.rule.values], "figure": self.figure,
            "unit": self.unit, "amount_fen": self.amount_fen,
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Line:
        """What :meth:`as_json` kept."""
        return cls(Message(*kept["item"]), Message(*kept["rule"]), kept["figure"], kept["unit"], kept["amount_fen"])


@dataclass(frozen=True)
class Sheet:
    """What one application comes to: its lines, the area it was accepted with (area kinds), the amount, and by which version of the notice."""

    kind: str
    lines: list[Line]
    amount_fen: int
    applied_m2: int
    verified_m2: int
    plot_m2: int
    accepted_m2: int
    instalment: int = 1
    version: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The sheet as it is kept with the application and hashed."""
        kept = {
            name: getattr(self, name)
            for name in ("kind", "amount_fen", "applied_m2", "verified_m2", "plot_m2", "accepted_m2", "instalment", "version")
        }  # fmt: skip
        return {**kept, "lines": [line.as_json() for line in self.lines], **self.extra}


def lines_of(kept: dict[str, Any] | None) -> list[Line]:
    """The lines of a kept sheet; of one from before there were lines its area and amount."""
    if not kept:
        return []
    if "lines" in kept:
        return [Line.from_json(line) for line in kept["lines"]]
    area = Line(Message(N_("核定面积")), Message(N_("取三者最小")), format_mu(kept["accepted_m2"]), N_("亩"))
    return [area, money(Message(N_("核定金额")), Message(N_("按当时的标准")), kept["amount_fen"])]


def money(item: Message, rule: Message, amount_fen: int) -> Line:
    """A line that ends in an amount."""
    return Line(item, rule, format_yuan(amount_fen), "元", amount_fen)
