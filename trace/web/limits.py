"""Request limits: in memory by default, in Redis when the installation has one."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, headers_enabled=False)


def register(app: Flask) -> None:
    """Attach the limiter; without Redis each process counts for itself."""
    app.config["RATELIMIT_STORAGE_URI"] = app.config["TRACE"].redis_url or "memory://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = bool(app.config["TRACE"].redis_url)
    limiter.init_app(app)
