"""The composition root: settings, database, glue, and every domain's doors."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, g, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from trace import audit, cli
from trace.accounts import device_views, sessions
from trace.accounts import following as accounts_following
from trace.accounts import views as accounts_views
from trace.alerts import views as alerts_views
from trace.api import interface
from trace.core.errors import TraceError
from trace.core.redaction import redact_all
from trace.core.vault import derive_key
from trace.db import connect_database, db
from trace.desk import board_views, ceiling_views
from trace.desk import views as desk_views
from trace.desk.demo_flag import DemoFlag
from trace.effects import award_views
from trace.effects import views as effects_views
from trace.field import app_views as field_app_views
from trace.field import record_views
from trace.field import views as field_views
from trace.files import store
from trace.forecast import views as forecast_views
from trace.funds import beside as application_page
from trace.funds import budgets as funds_budgets
from trace.funds import following as funds_following
from trace.funds import helping as funds_helping
from trace.funds import views as funds_views
from trace.gs1 import views as gs1_views
from trace.imports import jobs as imports_jobs
from trace.imports import views as imports_views
from trace.labels import codes, scanned
from trace.labels import jobs as labels_jobs
from trace.labels import views as labels_views
from trace.land import following as land_following
from trace.land import map_views as land_map_views
from trace.land import queries as land_queries
from trace.land import views as land_views
from trace.layouts import views as layouts_views
from trace.log import keeper
from trace.log import views as log_views
from trace.lots import following as lots_following
from trace.lots import views as lots_views
from trace.nursery import codes as nursery_codes
from trace.nursery import views as nursery_views
from trace.payments import panels as payments_panels
from trace.payments import views as payments_views
from trace.pesticides import views as pesticides_views
from trace.processing import certified
from trace.processing import views as processing_views
from trace.programmes import beside as programme_page
from trace.programmes import views as programmes_views
from trace.quality import certificate_pages, certificates, collecting
from trace.quality import views as quality_views
from trace.recalls import views as recalls_views
from trace.registry import neighbours, vault
from trace.registry import views as registry_views
from trace.scan import helped, office_views, readers, recording, resolver_views
from trace.scan import queries as scan_queries
from trace.scan import views as scan_views
from trace.scan.express import Express
from trace.scan.pages import Pages
from trace.settings import ROOT, Settings, load_settings
from trace.statements import views as statements_views
from trace.supervision import views as supervision_views
from trace.sync import views as sync_views
from trace.targets import views as targets_views
from trace.web import access, errors, headers, jinja, language, limits

DOORS = (
    accounts_views,
    desk_views,
    registry_views,
    land_views,
    land_map_views,
    nursery_views,
    ceiling_views,
    board_views,
    field_views,
    field_app_views,
    record_views,
    pesticides_views,
    lots_views,
    processing_views,
    quality_views,
    certificate_pages,
    recalls_views,
    layouts_views,
    labels_views,
    gs1_views,
    scan_views,
    resolver_views,
    office_views,
    programmes_views,
    funds_views,
    payments_views,
    targets_views,
    statements_views,
    forecast_views,
    supervision_views,
    effects_views,
    award_views,
    alerts_views,
    log_views,
    imports_views,
    sync_views,
    device_views,
)
WORK = (labels_jobs, imports_jobs)
"""Modules whose import registers what the worker can do."""
MAX_BODY = 16 * 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from settings (by default those of the environment)."""
    settings = settings or load_settings()
    configure_logging()
    app = Flask("trace", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["scan_pages"] = Pages()
    open_installation(app, settings)
    neighbours.connect(
        land_queries.operated_areas, land_following.move_plots, accounts_following.move_accounts, lots_following.refuse_lots,
        funds_following.refuse_applications,
    )  # fmt: skip
    scanned.connect(scan_queries.counted)
    certified.connect(collecting.collect, certificates.require_for_mixed)
    helped.connect(funds_helping.programmes_helping)
    programme_page.connect(funds_budgets.panel)
    application_page.connect(payments_panels.panel)
    language.register(app)
    limits.register(app)
    errors.register(app, _keep_refusal)
    headers.register(app)
    jinja.register(app)
    sessions.register(app)
    protection = CSRFProtect(app)
    for doors in DOORS:
        app.register_blueprint(doors.bp)
    interface.register(app, protection)
    access.enforce(app)
    cli.register(app)
    app.wsgi_app = WhiteNoise(app.wsgi_app, root=str(ROOT / "static"), prefix="static/", max_age=86400)  # type: ignore[method-assign]
    app.wsgi_app = Express(app.wsgi_app, app.extensions["scan_pages"], app.config["SESSION_COOKIE_NAME"])  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def open_installation(app: Flask, settings: Settings) -> None:
    """Point the application and its process to an installation: database, keys, files and what is remembered of them.

    Apart from the routes and templates, which are the same for every installation and slow to build: tests build one application and open
    a fresh installation each. Cookies' names, proxies and limits stay those with which the application was built.
    """
    app.config.update(
        TRACE=settings,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        SESSION_COOKIE_NAME="__Host-trace" if settings.secure_cookies else "trace",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
    )
    app.extensions["database"] = connect_database(settings.database_url)
    vault.open_vault(settings.secret_key)
    store.open_store(settings.instance / "files")
    codes.open_book(settings.secret_key, settings.instance, settings.base_url)
    nursery_codes.open_book(settings.secret_key)
    recording.open_recording(
        derive_key(settings.secret_key, b"scan-network"), readers.read_regions(settings.scan_regions)
    )
    keeper.open_signer(settings.instance, settings.base_url)
    app.extensions["scan_pages"].forget()
    app.extensions["demo_mode"] = DemoFlag()


def configure_logging() -> None:
    """One JSON object per line on standard error; control characters arrive escaped."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_numbers,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=None),
        cache_logger_on_first_use=False,
    )


def _without_numbers(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No log line carries an ID number, a phone or a card, whatever text an error brought along; the time stamp is ours."""
    return {key: value if key == "timestamp" else redact_all(value) for key, value in line.items()}


def _keep_refusal(error: TraceError) -> None:
    """Leave a trail of what a signed-in person tried and was refused."""
    with db.atomic():
        audit.record_refusal(g.actor, f"access.{error.status}", path=request.path[:200], method=request.method)
