"""Which passwords are good enough, and when a name is locked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from trace.accounts import rules
from trace.core.errors import Invalid

WEAK = "密码至少 10 个字符，不能以地名、姓名、产品名或常见词为主，请换一个。"
NOON = datetime(2026, 7, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short-1",
        "Hengnan2026",
        "hengnanpipa1",
        "aaaaaaaaaaaa",
        "1111111111111",
        "password12345678",
        "zhangsan2026",
        "衡南枇杷衡南枇杷衡南枇杷",
    ],
)
def test_weak_passwords_are_refused_with_the_rule(password):
    with pytest.raises(Invalid, match=WEAK) as caught:
        rules.check_password(password, "zhangsan")
    assert (caught.value.field, caught.value.code) == ("password", "PASSWORD_WEAK")


@pytest.mark.parametrize(
    "password", ["Qingling-2931-x", "correct horse battery", "石头河边三棵树下再见", "x" * 5 + "Ab3!dE7?"]
)
def test_good_passwords_pass(password):
    rules.check_password(password, "zhangsan")


def test_endless_passwords_are_refused():
    rules.check_password("aB3!xY9?" * 16, "zhangsan")
    with pytest.raises(Invalid, match="密码最长 128 个字符。"):
        rules.check_password("aB3!xY9?" * 16 + "z", "zhangsan")


def test_passwords_of_people_are_hashed_as_strongly_as_rfc_9106_asks(cheap_passwords):
    assert isinstance(cheap_passwords, PasswordHasher)
    assert cheap_passwords.type.name == "ID"
    assert cheap_passwords.memory_cost >= 64 * 1024
    assert cheap_passwords.time_cost >= 3


@pytest.mark.parametrize(
    ("minutes", "now", "locked"),
    [
        ([], 0, False),
        ([0, 1, 2, 3], 4, False),
        ([0, 1, 2, 3, 4], 4, True),
        ([0, 1, 2, 3, 4], 18.99, True),
        ([0, 1, 2, 3, 4], 19, False),
        ([0, 3, 6, 9, 15], 29.99, True),
        ([0, 3, 6, 9, 15.01], 15.01, False),
        ([0, 1, 2, 3, 4, 20], 20, False),
    ],
)
def test_five_failures_in_a_quarter_of_an_hour_lock_for_a_quarter_of_an_hour(minutes, now, locked):
    failures = [NOON + timedelta(minutes=minute) for minute in minutes]
    assert rules.is_locked(failures, NOON + timedelta(minutes=now)) is locked


@pytest.mark.parametrize("typed", ["coop", "COOP", " coop ", "ｃｏｏｐ", "Coop\u3000"])
def test_a_name_has_one_spelling(typed):
    assert rules.normalise_username(typed) == "coop"
