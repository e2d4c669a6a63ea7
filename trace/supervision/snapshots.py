"""The locked input of a score run: integers from the register, one numerator and one denominator per township and indicator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from peewee import fn

from trace.core.clock import business_date
from trace.labels.models import LabelRun
from trace.lots.models import Lot
from trace.registry.models import Party, Title, Township
from trace.scan import feedback
from trace.statements import queries as statements
from trace.supervision.models import Finding, LateMark, ScoreDeduction, ScoreScheme
from trace.supervision.queries import overdue_at
from trace.supervision.rules import end_of
from trace.targets import queries as targets


def take(scheme: ScoreScheme, year: int, at: datetime) -> dict[str, Any]:
    """Everything the scores of a year depend on, as plain JSON; computed once and kept for good."""
    lines = targets.progress(str(year)).lines
    firms, titled = _firms(), _firms_with_titles(min(date(year, 12, 31), business_date(at)))
    packs, labelled, stated = _packs(year), _labelled_packs(year), statements.on_time(year, business_date(at))
    findings, minus, heard = _findings(year, at), _deductions(year), feedback.by_township(year)
    return {
        "v": 1, "year": year, "taken_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "scheme": {"code": scheme.code, "version": scheme.version, "doc_ref": scheme.doc_ref, **scheme.content},
        "townships": [
            {
                "code": line.code, "name": line.name, "ranked": line.plan_m2 is not None or line.plan_fen is not None,
                "deductions": minus.get(line.code, []),
                "inputs": {
                    "area": [line.verified_m2, line.plan_m2 or 0], "survival": [line.verified_m2, line.registered_m2 - line.awaiting_m2],
                    "output": [line.gross_fen, line.plan_fen or 0], "brand": [titled.get(line.code, 0), firms.get(line.code, 0)],
                    "trace": [labelled.get(line.code, 0), packs.get(line.code, 0)],
                    "statements": list(stated.get(line.code, (0, 0))), "rectification": list(findings.get(line.code, (0, 0))),
                    **_heard(heard.get(line.code)),
                },
            }
            for line in lines
        ],
    }  # fmt: skip


def _heard(found: feedback.Feedback | None) -> dict[str, list[int]]:
    """What consumers had to say, by the names of the indicators."""
    found = found or feedback.Feedback(0, 0, 0, 0)
    return {"scans": [found.opened, found.labels], "complaints": [found.quiet, found.scanned]}


def _by_township(query: Any) -> dict[str, int]:
    return {code: int(count) for code, count in query.group_by(Township.code).tuples()}


def _firms() -> dict[str, int]:
    return _by_township(_firms_counted())


def _firms_counted() -> Any:
    query = Party.select(Township.code, fn.COUNT(Party.id)).join(Township, on=Party.township)
    return query.where(Party.kind == "enterprise", Party.retired_on.is_null())


def _firms_with_titles(day: date) -> dict[str, int]:
    valid = Title.select(Title.party).where(
        Title.valid_from <= day, Title.valid_to.is_null() | (Title.valid_to >= day),
        Title.withdrawn_on.is_null() | (Title.withdrawn_on > day),
    )  # fmt: skip
    return _by_township(_firms_counted().where(Party.id.in_(valid)))


def _packs(year: int) -> dict[str, int]:
    return _by_township(_packs_counted(year))


def _packs_counted(year: int) -> Any:
    query = Lot.select(Township.code, fn.COUNT(Lot.id)).join(Party, on=Lot.holder).join(Township, on=Party.township)
    return query.where(Lot.kind == "pack", Lot.made_on.between(date(year, 1, 1), date(year, 12, 31)))


def _labelled_packs(year: int) -> dict[str, int]:
    active = LabelRun.select(LabelRun.lot).where(LabelRun.state == "activated")
    return _by_township(_packs_counted(year).where(Lot.id.in_(active)))


def _findings(year: int, at: datetime) -> dict[str, tuple[int, int]]:
    """Notices that fell due in the year: (never late, all). A letter has no clock and does not count."""
    first, last = end_of(date(year - 1, 12, 31)), min(end_of(date(year, 12, 31)), at)
    due = Finding.select(Finding.id, Township.code).join(Township)
    due = due.where(Finding.paper == "notice", Finding.due_at > first, Finding.due_at <= last)
    late = {mark.finding_id for mark in LateMark.select(LateMark.finding).distinct()}
    late |= {row.id for row in Finding.select(Finding.id).where(overdue_at(at))}
    found: dict[str, tuple[int, int]] = {}
    for finding_id, code in due.tuples():
        good, total = found.get(code, (0, 0))
        found[code] = (good + (finding_id not in late), total + 1)
    return found


def _deductions(year: int) -> dict[str, list[dict[str, Any]]]:
    rows: Iterable[ScoreDeduction] = (
        ScoreDeduction.select(ScoreDeduction, Township)
        .join(Township)
        .where(ScoreDeduction.year == year)
        .order_by(ScoreDeduction.id)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        item = {"kind": row.kind, "points_centi": row.points_centi, "evidence": row.evidence}
        found.setdefault(row.township.code, []).append(item)
    return found
