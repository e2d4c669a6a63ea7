"""States of an import and the words for them. Pure."""

from __future__ import annotations

from trace.core.text import N_

RUN_STATES = {
    "received": N_("检查中"),
    "checked": N_("待导入"),
    "unusable": N_("不能导入"),
    "discarded": N_("已放弃"),
    "done": N_("已导入"),
    "undone": N_("已撤销"),
}

TONES = {"received": "info", "checked": "todo", "unusable": "stop", "discarded": "void", "done": "ok", "undone": "void"}

MODES = ("all", "valid")
"""All rows or none; or the rows that are right."""

SHOWN_MISTAKES = 500
AT_ONCE = 300
"""Files of up to so many rows are checked and imported while one waits; longer ones in the background."""
