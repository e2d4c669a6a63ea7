"""What sign-in and account forms may contain."""

from marshmallow import Schema, fields, validate

from trace.core.actor import Role
from trace.web.fields import REQUIRED


class SignInSchema(Schema):
    """Name and password; ``next`` is where to go afterwards."""

    username = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    password = fields.Str(required=True, validate=validate.Length(1, 500), error_messages=REQUIRED, load_only=True)
    next = fields.Str(load_default="/desk")


class TokenRequestSchema(Schema):
    """Name and password for the JSON interface."""

    username = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    password = fields.Str(required=True, validate=validate.Length(1, 500), error_messages=REQUIRED, load_only=True)
    otp = fields.Str(load_only=True, load_default="")


class TokenSchema(Schema):
    """A bearer token and how long it lives."""

    token = fields.Str(dump_only=True)
    expires_in = fields.Int(dump_only=True, metadata={"description": "seconds"})


class PasswordChangeSchema(Schema):
    """The old password and the new one, twice."""

    old = fields.Str(required=True, error_messages=REQUIRED, load_only=True)
    password = fields.Str(required=True, error_messages=REQUIRED, load_only=True)
    again = fields.Str(required=True, error_messages=REQUIRED, load_only=True)


class UserSchema(Schema):
    """A new account."""

    username = fields.Str(required=True, validate=validate.Length(2, 40), error_messages=REQUIRED)
    display_name = fields.Str(required=True, validate=validate.Length(1, 80), error_messages=REQUIRED)
    password = fields.Str(required=True, error_messages=REQUIRED, load_only=True)
    roles = fields.List(
        fields.Enum(Role, by_value=True), required=True, validate=validate.Length(1), error_messages=REQUIRED
    )
    party = fields.Str(load_default="")
    townships = fields.List(fields.Str(), load_default=list)


class DeviceRequestSchema(Schema):
    """A phone that wants to work for its person."""

    device = fields.UUID(
        required=True, error_messages=REQUIRED, metadata={"description": "made by the phone, for good"}
    )
    name = fields.Str(required=True, validate=validate.Length(1, 60), error_messages=REQUIRED)
    public_key = fields.Dict(
        required=True, error_messages=REQUIRED, metadata={"description": "JWK, EC P-256, without the private part"}
    )


class DeviceSchema(Schema):
    """The token of a phone; shown once."""

    token = fields.Str(dump_only=True)
    expires_at = fields.AwareDateTime(dump_only=True)
    server_time = fields.AwareDateTime(dump_only=True)
    pack_url = fields.Str(dump_only=True)


class RevokeSchema(Schema):
    """Why a phone is cut off."""

    reason = fields.Str(required=True, validate=validate.Length(1, 200), error_messages=REQUIRED)


class CodeSchema(Schema):
    """A code typed from an authenticator."""

    code = fields.Str(
        required=True,
        validate=validate.Length(1, 40),
        error_messages={"required": "请填写手机上的 6 位动态口令。"},
        load_only=True,
    )


class EnrolmentSchema(Schema):
    """What an authenticator is set up with; shown only until the first code has come back."""

    secret = fields.Str(dump_only=True)
    address = fields.Str(dump_only=True)


class RecoverySchema(Schema):
    """The recovery codes, shown once."""

    recovery_codes = fields.List(fields.Str(), dump_only=True)
