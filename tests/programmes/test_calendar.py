"""The working calendar: what the State Council's notices say, and how a county keeps it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.conftest import post
from trace.audit.models import AuditEntry
from trace.core.errors import Invalid
from trace.registry import working_days
from trace.registry.queries import working_calendar


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2023, 1, 28), True), (date(2023, 10, 6), False), (date(2024, 2, 9), True), (date(2024, 2, 18), True), (date(2024, 10, 12), True),
        (date(2025, 1, 26), True), (date(2025, 2, 4), False), (date(2025, 10, 8), False), (date(2025, 10, 11), True), (date(2026, 1, 4), True),
        (date(2026, 2, 14), True), (date(2026, 2, 23), False), (date(2026, 5, 9), True), (date(2026, 9, 20), True), (date(2026, 10, 10), True),
    ],
)  # fmt: skip
def test_holidays_and_make_up_days_of_the_notices(home, day, works):
    assert working_calendar(day, day).is_working(day) is works


def test_a_year_without_its_notice_says_so_and_is_kept_by_hand(home, sign_in):
    assert [working_days.is_provisional(year) for year in range(2023, 2028)] == [False] * 4 + [True]
    office = sign_in("office")
    assert "尚未录入，先按周一至周五计算" in office.get("/funds/calendar?year=2027").text
    page = "/funds/calendar?year=2027"
    assert (
        post(office, "/funds/calendar", page=page, day="2027-02-08", is_working="0", name="春节", source="").status_code
        == 422
    )
    answer = post(
        office,
        "/funds/calendar",
        page=page,
        day="2027-02-08",
        is_working="0",
        name="春节",
        source="国办发明电〔2026〕9号",
    )
    assert answer.status_code == 302
    assert not working_calendar(date(2027, 2, 8), date(2027, 2, 8)).is_working(date(2027, 2, 8))
    assert (
        post(office, "/funds/calendar/confirm", page=page, year="2027", notice="国办发明电〔2026〕9号").status_code
        == 302
    )
    assert not working_days.is_provisional(2027)
    assert AuditEntry.select().where(AuditEntry.action.in_(["calendar.set", "calendar.confirm"])).count() == 2
    assert "春节" in office.get(page).text and sign_in("coop").get(page).status_code == 200
    with pytest.raises(Invalid, match="工作日历里没有"):
        working_days.set_day(home.actor("office"), date(2099, 1, 1), is_working=True, name="元旦", source="通知")
