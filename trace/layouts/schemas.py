"""What comes into layouts."""

from marshmallow import Schema, fields, validate


class TemplateSchema(Schema):
    """A new version of a template."""

    name = fields.Str(required=True, error_messages={"required": "请填写名称。"})
    body = fields.Str(required=True, error_messages={"required": "请填写模板内容。"})
    note = fields.Str(load_default="", validate=validate.Length(0, 200))
    medium = fields.Str(load_default="")
    act = fields.Str(load_default="save")


class WordSchema(Schema):
    """A word labels may not carry."""

    word = fields.Str(required=True, error_messages={"required": "请填写词语。"})
    kind = fields.Str(load_default="health")
    title_kind = fields.Str(load_default="")
    source = fields.Str(load_default="", validate=validate.Length(0, 120))
