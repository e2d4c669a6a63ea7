"""HTML forms: parse with a marshmallow schema, call one service, and on error show the same form with everything typed still there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import Schema, ValidationError

from trace.core.errors import FieldError, Invalid, RuleBroken, TraceError
from trace.core.text import Message
from trace.web.errors import flatten, translate


def form_values() -> dict[str, Any]:
    """What was typed, single values as text and repeated fields (``name[]``) as lists, without the CSRF token."""
    values: dict[str, Any] = {}
    for key in request.form:
        if key == "csrf_token":
            continue
        values[key.removesuffix("[]")] = request.form.getlist(key) if key.endswith("[]") else request.form[key].strip()
    return values


def load(schema: Schema, values: dict[str, Any]) -> dict[str, Any]:
    """Values through a schema; every problem found becomes one :class:`Invalid`."""
    try:
        return schema.load({key: value for key, value in values.items() if value != ""})
    except ValidationError as error:
        raise Invalid(errors=[_field_error(item) for item in flatten(error.messages)]) from error


def form_view(render: Callable[..., str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For POST views: on an error of the user, call ``render(values=…, errors={field: text}, **route arguments)`` with its HTTP status.

    Not-found and permission errors are not the form's business and pass through.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def handle(**arguments: Any) -> ResponseReturnValue:
            try:
                return view(**arguments)
            except (Invalid, RuleBroken) as error:
                return render(values=form_values(), errors=form_errors(error), **arguments), error.status

        return handle

    return decorate


def form_errors(error: TraceError) -> dict[str, str]:
    """Texts by field; what belongs to no field stands under the empty name, shown on top of the form."""
    if isinstance(error, Invalid):
        found: dict[str, str] = {}
        for item in error.errors:
            text = translate(item.message)
            found[item.field] = _beside(found[item.field], text) if item.field in found else text
        return found
    return {error.field or "": translate(error.message)}


def _beside(one: str, other: str) -> str:
    """Two sentences after one another; Chinese ones have no space between them."""
    return one + other if one.endswith("。") else f"{one} {other}"


def done(template: str, **values: Any) -> None:
    """Tell the person, on the next page, what has just been done."""
    flash(gettext(template, **values) if values else gettext(template), "ok")


def _field_error(item: dict[str, str]) -> FieldError:
    return FieldError(item["field"], item["code"], Message(item["message"]))
