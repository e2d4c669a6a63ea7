"""Column types that mean the same on both engines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from peewee import DateTimeField, TextField

from trace.core.canonical import sorted_json


class UtcDateTimeField(DateTimeField):
    """An instant: aware UTC in Python, naive UTC in the table."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any = None) -> Any: ...
        def __set__(self, instance: Any, value: Any) -> None: ...

    def db_value(self, value: datetime | None) -> Any:
        """Refuse naive datetimes, store UTC without offset."""
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("naive datetime")
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)

    def python_value(self, value: Any) -> datetime | None:
        """Give the stored instant its offset back."""
        found = super().python_value(value)
        return found.replace(tzinfo=UTC) if isinstance(found, datetime) else found


class JsonField(TextField):
    """Small structured detail, stored as sorted JSON text."""

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: Any = None) -> Any: ...
        def __set__(self, instance: Any, value: Any) -> None: ...

    def db_value(self, value: Any) -> str | None:
        """Serialise with sorted keys so equal values are equal texts."""
        return None if value is None else sorted_json(value)

    def python_value(self, value: str | None) -> Any:
        """Parse what ``db_value`` wrote."""
        return None if value is None else json.loads(value)
