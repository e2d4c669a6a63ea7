"""Keeping accounts: making, stopping, passwords."""

from __future__ import annotations

import pytest

from tests.conftest import PASSWORD, post
from tests.factories import county as make
from trace.accounts import services
from trace.accounts.models import User
from trace.accounts.queries import visible_users
from trace.audit.queries import entries_about
from trace.core.actor import Role
from trace.core.errors import Forbidden, Invalid, NotFound, RuleBroken

WEAK = "密码至少 10 个字符，不能以地名、姓名、产品名或常见词为主，请换一个。"
NEW = "Shuimo-7712-y"


@pytest.fixture(autouse=True)
def people(home):
    return home


def create(home, **values: object) -> User:
    wanted = {"username": "li", "display_name": "李某", "password": NEW, "roles": [Role.MARKET]}
    return services.create_user(home.actor("admin"), **{**wanted, **values})


def test_an_account_is_made_with_its_trail(home):
    made = create(home, username=" Li ", townships=[home.village.township])
    assert (made.username, made.must_change, made.roles) == ("li", True, ["market"])
    assert [(entry.action, entry.actor_id) for entry in entries_about("li")] == [
        ("user.create", home.actor("admin").user_id)
    ]


@pytest.mark.parametrize("name", ["coop", "COOP", " ｃｏｏｐ"])
def test_a_name_is_given_once_in_any_spelling(home, name):
    with pytest.raises(Invalid, match="登录名“coop”已有人使用。"):
        create(home, username=name)


def test_a_weak_password_makes_no_account(home):
    with pytest.raises(Invalid, match=WEAK):
        create(home, password="Hengnan2026")
    assert User.get_or_none(User.username == "li") is None


@pytest.mark.parametrize("username", ["security", "office", "coop"])
def test_only_the_administrator_keeps_accounts(home, username):
    actor = home.actor(username)
    with pytest.raises(Forbidden):
        services.create_user(actor, username="li", display_name="李某", password=NEW, roles=[Role.LEADER])
    with pytest.raises(Forbidden):
        services.disable_user(actor, "coop2")
    with pytest.raises(Forbidden):
        visible_users(actor)
    assert not User.get(User.username == "coop2").disabled


def test_nobody_stops_the_own_account(home):
    with pytest.raises(RuleBroken, match="不能停用自己的账号。"):
        services.disable_user(home.actor("admin"), "admin")
    assert not User.get(User.username == "admin").disabled


def test_an_unknown_account_cannot_be_stopped(home):
    with pytest.raises(NotFound, match="没有这个账号。"):
        services.disable_user(home.actor("admin"), "nobody")


def test_a_reset_ends_all_sessions_and_asks_for_an_own_password(home, sign_in, client):
    browser = sign_in("coop")
    services.set_password(home.actor("admin"), "coop", NEW)
    assert browser.get("/desk").status_code == 302
    assert post(client, "/sign-in", username="coop", password=PASSWORD).status_code == 401
    assert post(client, "/sign-in", username="coop", password=NEW).status_code == 302
    answer = client.get("/plots")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password")


def test_with_a_one_time_password_nothing_else_can_be_done(home, client):
    create(home, roles=[Role.COOP], party=home.coop)
    services.issue_token("li", NEW)
    headers = {"Authorization": f"Bearer {services.issue_token('li', NEW)[1]}"}
    answer = client.get("/api/v1/plots", headers=headers)
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
        403,
        "PASSWORD_FIRST",
        "请先登录网页修改一次性密码。",
    )
    post(client, "/sign-in", username="li", password=NEW)
    for address in ("/", "/desk", "/plots", "/lots"):
        assert client.get(address).headers.get("Location") == "/account/password", address
    assert (
        post(client, "/account/password", old=NEW, password="Yunfeng-4410-z", again="Yunfeng-4410-z").status_code == 302
    )
    assert post(client, "/sign-in", username="li", password="Yunfeng-4410-z").status_code == 302
    assert client.get("/plots").status_code == 200


def test_changing_ones_own_password(sign_in, client):
    browser, other = sign_in("coop"), sign_in("coop")
    answer = post(browser, "/account/password", old=PASSWORD, password=NEW, again=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert "密码已修改，请用新密码登录。" in browser.get("/sign-in").text
    assert other.get("/desk").status_code == 302
    assert post(client, "/sign-in", username="coop", password=NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "text"),
    [
        ("wrong-password-1", NEW, NEW, "原密码不正确。"),
        (PASSWORD, NEW, NEW + "x", "两次填写的新密码不一样。"),
        (PASSWORD, "Hengnan2026", "Hengnan2026", WEAK),
        (PASSWORD, NEW, "", "请填写这一项。"),
    ],
)
def test_a_refused_change_changes_nothing(sign_in, old, new, again, text):
    browser = sign_in("coop")
    before = User.get(User.username == "coop").password_hash
    answer = post(browser, "/account/password", old=old, password=new, again=again)
    assert (answer.status_code, text in answer.text) == (422, True)
    assert new not in answer.text
    assert User.get(User.username == "coop").password_hash == before
    assert browser.get("/desk").status_code == 200


def test_the_administrator_makes_and_stops_an_account_by_the_pages(home, sign_in, client):
    browser = sign_in("admin")
    answer = post(
        browser, "/admin/users/new", username="wang", display_name="王某", password=NEW, **{"roles[]": ["coop"]}, party=home.coop.code
    )  # fmt: skip
    assert answer.status_code == 302
    assert "账号 wang 已建立，首次登录须修改密码。" in browser.get("/admin").text
    assert home.actor("wang").party_id == home.coop.id
    assert post(browser, "/admin/users/wang/disable", page="/admin").status_code == 302
    assert post(client, "/sign-in", username="wang", password=NEW).status_code == 401


def test_the_account_form_tells_each_mistake_and_keeps_what_was_typed(sign_in):
    answer = post(
        sign_in("admin"), "/admin/users/new", username="w", display_name="王某", password="", **{"roles[]": ["king"]}
    )
    assert answer.status_code == 422
    assert 'value="王某"' in answer.text
    assert "长度不符合要求。" in answer.text
    assert "请填写这一项。" in answer.text
    assert User.get_or_none(User.username == "w") is None


def test_unknown_organisations_and_townships_are_named(sign_in):
    browser = sign_in("admin")
    common = {"username": "wang", "display_name": "王某", "password": NEW, "roles[]": ["township"]}
    assert "没有编号为 T99999 的主体。" in post(browser, "/admin/users/new", **common, party="T99999").text
    answer = post(browser, "/admin/users/new", **common, **{"townships[]": ["430422999"]})
    assert (answer.status_code, "没有代码为 430422999 的乡镇（街道）。" in answer.text) == (422, True)
    assert User.get_or_none(User.username == "wang") is None


def test_markup_in_names_is_shown_as_text(home, sign_in):
    create(home, display_name="<script>alert(1)</script>")
    page = sign_in("admin").get("/admin").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_factory_makes_one_user_for_every_role(home):
    assert {role for role in Role if User.get_or_none(User.username == role.value) is None} == set()
    assert home.actor("township").township_codes == {make.HOME}
    assert home.actor("township2").township_codes == {make.AWAY}
