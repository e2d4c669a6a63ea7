"""JSON door of accounts: bearer tokens."""

from typing import Any

from trace.accounts import services
from trace.accounts.schemas import TokenRequestSchema, TokenSchema
from trace.web.access import Access, access
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
