"""Mount the doors, switch flask-smorest's own error pages off (web.errors answers as problem+json), serve the description."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api
from flask_wtf import CSRFProtect

from trace.accounts import api as accounts_api
from trace.field import activity_api
from trace.field import api as field_api
from trace.funds import api as funds_api
from trace.labels import api as labels_api
from trace.land import api as land_api
from trace.lots import api as lots_api
from trace.nursery import api as nursery_api
from trace.payments import api as payments_api
from trace.pesticides import api as pesticides_api
from trace.processing import api as processing_api
from trace.quality import api as quality_api
from trace.quality import certificate_api
from trace.recalls import api as recalls_api
from trace.registry import api as registry_api
from trace.scan import api as scan_api
from trace.statements import api as statements_api
from trace.supervision import api as supervision_api
from trace.sync import api as sync_api
from trace.targets import api as targets_api

DOORS = (
    accounts_api, registry_api, land_api, field_api, lots_api, processing_api, quality_api, labels_api, scan_api, funds_api,
    targets_api, statements_api, nursery_api, certificate_api, activity_api, pesticides_api, sync_api, supervision_api, recalls_api,
    payments_api,
)  # fmt: skip


class Interface(Api):
    """flask-smorest without its error handlers: errors go one way only, through web.errors."""

    def _register_error_handlers(self) -> None:
        """Leave HTTP errors to the application's own handlers."""


def register(app: Flask, protection: CSRFProtect) -> None:
    """Mount everything under /api/v1; bearer tokens replace CSRF tokens there."""
    app.config.update(
        API_TITLE="衡南土枇杷溯源 Loquat Trace",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    interface = Interface(app)
    for doors in DOORS:
        interface.register_blueprint(doors.bp, url_prefix="/api/v1")
        protection.exempt(doors.bp)
