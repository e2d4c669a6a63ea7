"""Security headers on every answer; a strict content policy without inline scripts or styles."""

from functools import lru_cache

from flask import Flask, Response, g, request

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)
PRIVATE = "private, no-store"


@lru_cache
def content_policy(map_host: str) -> str:
    """The policy; with map tiles set, pictures may come from their host too, and from nowhere else."""
    return CSP.replace("img-src 'self'", f"img-src 'self' {map_host}") if map_host else CSP


def register(app: Flask) -> None:
    """Add the headers after each request; what a signed-in person sees is never stored by a cache."""

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_policy(app.config["TRACE"].map_host))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
        if app.config["TRACE"].secure_cookies:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if g.get("actor") is not None and request.endpoint != "static":
            headers["Cache-Control"] = PRIVATE
        return response
