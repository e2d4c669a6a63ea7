"""What comes into supervision, from forms and from the interface."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from trace.core.units import parse_decimal if False else None
