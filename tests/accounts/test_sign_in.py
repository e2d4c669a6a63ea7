"""Getting in, staying in, being put out: by the pages and by the JSON interface."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from tests.conftest import PASSWORD, post
from tests.factories import county as make
from trace.accounts import queries, services
from trace.accounts.models import ApiToken, SignInAttempt, User, UserSession
from trace.audit.models import AuditEntry
from trace.core.actor import Role
from trace.core.clock import utcnow
from trace.core.errors import RuleBroken, SignInNeeded

LOCKED = "账号已锁定 15 分钟。"
WRONG = "登录名或密码不正确。"


@pytest.fixture(autouse=True)
def people(home):
    return home


def later(**span: float):
    return time_machine.travel(utcnow() + timedelta(**span), tick=False)


def fail(client, username: str, times: int = 1):
    for _ in range(times):
        answer = post(client, "/sign-in", username=username, password="wrong-password-1")
    return answer


def test_a_right_password_leads_to_the_desk(client):
    answer = post(client, "/sign-in", username="coop", password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk")
    assert client.get("/desk").status_code == 200


def test_the_name_may_be_typed_in_any_case_and_width(client):
    assert post(client, "/sign-in", username=" ＣＯＯＰ ", password=PASSWORD).status_code == 302


@pytest.mark.parametrize("username", ["coop", "nobody"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client, username):
    answer = fail(client, username)
    assert answer.status_code == 401
    assert WRONG in answer.text
    assert "wrong-password-1" not in answer.text
    assert f'value="{username}"' in answer.text


@pytest.mark.parametrize("username", ["coop", "nobody"])
def test_five_failures_lock_the_name(client, username):
    assert WRONG in fail(client, username, 4).text
    fifth = fail(client, username)
    assert (fifth.status_code, LOCKED in fifth.text) == (409, True)
    sixth = post(client, "/sign-in", username=username, password=PASSWORD)
    assert (sixth.status_code, LOCKED in sixth.text) == (409, True)


def test_case_does_not_get_around_the_lock(client):
    for name in ("coop", "COOP", "Coop", "ｃｏｏｐ", " coop"):
        fail(client, name)
    assert LOCKED in post(client, "/sign-in", username="cOOp", password=PASSWORD).text
    assert SignInAttempt.select().where(SignInAttempt.username == "coop").count() == 5


def test_the_lock_holds_for_the_interface_too(client):
    fail(client, "coop", 5)
    answer = client.post("/api/v1/tokens", json={"username": "coop", "password": PASSWORD})
    assert answer.status_code == 409
    assert (answer.json["code"], answer.json["detail"]) == ("LOCKED", LOCKED)
    assert answer.content_type == "application/problem+json"


def test_the_lock_lasts_fifteen_minutes_from_the_fifth_failure():
    """Slow failures must not shorten it: the first of the five was twelve minutes before the last."""
    start = utcnow()
    for minute in (0, 3, 6, 9):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False), pytest.raises(SignInNeeded):
            services.sign_in("coop", "wrong-password-1")
    with time_machine.travel(start + timedelta(minutes=12), tick=False), pytest.raises(RuleBroken, match=LOCKED):
        services.sign_in("coop", "wrong-password-1")
    with (
        time_machine.travel(start + timedelta(minutes=26, seconds=59), tick=False),
        pytest.raises(RuleBroken, match=LOCKED),
    ):
        services.sign_in("coop", PASSWORD)
    with time_machine.travel(start + timedelta(minutes=27, seconds=1), tick=False):
        assert services.sign_in("coop", PASSWORD)[0].username == "coop"


def test_failures_far_apart_do_not_lock():
    start = utcnow()
    for minute in (0, 4, 8, 12, 16):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False), pytest.raises(SignInNeeded):
            services.sign_in("coop", "wrong-password-1")


def test_a_success_clears_the_count(client):
    fail(client, "coop", 4)
    assert post(client, "/sign-in", username="coop", password=PASSWORD).status_code == 302
    client.delete_cookie("trace")
    assert WRONG in fail(client, "coop", 4).text


def test_the_lock_is_in_the_trail(client):
    fail(client, "coop", 5)
    refused = AuditEntry.select().where(AuditEntry.action == "session.refused", AuditEntry.subject == "coop")
    assert [entry.detail["failures"] for entry in refused.order_by(AuditEntry.id)] == [1, 2, 3, 4, 5]
    assert "wrong-password-1" not in " ".join(bytes(entry.body).decode() for entry in AuditEntry.select())


def test_an_empty_form_is_told_at_each_field(client):
    answer = post(client, "/sign-in", username="", password="")
    assert answer.status_code == 422
    assert answer.text.count("请填写这一项。") >= 2


def test_an_idle_session_ends(sign_in):
    browser = sign_in("bureau")
    with later(minutes=14):
        assert browser.get("/desk").status_code == 200
    with later(minutes=28):
        assert browser.get("/desk").status_code == 200
    with later(minutes=28 + 15.5):
        answer = browser.get("/desk")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/desk")


def test_the_page_after_an_idle_session_says_why(sign_in):
    browser = sign_in("bureau")
    with later(minutes=16):
        assert "登录已过期，请重新登录。" in browser.get("/sign-in").text


def test_those_in_the_orchard_idle_longer(sign_in):
    browser = sign_in("coop")
    with later(hours=11):
        assert browser.get("/desk").status_code == 200


def test_no_session_outlives_the_day(sign_in):
    browser = sign_in("coop")
    for hours in range(1, 12, 2):
        with later(hours=hours):
            assert browser.get("/desk").status_code == 200
    with later(hours=12, minutes=1):
        assert browser.get("/desk").status_code == 302


def test_a_token_lives_twelve_hours(client, token):
    headers = token("coop")
    with later(hours=11, minutes=59):
        assert client.get("/api/v1/townships", headers=headers).status_code == 200
    with later(hours=12, minutes=1):
        assert client.get("/api/v1/townships", headers=headers).status_code == 401


def test_a_disabled_user_is_out_at_once(home, client, sign_in, token):
    browser, headers = sign_in("coop"), token("coop")
    services.disable_user(home.actor("admin"), "coop")
    assert browser.get("/desk").status_code == 302
    assert client.get("/api/v1/townships", headers=headers).status_code == 401
    answer = post(client, "/sign-in", username="coop", password=PASSWORD)
    assert (answer.status_code, WRONG in answer.text) == (401, True)


def test_a_disabled_row_alone_is_enough(sign_in, token, client):
    """Also when somebody sets the flag by hand, sessions and tokens are worth nothing."""
    browser, headers = sign_in("coop"), token("coop")
    User.update(disabled=True).where(User.username == "coop").execute()
    assert browser.get("/desk").status_code == 302
    assert client.get("/api/v1/townships", headers=headers).status_code == 401


def test_a_change_of_roles_works_at_once(sign_in):
    browser = sign_in("coop")
    assert browser.get("/field").status_code == 200
    User.update(roles=[Role.STATISTICS.value]).where(User.username == "coop").execute()
    assert browser.get("/field").status_code == 403


def test_signing_out_ends_the_session_on_both_sides(sign_in, app):
    browser = sign_in("coop")
    stolen = browser.get_cookie("trace").value
    assert post(browser, "/sign-out", page="/desk").status_code == 302
    thief = app.test_client()
    thief.set_cookie("trace", stolen)
    assert thief.get("/desk").status_code == 302


def test_a_sign_in_never_keeps_the_session_given_before(client, sign_in):
    """What an attacker planted before the sign-in is gone after it."""
    with client.session_transaction() as session:
        session["sid"] = "planted"
        session["mark"] = "planted"
    assert post(client, "/sign-in", username="coop", password=PASSWORD).status_code == 302
    with client.session_transaction() as session:
        assert session["sid"] != "planted"
        assert "mark" not in session


def test_secrets_are_kept_as_hashes_only(sign_in, token):
    browser, headers = sign_in("coop"), token("coop")
    with browser.session_transaction() as session:
        secret = session["sid"]
    assert UserSession.get().secret_hash == services.secret_hash(secret) != secret
    bearer = headers["Authorization"].removeprefix("Bearer ")
    assert ApiToken.get().secret_hash == services.secret_hash(bearer) != bearer
    assert PASSWORD not in User.get(User.username == "coop").password_hash


def test_a_made_up_secret_is_nobody(client):
    answer = client.get("/api/v1/townships", headers={"Authorization": "Bearer made-up"})
    assert (answer.status_code, answer.json["code"]) == (401, "SIGN_IN_NEEDED")
    assert queries.actor_of_token("made-up") is None


def test_a_session_cookie_does_not_open_the_interface(sign_in):
    """Pages carry CSRF tokens, the interface does not: so a cookie must be worth nothing there."""
    assert sign_in("coop").get("/api/v1/townships").status_code == 401


def test_a_token_does_not_open_pages(client, token):
    assert client.get("/desk", headers=token("coop")).status_code == 302


def test_who_is_signed_in_does_not_see_the_form_again(sign_in):
    answer = sign_in("coop").get("/sign-in")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk")


def test_a_user_has_all_roles_given(home):
    make.user("both", Role.MARKET)
    User.update(roles=[Role.MARKET.value, Role.STATISTICS.value]).where(User.username == "both").execute()
    assert home.actor("both").role_labels == ["市场监管", "统计"]
