"""The second factor: RFC vectors, a code good once, locking, recovery, reset."""

from __future__ import annotations

import base64
import re

import pytest
import time_machine

from tests.conftest import post
from trace.accounts import factors, otp
from trace.accounts.factor_models import RecoveryCode, SecondFactor
from trace.audit.models import AuditEntry
from trace.core.clock import utcnow
from trace.core.errors import Forbidden, Invalid, RuleBroken

HOTP = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
"""RFC 4226, appendix D."""
TOTP = (
    (59, "94287082", "46119246", "90693936"), (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"), (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"), (20000000000, "65353130", "77737706", "47863826"),
)  # fmt: skip
"""RFC 6238, appendix B: eight digits with SHA-1, SHA-256, SHA-512."""
SEED = b"12345678901234567890"


@pytest.fixture
def clock():
    with time_machine.travel("2026-09-24T04:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def people(clock, home):
    return home


def secret_of(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def now_code(secret: bytes, offset: int = 0) -> str:
    return otp.code_at(secret, otp.step_of(utcnow().timestamp()) + offset)


def enrolled(actor) -> tuple[bytes, list[str]]:
    secret = secret_of(factors.enrol(actor).secret)
    return secret, factors.confirm(actor, now_code(secret))


@pytest.mark.parametrize(("counter", "code"), list(enumerate(HOTP)))
def test_counters_as_in_the_rfc(counter, code):
    assert otp.code_at(SEED, counter) == code


@pytest.mark.parametrize(("seconds", "sha1", "sha256", "sha512"), TOTP)
def test_times_as_in_the_rfc(seconds, sha1, sha256, sha512):
    step = otp.step_of(seconds)
    long = SEED * 4
    assert otp.code_at(SEED, step, 8) == sha1
    assert otp.code_at(long[:32], step, 8, "sha256") == sha256
    assert otp.code_at(long[:64], step, 8, "sha512") == sha512


def test_a_code_is_good_once_and_one_step_around(people, clock):
    actor = people.actor("finance_checker")
    secret, _ = enrolled(actor)
    with pytest.raises(Invalid, match="不正确或已经用过"):
        factors.require_code(actor, now_code(secret))
    factors.require_code(actor, now_code(secret, 1))
    clock.shift(120)
    factors.require_code(actor, now_code(secret, -1)[:3] + " " + now_code(secret, -1)[3:])
    with pytest.raises(Invalid):
        factors.require_code(actor, now_code(secret, 2))
    actions = [row.action for row in AuditEntry.select().where(AuditEntry.action.startswith("factor."))]
    assert actions == ["factor.enrol", "factor.confirm", "factor.refused", "factor.refused"]


def test_five_wrong_codes_lock_for_a_quarter_of_an_hour(people, clock):
    actor = people.actor("finance_checker")
    secret, _ = enrolled(actor)
    clock.shift(60)
    for _ in range(5):
        with pytest.raises(Invalid):
            factors.require_code(actor, "000000")
    with pytest.raises(RuleBroken, match="15 分钟"):
        factors.require_code(actor, now_code(secret))
    clock.shift(16 * 60)
    factors.require_code(actor, now_code(secret))
    assert SecondFactor.get().failures == 0


def test_a_recovery_code_works_once_and_is_kept_as_a_hash(people):
    actor = people.actor("finance_checker")
    _, codes = enrolled(actor)
    assert len(set(codes)) == 8 and not set(codes) & {row.code_hash for row in RecoveryCode.select()}
    factors.require_code(actor, codes[0].upper())
    with pytest.raises(Invalid):
        factors.require_code(actor, codes[0])


def test_nothing_counts_before_the_first_code(people):
    actor = people.actor("finance_checker")
    with pytest.raises(RuleBroken, match="还没有启用动态口令"):
        factors.require_code(actor, "123456")
    secret = secret_of(factors.enrol(actor).secret)
    assert secret_of(factors.enrol(actor).secret) == secret, "the symbol may be asked for again until it is confirmed"
    with pytest.raises(RuleBroken, match="还没有启用动态口令"):
        factors.require_code(actor, now_code(secret))
    assert secret.hex() not in SecondFactor.get().secret_sealed
    with pytest.raises(Invalid, match="请填写手机上的 6 位动态口令"):
        factors.require_code(actor, " ")


def test_only_another_administrator_resets(people):
    actor, admin = people.actor("finance_checker"), people.actor("admin")
    enrolled(actor)
    with pytest.raises(RuleBroken, match="已经启用"):
        factors.enrol(actor)
    with pytest.raises(Forbidden):
        factors.reset(people.actor("finance_maker"), "finance_checker")
    with pytest.raises(RuleBroken, match="不能重置自己的"):
        factors.reset(admin, "admin")
    factors.reset(admin, "finance_checker")
    assert not factors.is_enrolled(actor.user_id) and RecoveryCode.select().count() == 0


def test_a_person_enrols_in_the_browser(people, sign_in):
    browser = sign_in("finance_checker")
    assert "启用动态口令" in browser.get("/account/second-factor").text
    page = post(browser, "/account/second-factor")
    secret = secret_of(re.sub(r"\s", "", re.search(r"<code>([A-Z2-7\s]+)</code>", page.text).group(1)))
    wrong = post(browser, "/account/second-factor/confirm", page="/account/second-factor", code="12")
    assert wrong.status_code == 422 and "不正确或已经用过" in wrong.text
    done = post(browser, "/account/second-factor/confirm", page="/account/second-factor", code=now_code(secret))
    assert done.status_code == 200 and len(re.findall(r"<code>[0-9a-f-]{14}</code>", done.text)) == 8
    assert "动态口令已启用" in browser.get("/account/second-factor").text


def test_and_by_the_interface(people, app, token):
    client, headers = app.test_client(), token("finance_checker")
    begun = client.post("/api/v1/second-factor", headers=headers)
    assert begun.status_code == 201 and begun.json["address"].startswith("otpauth://totp/")
    code = now_code(secret_of(begun.json["secret"]))
    done = client.post("/api/v1/second-factor/confirm", headers=headers, json={"code": code})
    assert done.status_code == 200 and len(done.json["recovery_codes"]) == 8
    assert client.post("/api/v1/second-factor", headers=headers).status_code == 409
