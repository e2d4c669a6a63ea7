"""Tables of quality: none of its own yet, holds live in the ledger."""

from typing import Any

TABLES: tuple[Any, ...] = ()
