"""Full numbers: only for those whose business they are, with a reason, once, and on record."""

from __future__ import annotations

import pytest

from tests.conftest import post
from tests.registry.numbers import GOOD_ID, household
from trace.audit.models import AuditEntry
from trace.core.errors import Forbidden, Invalid, NotFound
from trace.core.identifiers import citizen_id_check_digit
from trace.registry.members import add_person
from trace.registry.models import Party
from trace.registry.reveal import reveal
from trace.registry.rules import may_reveal
from trace.registry.services import register_party

REASON = "核对一卡通发放名册"


@pytest.fixture
def farmer(home) -> Party:
    return register_party(home.actor("coop"), household(home))


def looks() -> list[AuditEntry]:
    return list(AuditEntry.select().where(AuditEntry.action == "party.reveal").order_by(AuditEntry.id))


@pytest.mark.parametrize(
    ("username", "numbers"),
    [
        ("bureau", {"id_number", "phone"}), ("township", {"id_number", "phone"}), ("finance_maker", {"id_number", "account"}),
        ("finance_checker", {"id_number", "account"}), ("coop", set()), ("auditor", set()), ("leader", set()), ("market", set()),
        ("admin", set()), ("security", set()), ("statistics", set()), ("grower", set()),
    ],
)  # fmt: skip
def test_each_role_sees_what_it_needs(home, farmer, username, numbers):
    """Domain brief §2.10: ID for reviewers and finance, phone for reviewers, account for finance."""
    actor = home.actor(username)
    assert may_reveal(actor) == numbers
    for number in ("id_number", "phone", "account"):
        if number in numbers:
            assert reveal(actor, farmer.code, number, REASON)[2]
        else:
            with pytest.raises(Forbidden):
                reveal(actor, farmer.code, number, REASON)
    assert len(looks()) == len(numbers)


def test_a_look_is_on_record_without_the_number(home, farmer):
    assert reveal(home.actor("bureau"), farmer.code, "id_number", f"核对 {GOOD_ID} 的名册")[2] == GOOD_ID
    (entry,) = looks()
    assert (entry.actor_name, entry.subject) == ("演示县林业局", farmer.code)
    assert entry.detail == {"number": "id_number", "whose": "王某某", "reason": "核对 ［已隐去］ 的名册"}
    assert GOOD_ID not in bytes(entry.body).decode()


@pytest.mark.parametrize("reason", ["", "   ", "看看"])
def test_without_a_reason_nothing_is_shown(home, farmer, reason):
    with pytest.raises(Invalid, match="请写明查看完整号码的用途，至少 4 个字。"):
        reveal(home.actor("bureau"), farmer.code, "id_number", reason)
    assert looks() == []


def test_out_of_scope_and_missing_numbers_do_not_exist(home, farmer):
    with pytest.raises(NotFound):
        reveal(home.actor("township2"), farmer.code, "id_number", REASON)
    with pytest.raises(NotFound):
        reveal(home.actor("bureau"), home.coop.code, "id_number", REASON)
    with pytest.raises(NotFound):
        reveal(home.actor("bureau"), farmer.code, "id_number", REASON, member_id=999)
    assert looks() == []


def test_the_id_of_a_person_of_the_household(home, farmer):
    number = "43042219800808001" + citizen_id_check_digit("43042219800808001")
    person = add_person(home.actor("coop"), farmer.code, {"name": "李某", "relation": "spouse", "id_number": number})
    assert reveal(home.actor("bureau"), farmer.code, "id_number", REASON, person.id)[1:] == ("李某", number)
    assert looks()[0].detail["whose"] == "李某"
    with pytest.raises(NotFound):
        reveal(home.actor("bureau"), farmer.code, "phone", REASON, person.id)


def test_the_page_shows_it_once_and_stores_it_nowhere(home, farmer, sign_in):
    browser, page = sign_in("bureau"), f"/parties/{farmer.code}/reveal"
    assert GOOD_ID not in browser.get(page).text
    short = post(browser, page, number="id_number", reason="")
    assert (short.status_code, GOOD_ID in short.text) == (422, False)
    shown = post(browser, page, number="id_number", reason=REASON)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "private, no-store")
    assert GOOD_ID in shown.text
    assert GOOD_ID not in browser.get(page).text
    assert GOOD_ID not in browser.get(f"/parties/{farmer.code}").text
    assert post(browser, page, number="account", reason=REASON).status_code == 403
    assert sign_in("coop").get(page).status_code == 403


def test_auditors_and_security_see_who_looked(home, farmer, sign_in):
    reveal(home.actor("bureau"), farmer.code, "id_number", REASON)
    for username in ("auditor", "security"):
        text = sign_in(username).get(f"/parties/{farmer.code}/trail").text
        assert "完整号码被查看 1 次" in text
        assert REASON in text
        assert GOOD_ID not in text
    assert sign_in("bureau").get(f"/parties/{farmer.code}/trail").status_code == 403
    assert REASON not in sign_in("coop").get(f"/parties/{farmer.code}").text
