"""What a finding is and how much it weighs. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from trace.core.text import N_, Labelled, Message


class Level(Labelled):
    """How much a finding weighs."""

    BLOCKING = "blocking", N_("不能通过")
    WARNING = "warning", N_("需要核实")
    FLAG = "flag", N_("提示")


TONES = {Level.BLOCKING: "stop", Level.WARNING: "todo", Level.FLAG: "info"}


@dataclass(frozen=True)
class Finding:
    """One thing found: its code, its weight, what is said (other applicants masked), and the public codes it is about."""

    code: str
    level: Level
    message: Message
    about: tuple[str, ...] = ()
