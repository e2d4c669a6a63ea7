"""J4: one inbox for each role; one row per subject, opened and closed by the digest, seen by persons."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.conftest import csrf
from tests.factories import county as make
from tests.factories import funds, statements
from trace.alerts import jobs, queries, services, sources
from trace.alerts.models import Alert
from trace.alerts.rules import Found, Tone, tone
from trace.audit.models import AuditEntry
from trace.core.clock import business_date, utcnow
from trace.invariants import all_findings
from trace.lots.services import place_hold, release_hold
from trace.registry.models import Title
from trace.supervision import services as supervision
from trace.targets import services as targets


def gather(today: date | None = None) -> dict[str, int]:
    return services.collect(today or business_date(), utcnow())


def inbox(home: make.County, username: str, kind: str = "") -> list[str]:
    return sorted(row.subject for row in queries.open_alerts(home.actor(username)) if kind in ("", row.kind))


def titled(home: make.County, days: int) -> Title:
    today = business_date()
    return Title.create(
        party=home.coop,
        kind="organic",
        doc_no="有机1号",
        issuer="认证中心",
        valid_from=today - timedelta(days=300),
        valid_to=today + timedelta(days=days),
    )


def test_an_expiring_title_reaches_its_party_its_township_and_the_bureau_only(home):
    title = titled(home, 10)
    gather()
    assert [name for name in ("coop", "township", "bureau") if inbox(home, name, "title") == [title.code]] == [
        "coop",
        "township",
        "bureau",
    ]
    assert [
        name for name in ("coop2", "township2", "grower", "leader", "finance_maker") if inbox(home, name, "title")
    ] == []


def test_one_row_per_subject_closed_when_settled_and_opened_again(home):
    title = titled(home, 10)
    first = gather()
    assert first["opened"] >= 1 and gather() == {**first, "opened": 0}
    before = Alert.get(Alert.kind == "title")
    Title.update(withdrawn_on=business_date()).where(Title.id == title.id).execute()
    assert gather()["closed"] == 1 and inbox(home, "coop") == []
    Title.update(withdrawn_on=None).where(Title.id == title.id).execute()
    assert gather()["opened"] == 1
    after = Alert.get(Alert.kind == "title")
    assert (after.id, after.opened_at) == (before.id, before.opened_at) and after.changed_at > before.changed_at
    assert list(all_findings("alerts")) == []


def test_seen_until_it_changes(home):
    title = titled(home, 10)
    gather()
    coop = home.actor("coop")
    assert queries.unread(coop).count() == 1 and queries.unread(home.actor("township")).count() == 1
    services.read(coop, Alert.get(Alert.kind == "title").code)
    services.read_all(coop)
    assert queries.unread(coop).count() == 0 and queries.unread(home.actor("township")).count() == 1
    Title.update(valid_to=business_date() + timedelta(days=5)).where(Title.id == title.id).execute()
    gather()
    assert queries.unread(coop).count() == 1, "the day moved"


def test_every_source_speaks_and_falls_silent(home):
    """What each source lists, from the services' own facts."""
    today, office = business_date(), home.actor("office")
    targets.plan(office, indicator="area", township=make.HOME, year=today.year - 1, value=1000, doc_no="演示1号")
    plot = make.plot(home.actor("coop"), home, planted_on=date(today.year - 2, 3, 1))
    hold = place_hold(home.actor("coop"), make.harvest(home.actor("coop"), plot).code, "自查")
    code = supervision.find(office, township=make.HOME, source="audit", cause="funds", facts="票据不全。").code
    supervision.act(office, code, "draft", {"text": "补齐。", "authority_ref": "授权1号"})
    supervision.act(office, code, "issue")
    gather(date(2026, 11, 27) if today < date(2026, 9, 8) else today)
    assert inbox(home, "bureau", "visit") == [make.HOME] and inbox(home, "verifier_forestry", "visit") == [make.HOME]
    assert (
        sorted(inbox(home, "township", "statement"))
        == [f"{today.year - 1}-{make.HOME}", f"{today.year - 1}Q4-{make.HOME}"]
        and inbox(home, "township2", "statement") == []
    )
    assert (
        inbox(home, "market", "hold") == [hold.code] == inbox(home, "coop", "hold")
        and inbox(home, "coop2", "hold") == []
    )
    assert inbox(home, "township", "rectification") == [code] and inbox(home, "auditor", "rectification") == []
    for who, action in (
        ("township", "submit_plan"),
        ("office", "agree_plan"),
        ("township", "start"),
        ("township", "report"),
    ):
        supervision.act(home.actor(who), code, action, {"text": "已办。"})
    for period in (f"{today.year - 1}Q4", str(today.year - 1)):
        statements.signed(home.actor("township"), make.HOME, period)
    release_hold(home.actor("market"), hold.code, "合格")
    gather()
    assert [inbox(home, "township", kind) for kind in ("statement", "rectification")] == [[], []]
    assert len(inbox(home, "bureau", "statement_check")) == 2
    assert inbox(home, "bureau", "recheck") == [code] and inbox(home, "market", "hold") == []


