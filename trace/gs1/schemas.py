"""What comes into GS1 numbers."""

from marshmallow import Schema, fields, validate


class PrefixSchema(Schema):
    """A company prefix with its certificate."""

    prefix = fields.Str(required=True, error_messages={"required": "请填写厂商识别代码。"})
    certificate = fields.Str(
        required=True, validate=validate.Length(1, 60), error_messages={"required": "请填写证书编号。"}
    )
    valid_from = fields.Date(required=True, error_messages={"required": "请填写日期。", "invalid": "日期格式不正确。"})
    valid_to = fields.Date(required=True, error_messages={"required": "请填写日期。", "invalid": "日期格式不正确。"})


class ArticleSchema(Schema):
    """A GTIN and a lot of the packs it names."""

    gtin = fields.Str(required=True, error_messages={"required": "请填写商品条码。"})
    lot = fields.Str(required=True, error_messages={"required": "请选择包装批次。"})
