"""What every JSON door is made of: a flask-smorest blueprint whose parser reads JSON strictly."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from trace.core.canonical import strict_loads

MAX_JSON = 2 * 1024 * 1024


class StrictParser(FlaskParser):
    """Refuses deep nesting, duplicate keys, NaN and lone surrogates with 422 instead of failing on them."""

    def _raw_load_json(self, req: Request) -> Any:
        if not req.is_json:
            return missing
        body = req.get_data(cache=True)
        return strict_loads(body, MAX_JSON) if body else missing


class Blueprint(SmorestBlueprint):
    """A JSON door."""

    ARGUMENTS_PARSER = StrictParser()
