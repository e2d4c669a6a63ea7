"""Keyset paging: lists stay fast and stable however long they grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True)
class Page:
    """One page of rows and the cursor of the next (None on the last page)."""

    items: list[Any]
    next: str | None

    @property
    def next_url(self) -> str | None:
        """Address of the next page with all filters kept."""
        if self.next is None:
            return None
        arguments = {**(request.view_args or {}), **request.args.to_dict(flat=True), "cursor": self.next}
        return url_for(request.endpoint or "", **arguments)


def limit_and_cursor() -> tuple[int, int | None]:
    """``?limit=&cursor=`` of the request, within bounds; nonsense counts as absent."""
    limit = request.args.get("limit", type=int) or DEFAULT_LIMIT
    return max(1, min(limit, MAX_LIMIT)), request.args.get("cursor", type=int)


def page_by_id(query: Any, column: Any, *, newest_first: bool = True) -> Page:
    """Page a query by a unique integer column, newest first by default."""
    limit, cursor = limit_and_cursor()
    if cursor is not None:
        query = query.where(column < cursor if newest_first else column > cursor)
    rows = list(query.order_by(column.desc() if newest_first else column).limit(limit + 1))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, str(getattr(rows[-1], column.name)) if more else None)
