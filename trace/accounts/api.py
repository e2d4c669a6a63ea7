"""JSON doors of accounts: bearer tokens of people and of their phones."""

from typing import Any

from trace.accounts import devices, factors, services
from trace.accounts.schemas import (
    CodeSchema,
    DeviceRequestSchema,
    DeviceSchema,
    EnrolmentSchema,
    RecoverySchema,
    TokenRequestSchema,
    TokenSchema,
)
from trace.core.actor import Permission
from trace.core.clock import utcnow
from trace.web.access import Access, access, current_actor
from trace.web.api import Blueprint

bp = Blueprint("api-accounts", __name__, description="登录令牌")


@bp.post("/tokens")
@access(Access.PUBLIC)
@bp.arguments(TokenRequestSchema)
@bp.response(201, TokenSchema)
def create_token(body: dict[str, Any]) -> dict[str, Any]:
    """Exchange name and password for a bearer token."""
    _user, secret = services.issue_token(body["username"], body["password"])
    return {"token": secret, "expires_in": int(services.TOKEN_LIFE.total_seconds())}


@bp.post("/devices")
@access(Permission.DEVICE_REGISTER)
@bp.arguments(DeviceRequestSchema)
@bp.response(201, DeviceSchema)
def register_device(body: dict[str, Any]) -> dict[str, Any]:
    """Register a phone, or renew the token of one: the same device id, the same person, the same key.

    409 DEVICE_OF_ANOTHER or DEVICE_KEY_CHANGED: the phone makes a new device id. 403 DEVICE_REVOKED: the phone wipes what is not its user's.
    """
    device, secret = devices.register_device(
        current_actor(), public_id=str(body["device"]), name=body["name"], public_key=body["public_key"]
    )
    return {
        "token": secret,
        "expires_at": device.token_expires_at,
        "server_time": utcnow(),
        "pack_url": "/api/v1/sync/pack",
    }


@bp.post("/second-factor")
@access(Access.SIGNED_IN)
@bp.response(201, EnrolmentSchema)
def enrol_factor() -> dict[str, Any]:
    """Begin to use an authenticator app; 409 FACTOR_EXISTS when one is in use."""
    begun = factors.enrol(current_actor())
    return {"secret": begun.secret, "address": begun.address}


@bp.post("/second-factor/confirm")
@access(Access.SIGNED_IN)
@bp.arguments(CodeSchema)
@bp.response(200, RecoverySchema)
def confirm_factor(body: dict[str, Any]) -> dict[str, Any]:
    """Finish with a code of the app; the recovery codes are shown this once."""
    return {"recovery_codes": factors.confirm(current_actor(), body["code"])}
