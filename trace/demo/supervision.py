"""Supervision in the demo county: a few inspections, findings at several stages (one overdue, one closed, one letter), a score draft."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from trace.core.actor import Actor
from trace.demo.calendar import TODAY, on
from trace.demo.people import ACTIVE, People
from trace.registry.models import Township
from trace.supervision import scores, services
from trace.supervision.models import Finding
from trace.supervision.rules import Action
from trace.supervision.scoring import DEFAULT_SCHEME

AUTHORITY = "演示县政府授权〔2026〕2号"
TITLES = ("春季补植管护督查", "采收台账专项督查", "专项资金使用督查")


class Supervision:
    """Everything through the services' own steps, each on its day."""

    def __init__(self, people: People) -> None:
        """The accounts that take part."""
        self.people = people
        self.office, self.bureau = people.actor("office"), people.actor("bureau")
        rows = {t.name: t for t in Township.select().where(Township.name.in_(ACTIVE))}
        self.townships = [rows[name] for name in ACTIVE if name in rows][:4]

    def happen(self) -> None:
        """Three inspections, four findings, one score draft."""
        first, second, third, fourth = self.townships
        self._closed(first)
        self._overdue(second)
        self._advice(third)
        self._planned(fourth)
        self._scores()

    def _inspect(self, township: Township, title: str, day: date, summary: str) -> Any:
        with on(self.office, day) as op:
            row = services.write_inspection(
                op, kind="special", title=title, township=township.code, planned_on=day, basis="演示督查方案〔2026〕1号"
            )
            return services.write_visit(op, row, visited_on=day, people="演示督查一组 3 人", summary=summary)

    def _find(self, inspection: Any, day: date, cause: str, facts: str, source: str = "special") -> Finding:
        with on(self.office, day) as op:
            return services.write_finding(
                op,
                township=inspection.township.code,
                facts=facts,
                found_on=day,
                inspection=inspection,
                source=source,
                cause=cause,
            )

    def _do(self, who: Actor, day: date, finding: Finding, action: Action, text: str = "", **values: Any) -> None:
        with on(who, day) as op:
            services.perform(op, Finding.get_by_id(finding.id), action, {"text": text, **values})

    def _officer(self, township: Township) -> Actor:
        return self.people.actor(f"township-{township.code}")

    def _closed(self, township: Township) -> None:
        """Found in April, fixed in time, rechecked by the bureau."""
        start, officer = date(2026, 4, 14), self._officer(township)
        seen = self._inspect(township, TITLES[0], start, "抽查 6 块地，其中 2 块缺株较多，未补植。")
        row = self._find(seen, start, "quality", "抽查的 2 块地缺株率超过三成，春季没有补植，杂草高过苗木。")
        self._do(
            self.office,
            start + timedelta(1),
            row,
            Action.DRAFT,
            "限期补植到位，并落实管护责任人。",
            authority_ref=AUTHORITY,
            responsible="分管副镇长",
        )
        self._do(self.office, start + timedelta(2), row, Action.ISSUE)
        self._do(officer, start + timedelta(6), row, Action.SUBMIT_PLAN, "4月底前补植 620 株，每块地明确一名管护员。")
        self._do(self.office, start + timedelta(7), row, Action.AGREE_PLAN)
        self._do(officer, start + timedelta(8), row, Action.START)
        self._do(officer, start + timedelta(16), row, Action.REPORT, "已补植 634 株，抚育除草两遍，管护员名单已公示。")
        self._do(self.bureau, start + timedelta(20), row, Action.BEGIN_RECHECK)
        self._do(self.bureau, start + timedelta(20), row, Action.PASS, "现场清点，补植成活良好，同意销号。")

    def _overdue(self, township: Township) -> None:
        """Asked for in October, the deadline passed in November without an answer."""
        start = date(2026, 10, 12)
        seen = self._inspect(township, TITLES[1], start, "查阅 3 家合作社采收台账，1 家缺 8 月以后记录。")
        row = self._find(seen, start, "records", "1 家合作社 8 月以后没有采收记录，交售数量无法核对。")
        self._do(
            self.office,
            start + timedelta(1),
            row,
            Action.DRAFT,
            "补齐 8 月以来采收记录，与收购单逐笔核对。",
            authority_ref=AUTHORITY,
            responsible="农业综合服务中心主任",
        )
        self._do(self.office, start + timedelta(1), row, Action.ISSUE)
        self._do(
            self._officer(township),
            start + timedelta(7),
            row,
            Action.SUBMIT_PLAN,
            "安排两名干部到社核对，11 月上旬完成。",
        )
        self._do(self.office, start + timedelta(8), row, Action.AGREE_PLAN)
        self._do(self._officer(township), start + timedelta(9), row, Action.START)

    def _advice(self, township: Township) -> None:
        """No authorisation: a 提示函 without a clock."""
        start = TODAY - timedelta(days=9)
        seen = self._inspect(township, TITLES[2], start, "查看奖补项目公示栏，1 个村公示照片不清楚。")
        row = self._find(seen, start, "funds", "1 个村的奖补公示照片看不清名单和日期。")
        self._do(
            self.office, start + timedelta(1), row, Action.DRAFT, "建议重新拍摄公示照片，注明日期。", paper="letter"
        )
        self._do(self.office, start + timedelta(2), row, Action.ISSUE)

    def _planned(self, township: Township) -> None:
        """An inspection to come."""
        with on(self.office, TODAY) as op:
            services.write_inspection(
                op,
                kind="routine",
                title="冬季管护督查",
                township=township.code,
                planned_on=TODAY + timedelta(days=18),
                people="",
                basis="",
            )

    def _scores(self) -> None:
        """The scheme of the year and a first draft of the points."""
        with on(self.office, TODAY) as op:
            scores.write_scheme(op, year=TODAY.year, doc_ref="演示考核方案〔2026〕1号", content=DEFAULT_SCHEME)
            scores.write_draft(op, TODAY.year)
        services.mark_late(op.at)
