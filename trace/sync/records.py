"""Records that a phone may correct: how each kind writes a correction. Filled by the domains that own the records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trace.core.actor import Actor

Correct = Callable[[Actor, str, int, dict[str, Any], str], int]
"""(actor, code, version it stands on, changed fields, reason) → the new version's number."""

CORRECT: dict[str, Correct] = {}
"""By kind of record."""
