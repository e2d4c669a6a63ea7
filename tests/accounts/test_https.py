"""Behind https the cookie is locked to the host and browsers are told to stay."""

from __future__ import annotations

from tests.conftest import SECRET
from trace.app import create_app
from trace.db import close_database
from trace.settings import load_settings


def test_the_cookie_is_bound_to_the_host(database_url, tmp_path):
    settings = load_settings(
        testing=True, instance=tmp_path, database_url=database_url, secret_key=SECRET, base_url="https://trace.example"
    )
    browser = create_app(settings).test_client()
    answer = browser.get("/sign-in", base_url="https://trace.example")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if "trace=" in value)
    assert cookie.startswith("__Host-trace=")
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    close_database()
