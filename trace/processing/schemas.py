"""What comes into processing."""

from marshmallow import Schema, fields, validate

from trace.lots.rules import OperationKind
from trace.processing.rules import OUTFLOWS, PURPOSES
from trace.web.fields import REQUIRED, yuan_field

MOST_FEN_PER_KG = 10**8
"""A million yuan: far above any price, far below what the column holds."""


NOT_PLAIN = (
    OperationKind.HARVEST, OperationKind.UNDO, OperationKind.RECEIVE, OperationKind.PURCHASE, OperationKind.REWORK, OperationKind.REPACK,
)  # fmt: skip
"""Kinds with a door of their own."""


class DrawSchema(Schema):
    """One input: a lot and how much of it, as typed in its unit."""

    lot = fields.Str(required=True, error_messages=REQUIRED)
    quantity = fields.Str(required=True, error_messages=REQUIRED)


class MakeSchema(Schema):
    """One output: a product and how much of it, as typed in its unit."""

    product = fields.Str(required=True, error_messages=REQUIRED)
    quantity = fields.Str(required=True, error_messages=REQUIRED)
    byproduct = fields.Bool(load_default=False)
    lot = fields.Str(load_default="", validate=validate.Length(max=20))


class OperationSchema(Schema):
    """n inputs → m outputs, with what was lost."""

    kind = fields.Str(
        required=True,
        validate=validate.OneOf(
            [k.value for k in OperationKind if k not in NOT_PLAIN],
            error="请从列表中选择。",
        ),
        error_messages=REQUIRED,
    )
    on = fields.Date(data_key="date")
    inputs = fields.List(
        fields.Nested(DrawSchema), required=True, validate=validate.Length(1, 200), error_messages=REQUIRED
    )
    outputs = fields.List(fields.Nested(MakeSchema), load_default=list, validate=validate.Length(max=50))
    loss = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class DispatchSchema(Schema):
    """A lot sent to a plant."""

    lot = fields.Str(required=True, error_messages=REQUIRED)
    receiver = fields.Str(required=True, error_messages={"required": "请选择收货单位。"})
    quantity = fields.Str(required=True, error_messages=REQUIRED)
    purpose = fields.Str(
        load_default="sale", validate=validate.OneOf([p for p in PURPOSES if p != "return"], error="请从列表中选择。")
    )
    carrier = fields.Str(load_default="", validate=validate.Length(max=60))
    plate = fields.Str(load_default="", validate=validate.Length(max=12))


class ReceiptSchema(Schema):
    """What arrived."""

    quantity = fields.Str(required=True, error_messages=REQUIRED)
    reason = fields.Str(load_default="", validate=validate.Length(max=200))
    price = yuan_field(validate=validate.Range(max=MOST_FEN_PER_KG, error="单价过高，请核对。"))
    paper_no = fields.Str(load_default="", validate=validate.Length(max=40))
    self_check = fields.Str(load_default="", validate=validate.Length(max=200))


class RunSchema(Schema):
    """A process run from the form: parallel lists of lots and quantities."""

    process = fields.Str(required=True, error_messages={"required": "请选择工序。"})
    lots = fields.List(fields.Str(), load_default=list)
    quantities = fields.List(fields.Str(), load_default=list)
    products = fields.List(fields.Str(), load_default=list)
    amounts = fields.List(fields.Str(), load_default=list)
    loss = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class PackSchema(Schema):
    """Packs filled from lots of one product."""

    inputs = fields.List(
        fields.Nested(DrawSchema), required=True, validate=validate.Length(1, 50), error_messages=REQUIRED
    )
    pieces = fields.Int(required=True, error_messages={"required": "请填写件数。", "invalid": "件数只能填整数。"})
    piece = fields.Str(required=True, error_messages={"required": "请填写每件净含量。"})
    name = fields.Str(load_default="", validate=validate.Length(max=60))
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class ReworkSchema(Schema):
    """Lots of one product worked over, as the JSON interface sends it."""

    inputs = fields.List(
        fields.Nested(DrawSchema), required=True, validate=validate.Length(1, 50), error_messages=REQUIRED
    )
    quantity = fields.Str(required=True, error_messages=REQUIRED)
    loss = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class PackForm(Schema):
    """The same from the form."""

    lots = fields.List(fields.Str(), load_default=list)
    quantities = fields.List(fields.Str(), load_default=list)
    pieces = fields.Int(required=True, error_messages={"required": "请填写件数。", "invalid": "件数只能填整数。"})
    piece = fields.Str(required=True, error_messages={"required": "请填写每件净含量。"})
    name = fields.Str(load_default="", validate=validate.Length(max=60))


DAY_ERRORS = {**REQUIRED, "invalid": "日期不正确，请按 2026-07-18 的格式填写。"}


class OutflowForm(Schema):
    """Goods leaving a lot; what each way asks besides is judged by the service."""

    class Meta:
        unknown = "exclude"

    kind = fields.Str(required=True, validate=validate.OneOf(list(OUTFLOWS), error="请从列表中选择。"))
    quantity = fields.Str(load_default="")
    on = fields.Date(error_messages=DAY_ERRORS)


class ReturnForm(Schema):
    """Goods going back to the supplier."""

    quantity = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class ReasonForm(Schema):
    """Why a dispatch ends."""

    reason = fields.Str(load_default="", validate=validate.Length(max=200))


class StayForm(Schema):
    """A lot going into a store."""

    place = fields.Str(load_default="", validate=validate.Length(max=60))
    entered_on = fields.Date(required=True, error_messages=DAY_ERRORS)
    low = fields.Str(load_default="")
    high = fields.Str(load_default="")


class StayLeaveForm(Schema):
    """A lot leaving a store."""

    left_on = fields.Date(required=True, error_messages=DAY_ERRORS)


class TemperatureForm(Schema):
    """A reading in °C."""

    celsius = fields.Str(load_default="")
    note = fields.Str(load_default="", validate=validate.Length(max=200))


class LongRunAddForm(Schema):
    """A filling: parallel lists of lots and quantities, and the day."""

    lots = fields.List(fields.Str(), load_default=list)
    quantities = fields.List(fields.Str(), load_default=list)
    on = fields.Date(error_messages=DAY_ERRORS)


class LongRunForm(LongRunAddForm):
    """The first filling: besides, which process and where."""

    process = fields.Str(required=True, error_messages={"required": "请选择工序。"})
    vessel = fields.Str(load_default="", validate=validate.Length(max=40))


class LongRunCloseForm(Schema):
    """The outputs."""

    products = fields.List(fields.Str(), load_default=list)
    amounts = fields.List(fields.Str(), load_default=list)
    loss = fields.Str(load_default="")
    reason = fields.Str(load_default="", validate=validate.Length(max=200))
    on = fields.Date(error_messages=DAY_ERRORS)


class NoteForm(Schema):
    """Why something is taken back."""

    note = fields.Str(load_default="", validate=validate.Length(max=200))