@pytest.mark.parametrize(
    ("day", "shown"), [("2026-09-07", False), ("2026-09-08", True), ("2027-03-08", True), ("2027-04-01", True)]
)
def test_the_policy_is_evaluated_in_its_last_six_months(home, day: str, shown: bool):
    """L165: 清政办发〔2022〕7号 ends on 2027-03-08; the evaluation is due from 2026-09-08."""
    found = list(sources.policies(date.fromisoformat(day)))
    assert [item.due_on for item in found] == ([date(2027, 3, 8)] if shown else [])


def test_a_successor_document_moves_the_day(home, command):
    assert command("alerts", "policy", "清政办发〔2022〕7号", "2032-03-08").exit_code == 0
    assert list(sources.policies(date(2027, 3, 1))) == []
    assert [item.subject for item in sources.policies(date(2031, 12, 1))] == ["清政办发〔2022〕7号"]


def test_a_public_list_whose_period_is_over(home):
    application = funds.drive(home, funds.draft(home, funds.programme(home)), funds.State.PUBLICITY)
    (found,) = sources.publicity(business_date())
    assert found.facts["count"] == 1 and found.due_on < business_date() and application.state == "PUBLICITY"


def test_a_new_source_needs_no_change_elsewhere(home, monkeypatch):
    monkeypatch.setattr(sources, "SOURCES", sources.SOURCES)
    extra = lambda today: iter([Found("policy", "新文件", "/targets", today, facts={"doc": "新文件"})])  # noqa: E731
    monkeypatch.setattr(services, "SOURCES", [extra])
    gather()
    assert inbox(home, "leader") == ["新文件"]


def test_how_near_a_day_is():
    today = date(2026, 11, 27)
    assert [tone(day, today) for day in (None, today - timedelta(1), today, today + timedelta(3), today + timedelta(4))] == [
        Tone.CALM, Tone.LATE, Tone.SOON, Tone.SOON, Tone.CALM,
    ]  # fmt: skip


def test_whoever_reads_an_alert_may_open_it(home, sign_in):
    """The address of every alert answers to every role in whose inbox it stands."""
    today, office = business_date(), home.actor("office")
    titled(home, 3)
    targets.plan(office, indicator="area", township=make.HOME, year=today.year - 1, value=1000, doc_no="演示1号")
    plot = make.plot(home.actor("coop"), home, planted_on=date(today.year - 2, 3, 1))
    place_hold(home.actor("coop"), make.harvest(home.actor("coop"), plot).code, "自查")
    code = supervision.find(office, township=make.HOME, source="audit", cause="funds", facts="票据不全。").code
    supervision.act(office, code, "draft", {"text": "补齐。"})
    supervision.act(office, code, "issue")
    funds.drive(home, funds.draft(home, funds.programme(home), number=7), funds.State.PUBLICITY)
    gather(max(today, date(2026, 9, 8)))
    asked, closed = set(), []
    for name in (
        "office",
        "bureau",
        "leader",
        "auditor",
        "market",
        "statistics",
        "verifier_forestry",
        "township",
        "coop",
    ):
        browser = sign_in(name)
        for row in queries.open_alerts(home.actor(name)):
            asked.add(row.kind)
            if browser.get(row.href).status_code != 200:
                closed.append(f"{name} {row.kind} {row.href}")
    assert closed == [] and asked == {
        "title",
        "visit",
        "statement",
        "statement_late",
        "advice",
        "publicity",
        "hold",
        "policy",
    }


def test_the_worker_runs_it_once_an_hour(database, monkeypatch):
    monkeypatch.setattr(jobs, "_last", [])
    assert jobs.tend() and not jobs.tend()
    monkeypatch.setattr(jobs, "_last", [-jobs.EVERY_SECONDS * 1e6])
    assert jobs.tend()


def test_the_page_and_its_number(home, sign_in, command):
    titled(home, 2)
    said = command("alerts", "digest")
    assert said.exit_code == 0 and "待办提醒" in said.output
    coop = sign_in("coop")
    page = coop.get("/desk/inbox").text
    assert (
        "青坡合作社的有机产品认证（有机1号）到期" in page
        and "临近" in page
        and '<b class="count">1</b><span class="sr">条未读' in page
    )
    code = Alert.get(Alert.kind == "title").code
    away = coop.post(f"/desk/inbox/{code}", data={"csrf_token": csrf(coop, "/desk/inbox")})
    assert (
        away.status_code == 302
        and away.headers["Location"].startswith("/parties/titles/")
        and coop.get(away.headers["Location"]).status_code == 200
    )
    assert "条未读" not in coop.get("/desk").text
    assert sign_in("coop2").post(
        f"/desk/inbox/{code}", data={"csrf_token": csrf(sign_in("coop2"), "/account/password")}
    ).status_code in (400, 404)
    assert AuditEntry.select().where(AuditEntry.action == "alert.read").count() == 1
