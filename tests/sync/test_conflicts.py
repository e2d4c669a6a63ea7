"""Two people change one record: both versions are kept, a person chooses, nothing is overwritten in silence (domain brief §7.1 C3)."""

from __future__ import annotations

import re

import pytest

from tests.conftest import csrf
from tests.sync.phone import Line, Phone
from trace.field import activity_queries
from trace.field.activities import correct_activity
from trace.field.activity_models import Activity
from trace.invariants import all_findings
from trace.sync.models import SyncConflict, SyncOp


@pytest.fixture
def tended(line, plot):
    """A tending record from the phone, on the server."""
    op = line.phone.op(
        "activity.record", {"activity": "tend", "plot": plot.code, "on": "2026-07-20", "work": "prune", "note": "东头"}
    )
    receipt = line.sync(op)[0]
    assert receipt["status"] == "created", receipt
    return op, receipt["record"]


def at_office(home, record, **values):
    """The office changes the record."""
    actor = home.actor("coop")
    return correct_activity(
        actor, code=record["code"], base_version=versions(actor, record)[0].version, reason="办公室核对", values=values
    )


def versions(actor, record):
    return activity_queries.versions_of(activity_queries.get_record(actor, record["code"]))


def correction(line, op, base=1, **fields):
    return line.phone.op(
        "activity.correct", {"record": op["id"], "reason": "现场改正", **fields}, base=base, after=[op["id"]]
    )


@pytest.fixture
def conflict(home, line, tended):
    op, record = tended
    at_office(home, record, work="weed")
    mine = correction(line, op, note="西头")
    receipt = line.sync(mine)[0]
    return mine, record, receipt


def test_a_correction_of_what_the_phone_saw_is_the_next_version(home, line, tended):
    op, record = tended
    receipt = line.sync(correction(line, op, note="西头"))[0]
    assert (receipt["status"], receipt["record"]) == ("created", {**record, "version": 2})
    assert [row.note for row in versions(home.actor("coop"), record)] == ["西头", "东头"]


def test_a_correction_made_before_the_record_was_sent_comes_with_it(line, plot):
    op = line.phone.op("activity.record", {"activity": "tend", "plot": plot.code, "on": "2026-07-20", "work": "prune"})
    assert [one["status"] for one in line.sync(correction(line, op, note="西头"), op)] == ["created", "created"]


def test_both_versions_are_kept_and_the_words_are_those_of_c3(home, line, conflict):
    mine, record, receipt = conflict
    assert (receipt["status"], receipt["code"]) == ("conflict", "CONFLICT")
    assert re.fullmatch(r"该记录在办公室已于 7月20日 \d\d:\d\d 修改，请选择保留哪一版。", receipt["message"])
    row = SyncConflict.get()
    assert (row.base, row.phone, row.office) == (
        {"work": "prune", "note": "东头"}, {"work": "prune", "note": "西头"}, {"work": "weed", "note": "东头"},
    )  # fmt: skip
    assert versions(home.actor("coop"), record)[0].content["work"] == "weed"
    assert line.sync(mine)[0] == receipt
    assert list(all_findings()) == []


@pytest.mark.parametrize(
    ("keep", "fields", "work", "note", "count"),
    [("mine", {}, "prune", "西头", 3), ("office", {}, "weed", "东头", 2), ("merged", {"work": "office", "note": "mine"}, "weed", "西头", 3)],
)  # fmt: skip
def test_a_person_chooses_on_the_phone(home, line, conflict, keep, fields, work, note, count):
    mine, record, _ = conflict
    choice = line.phone.op("conflict.resolve", {"operation": mine["id"], "keep": keep, "fields": fields})
    answer = line.post([choice], receipts_since=0).json
    assert answer["receipts"][0]["record"] == {**record, "version": count}
    assert {one["id"]: one["status"] for one in answer["updates"]}[mine["id"]] == "created"
    found = versions(home.actor("coop"), record)
    assert (found[0].content["work"], found[0].note, len(found)) == (work, note, count)
    again = line.phone.op("conflict.resolve", {"operation": mine["id"], "keep": keep, "fields": fields})
    assert line.sync(again)[0]["code"] == "ALREADY_RESOLVED"
    assert list(all_findings()) == []


def test_choosing_is_refused_when_the_office_changed_it_again(home, line, conflict):
    mine, record, _ = conflict
    at_office(home, record, work="soil")
    choice = line.phone.op("conflict.resolve", {"operation": mine["id"], "keep": "mine"})
    receipt = line.sync(choice)[0]
    assert receipt["status"] == "refused"
    assert versions(home.actor("coop"), record)[0].content["work"] == "soil"
    assert SyncConflict.get().keep == ""


def test_a_person_chooses_at_the_office(home, line, conflict, sign_in):
    mine, record, _ = conflict
    browser = sign_in("coop")
    page = f"/field/sync/{mine['id']}"
    text = browser.get(page).text
    for shown in ("改之前", "手机上的", "办公室的", "东头", "西头", "修剪", "除草"):
        assert shown in text
    assert text.count(" checked") == 2
    values = {"csrf_token": csrf(browser, page), "keep": "merged", "field-work": "office", "field-note": "mine"}
    assert browser.post(f"{page}/resolve", data=values).status_code == 302
    assert "逐项选择" in browser.get(page).text
    found = versions(home.actor("coop"), record)[0]
    assert (found.content["work"], found.note) == ("weed", "西头")
    assert SyncOp.get(SyncOp.op_id == mine["id"]).status == "created"


def test_what_belongs_to_others_cannot_be_seen_or_chosen(app, home, line, conflict, sign_in):
    mine, record, _ = conflict
    other = Line(app, Phone("coop2"))
    choice = other.phone.op("conflict.resolve", {"operation": mine["id"], "keep": "mine"})
    assert other.sync(choice)[0]["code"] == "NOT_FOUND"
    foreign = other.phone.op("activity.correct", {"record": record["code"], "reason": "x", "note": "y"}, base=1)
    assert other.sync(foreign)[0]["code"] == "NOT_FOUND"
    browser = sign_in("coop2")
    assert browser.get(f"/field/sync/{mine['id']}").status_code == 404
    values = {"csrf_token": csrf(browser, "/field/sync"), "keep": "mine"}
    assert browser.post(f"/field/sync/{mine['id']}/resolve", data=values).status_code == 404
    assert Activity.select().count() == 1
