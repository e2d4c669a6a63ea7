"""What comes into the ledger by the JSON interface, and lots in lists."""

from marshmallow import Schema, fields, validate

from trace.web.fields import REQUIRED

DIRECTIONS = validate.OneOf(["back", "forward"], error="方向只能是 back 或 forward。")


class LotQuery(Schema):
    """Filters and paging of the lot list."""

    kind = fields.Str()
    q = fields.Str()
    limit = fields.Int()
    cursor = fields.Int()


class TraceQuery(Schema):
    """Which way to trace."""

    direction = fields.Str(load_default="back", validate=DIRECTIONS)


class SplitSchema(Schema):
    """Parts to cut off a lot, each as typed."""

    parts = fields.List(fields.Str(), required=True, validate=validate.Length(1, 50), error_messages=REQUIRED)
