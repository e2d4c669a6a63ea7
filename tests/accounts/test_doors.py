"""What every page and every answer owes its reader: CSRF, local redirects, headers."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from peewee import DataError, IntegrityError, OperationalError

from tests.conftest import PASSWORD, csrf, post


@pytest.fixture(autouse=True)
def people(home):
    return home


POLICY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


ANYWHERE = (
    "/",
    "/sign-in",
    "/desk",
    "/nowhere",
    "/t/XXXX",
    "/healthz",
    "/api/v1/townships",
    "/api/v1/nowhere",
    "/progress",
)


def test_every_answer_carries_the_headers(client):
    for address in ANYWHERE:
        check_headers(client.get(address).headers)


def check_headers(headers) -> None:
    assert {name: headers.get(name) for name in POLICY} == POLICY
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"


def test_a_failure_carries_the_headers_and_no_inside(app, client, monkeypatch):
    def fail() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setitem(app.view_functions, "desk.healthz", fail)
    answer = client.get("/healthz")
    assert answer.status_code == 500
    assert "系统出错，已经记录，请稍后再试" in answer.text
    assert "secret detail" not in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (OperationalError("locked"), 503, "系统繁忙，请稍后再试"),
        (IntegrityError("UNIQUE"), 409, "刚刚有人登记了相同的内容，请刷新页面核对后再试。"),
        (DataError("too long"), 422, "内容里有无法保存的字符，或数字、文字过长，请检查后重填。"),
        (OverflowError("too large"), 422, "内容里有无法保存的字符，或数字、文字过长，请检查后重填。"),
    ],
)
def test_what_the_database_refuses_is_said_in_words(app, client, monkeypatch, error, status, text):
    def fail() -> None:
        raise error

    monkeypatch.setitem(app.view_functions, "desk.healthz", fail)
    answer = client.get("/healthz")
    assert (answer.status_code, text in answer.text) == (status, True)
    assert str(error) not in answer.text
    assert (answer.headers.get("Retry-After") == "2") is (status == 503)


def test_a_failure_of_the_interface_is_a_problem_document(app, client, monkeypatch, token):
    def fail(**_arguments: object) -> None:
        raise ZeroDivisionError("secret detail")

    headers = token("coop")
    monkeypatch.setitem(app.view_functions, "api-registry.list_townships", fail)
    answer = client.get("/api/v1/townships", headers=headers)
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.json == {
        "type": "about:blank", "title": "系统出错，已经记录，请稍后再试", "status": 500, "code": "INTERNAL",
        "detail": "系统出错，已经记录，请稍后再试", "errors": [],
    }  # fmt: skip


def test_what_a_signed_in_person_sees_is_never_cached(sign_in, client, token):
    assert sign_in("coop").get("/desk").headers["Cache-Control"] == "private, no-store"
    assert client.get("/api/v1/townships", headers=token("coop")).headers["Cache-Control"] == "private, no-store"


def test_the_cookie_is_kept_from_scripts_and_other_sites(client):
    answer = post(client, "/sign-in", username="coop", password=PASSWORD)
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("trace="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_form_without_or_with_a_foreign_token_is_refused(sign_in, client):
    assert client.post("/sign-in", data={"username": "coop", "password": PASSWORD}).status_code == 400
    assert client.get("/desk").status_code == 302
    browser = sign_in("admin")
    bare = browser.post("/admin/users/coop/disable")
    forged = browser.post("/admin/users/coop/disable", data={"csrf_token": "ImZvcmdlZCI.forged"})
    assert (bare.status_code, forged.status_code) == (400, 400)
    assert sign_in("coop").get("/desk").status_code == 200


def test_a_token_of_another_session_is_refused(sign_in, app):
    with app.test_client() as other:
        other.get("/sign-in")
        with other.session_transaction() as session:
            planted = session["csrf_token"]
    assert sign_in("admin").post("/admin/users/coop/disable", data={"csrf_token": planted}).status_code == 400


FOREIGN = [
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil.example", "",
    "/\t/evil.example", "/desk\r\nSet-Cookie: a=b", "http:/evil.example", "///evil.example",
]  # fmt: skip


def test_no_redirect_leads_out_of_the_site(app, client):
    for target in FOREIGN:
        answer = post(app.test_client(), "/sign-in", username="coop", password=PASSWORD, next=target)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/desk"), target
        answer = client.get("/language/en", query_string={"next": target})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/"), target


def test_one_comes_back_to_the_page_asked_for(client):
    asked = client.get("/plots?township=430422122&q=%E6%9D%BE")
    assert asked.headers["Location"].startswith("/sign-in?next=")
    with client.get(asked.headers["Location"]) as page:
        assert "/plots?township=430422122" in page.text.replace("&amp;", "&")
    answer = post(client, "/sign-in", username="coop", password=PASSWORD, next="/plots?township=430422122")
    assert answer.headers["Location"] == "/plots?township=430422122"


def test_the_language_switch_is_kept(client):
    client.get("/language/en?next=/sign-in")
    assert client.get_cookie("lang").value == "en"
    client.get("/language/klingon")
    assert client.get_cookie("lang").value == "en"


def test_http_errors_speak_chinese(client, sign_in, token):
    browser, headers = sign_in("coop"), token("coop")
    assert (browser.get("/nowhere").status_code, "没有找到这个页面" in browser.get("/nowhere").text) == (404, True)
    wrong_verb = browser.put("/plots", data={"csrf_token": csrf(browser, "/plots/new")})
    assert (wrong_verb.status_code, "这个地址不支持这种操作" in wrong_verb.text) == (405, True)
    for address, verb, status, title in (
        ("/api/v1/nowhere", "GET", 404, "没有找到这个页面"),
        ("/api/v1/townships", "DELETE", 405, "这个地址不支持这种操作"),
    ):
        answer = client.open(address, method=verb, headers=headers)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
        assert answer.json["title"] == title


NONSENSE = ["\x00", "a" * 5000, "99999999999999999999999", "-1", "' OR 1=1 --", "%", "_", "🌳", "\ud7ff", "1e309"]


PLACES = {
    "/plots": ("q", "township", "state", "cursor", "limit"),
    "/plots/map.geojson": ("q", "township", "state"),
    "/lots": ("q", "kind", "cursor", "limit"),
    "/parties": ("q", "kind", "cursor"),
    "/quality": ("cursor",),
    "/api/v1/plots": ("q", "township", "state", "cursor", "limit"),
    "/api/v1/lots": ("q", "kind", "cursor", "limit"),
    "/api/v1/villages": ("township",),
    "/api/v1/holds": ("cursor",),
}


def test_nonsense_in_an_address_is_never_a_failure(client, sign_in, token):
    browser, headers = sign_in("bureau"), token("bureau")
    for address, names in PLACES.items():
        ask = client.get if address.startswith("/api/") else browser.get
        for name in names:
            for value in NONSENSE:
                status = ask(address, query_string={name: value}, headers=headers).status_code
                assert status in (200, 400, 404, 422), f"{address}?{name}={value!r}: {status}"


def test_nonsense_in_place_of_a_code_is_never_a_failure(client, sign_in, token):
    browser, headers = sign_in("bureau"), token("bureau")
    for value in NONSENSE:
        for address in ("/plots/", "/lots/", "/parties/", "/labels/", "/t/"):
            status = browser.get(address + quote(value, safe="")).status_code
            assert status in (404, 422, 429), f"{address}{value!r}: {status}"
        for address in ("/api/v1/plots/", "/api/v1/lots/"):
            status = client.get(address + quote(value, safe=""), headers=headers).status_code
            assert status in (404, 422), f"{address}{value!r}: {status}"


def test_nonsense_as_name_and_password_is_never_a_failure(client):
    for value in NONSENSE:
        assert post(client, "/sign-in", username=value, password=value).status_code in (400, 401, 422)
        answer = client.post("/api/v1/tokens", json={"username": value, "password": value})
        assert answer.status_code in (400, 401, 422), answer.text
