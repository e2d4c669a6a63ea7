"""What is due today, one function per matter; a new matter is one more function in :data:`SOURCES` and one more kind in the rules.

A source sees the whole county: who reads an alert is decided by its kind and its scope, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from peewee import Case, fn

from trace.alerts.rules import Found
from trace.core.actor import Actor, Role
from trace.core.calendar import months_after
from trace.core.clock import business_date
from trace.forecast import queries as forecast_queries
from trace.forecast.series import Flag
from trace.funds.models import Application, Notice, NoticeItem
from trace.funds.rules import State as FundState
from trace.land.models import Plot
from trace.land.visits import due_visits
from trace.lots.models import Hold, Lot
from trace.registry import queries as register
from trace.registry.models import Party, Township
from trace.registry.title_rules import EXPIRING_DAYS, TITLE_KINDS
from trace.statements import queries as statement_queries
from trace.supervision import queries as supervision
from trace.supervision.models import Finding, ScoreFeedback, ScoreRun
from trace.supervision.scoring import RunState
from trace.targets.rules import INDICATORS

Source = Callable[[date], Iterator[Found]]

POLICY_KEY = "alerts.policy_bases"
POLICY_BASES = [["清政办发〔2022〕7号", "2027-03-08"]]
"""Documents the industry's work rests on and the last day of each: five years from 2022-03-08 (L165)."""
EVALUATE_MONTHS = 6

_COUNTY = Actor(0, "", "", frozenset({Role.BUREAU}))
"""The eyes of a role that sees the whole county."""


def titles(today: date) -> Iterator[Found]:
    """Licences and titles that end within thirty days or ended within the last thirty and have no successor."""
    span = timedelta(days=EXPIRING_DAYS[0])
    for title in register.expiring_titles(_COUNTY, today - span, today + span):
        yield Found(
            "title", title.code, f"/parties/titles/{title.code}", title.valid_to, title.party_id, title.party.township_id,
            {"party": title.party.name, "title": TITLE_KINDS[title.kind], "no": title.doc_no},
        )  # fmt: skip


def visits(today: date) -> Iterator[Found]:
    """Survival checks that may be made, counted by township."""
    late = Plot.id.in_(due_visits(_COUNTY, today, overdue=True).select(Plot.id).order_by())
    query = (
        due_visits(_COUNTY, today)
        .order_by()
        .select(Township.id, Township.code, Township.name, fn.COUNT(Plot.id), fn.SUM(Case(None, [(late, 1)], 0)))
    )
    for key, code, name, count, overdue in query.group_by(Township.id, Township.code, Township.name).tuples():
        yield Found(
            "visit", code, f"/plots/visits-due?township={code}", None, None, key,
            {"township": name, "count": int(count), "late": int(overdue or 0)},
        )  # fmt: skip


def statements(today: date) -> Iterator[Found]:
    """Statements near or past their day and not signed, those five days over once more for the circular, and signed ones that wait for the bureau."""
    for row in statement_queries.missing(_COUNTY, today):
        code = row.statement.code if row.statement else ""
        href = f"/targets/statements/{code}" if code else "/targets/statements"
        facts = {"township": row.township.name, "period": row.period, "days": (today - row.due_on).days}
        subject = f"{row.period}-{row.township.code}"
        yield Found("statement", subject, href, row.due_on, None, row.township.id, facts)
        if row.tone == "circular":
            yield Found("statement_late", subject, href, row.due_on, None, row.township.id, facts)
    for signed in statement_queries.waiting():
        yield Found(
            "statement_check", signed.code, f"/targets/statements/{signed.code}", None, None, signed.township_id,
            {"township": signed.township.name, "period": signed.period},
        )  # fmt: skip


def forecasts(today: date) -> Iterator[Found]:
    """Targets of the county whose forecast turned red."""
    for rows in (forecast_queries.area_series(today), forecast_queries.value_series(today)):
        found = forecast_queries.forecast(rows[""], today)
        if found.judged.flag is Flag.RED and "share" in found.judged.values:
            key = found.series.indicator
            yield Found(
                "forecast", key, "/targets/forecast", None, None, None,
                {"title": INDICATORS[key].name, "share": found.judged.values["share"]},
            )  # fmt: skip


def rectifications(_today: date) -> Iterator[Found]:
    """Findings the township has not answered, and those that wait for their recheck."""
    waiting = (*supervision.CLOCK_RUNS, "reported", "recheck")
    for row in supervision.findings_joined().where(Finding.state.in_(waiting)):
        answered = row.state in ("reported", "recheck")
        kind = "recheck" if answered else ("rectification" if row.paper == "notice" else "advice")
        yield Found(
            kind, row.code, f"/supervision/findings/{row.code}", None if answered else business_date(row.due_at), None, row.township_id,
            {"township": row.township.name, "code": row.code},
        )  # fmt: skip


def publicity(today: date) -> Iterator[Found]:
    """Public lists whose period ends within three days or is over while applications still stand on them."""
    end = fn.MAX(NoticeItem.ends_on)
    query = (
        NoticeItem.select(Notice.no, end, fn.COUNT(NoticeItem.id))
        .join(Notice)
        .switch(NoticeItem)
        .join(Application, on=NoticeItem.application)
        .where(Application.state == FundState.PUBLICITY.value, NoticeItem.ends_on <= today + timedelta(days=3))
        .group_by(Notice.no)
    )
    for no, ends_on, count in query.tuples():
        yield Found(
            "publicity",
            no,
            "/funds/publicity",
            NoticeItem.ends_on.python_value(ends_on),
            None,
            None,
            {"no": no, "count": int(count)},
        )


def holds(_today: date) -> Iterator[Found]:
    """Open holds and recalls, for their holder and those who may end them."""
    query = Hold.select(Hold, Lot, Party).join(Lot).join(Party, on=Lot.holder).where(Hold.released_at.is_null())
    for row in query:
        yield Found(
            row.kind, row.code, f"/lots/{row.lot.code}", None, row.lot.holder_id, None,
            {"holder": row.lot.holder.name, "lot": row.lot.code, "reason": row.reason},
        )  # fmt: skip


def policies(today: date) -> Iterator[Found]:
    """Documents in the last six months of their validity: time to evaluate them (L165)."""
    for doc, until in register.site_setting(POLICY_KEY, POLICY_BASES):
        last = date.fromisoformat(until)
        if today >= months_after(last, -EVALUATE_MONTHS):
            yield Found("policy", doc[:60], "/targets", last, None, None, {"doc": doc})


def consultations(today: date) -> Iterator[Found]:
    """Scores on which a township's opinion is asked and not yet given."""
    for run in ScoreRun.select().where(ScoreRun.state == RunState.FEEDBACK, ScoreRun.feedback_due_on >= today):
        given = {row.township_id for row in ScoreFeedback.select().where(ScoreFeedback.run == run)}
        for township in register.townships():
            if township.id not in given:
                yield Found(
                    "consultation", f"{run.code}-{township.code}", f"/supervision/scores/{run.code}", run.feedback_due_on, None, township.id,
                    {"year": run.year, "township": township.name},
                )  # fmt: skip


SOURCES: list[Source] = [
    titles,
    visits,
    statements,
    forecasts,
    rectifications,
    publicity,
    holds,
    policies,
    consultations,
]
