"""States, actions and deadlines of rectification. Pure. Source: domain brief §6.6, county rules L177 and L233."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from trace.core.actor import Permission
from trace.core.calendar import WorkingCalendar
from trace.core.clock import SHANGHAI, business_date
from trace.core.errors import Invalid, RuleBroken
from trace.core.text import N_, Labelled

P = Permission

INSPECTION_KINDS = {"routine": N_("日常督查"), "special": N_("专项督查")}
INSPECTION_STATES = {"planned": N_("待督查"), "visited": N_("已督查")}
SOURCES = {
    "routine": N_("日常督查"), "special": N_("专项督查"), "complaint": N_("投诉举报"), "system": N_("系统规则"), "audit": N_("审计"),
}  # fmt: skip
CAUSES = {
    "quality": N_("栽植管护不到位"), "records": N_("台账记录不全"), "funds": N_("资金使用不规范"), "safety": N_("食品安全"),
    "progress": N_("工作进度滞后"), "data": N_("数据不实"), "other": N_("其他"),
}  # fmt: skip
"""Why things went wrong, for the systemic view."""
DEFAULT_DAYS = 15
"""Working days for a rectification when nobody says otherwise [assumed, Q14]."""
MAX_DAYS = 120
URGENT_HOURS = {"food_24h": 24, "food_72h": 72}
URGENCIES = {"normal": N_("按工作日"), "food_24h": N_("食品安全 24 小时"), "food_72h": N_("食品安全 72 小时")}
PAPERS = {"letter": N_("提示函"), "notice": N_("整改通知")}
ESCALATED_TO = {"vice_head": N_("分管副县长"), "supervision_office": N_("县政府督查室")}
MAX_PHOTOS = 8

LETTER_ONLY = N_("提示函不是指令性文件，不计逾期、不通报、不提请督办。确需如此，请先取得县政府授权，再改发整改通知。")
AUTHORITY_NEEDED = N_("向乡镇发整改通知须写明县政府授权文号；没有授权的，只能发提示函。")


class State(Labelled):
    """Where a finding stands on its way."""

    FOUND = "found", N_("已发现")
    NOTICE_DRAFT = "notice_draft", N_("拟稿")
    ISSUED = "issued", N_("已发出")
    PLAN_SUBMITTED = "plan_submitted", N_("方案已报")
    PLAN_AGREED = "plan_agreed", N_("方案已同意")
    FIXING = "fixing", N_("整改中")
    REPORTED = "reported", N_("已报整改")
    RECHECK = "recheck", N_("复核中")
    NOT_PASSED = "not_passed", N_("复核未通过")
    CIRCULAR = "circular", N_("已通报")
    CLOSED = "closed", N_("已销号")


class Action(Labelled):
    """What can be done with a finding."""

    DRAFT = "draft", N_("拟稿")
    ISSUE = "issue", N_("发出")
    CONVERT = "convert", N_("改发整改通知")
    SUBMIT_PLAN = "submit_plan", N_("报整改方案")
    RETURN_PLAN = "return_plan", N_("退回方案")
    AGREE_PLAN = "agree_plan", N_("同意方案")
    START = "start", N_("开始整改")
    REPORT = "report", N_("报整改结果")
    EXTEND = "extend", N_("同意延期")
    BEGIN_RECHECK = "begin_recheck", N_("开始复核")
    PASS = "pass", N_("复核通过，销号")  # nosec B105 - a word
    FAIL = "fail", N_("复核不通过")
    CIRCULATE = "circulate", N_("情况通报")
    RESUME = "resume", N_("重新整改")
    ESCALATE = "escalate", N_("提请督办")


S, A = State, Action
WITH_TOWNSHIP = (S.ISSUED, S.PLAN_SUBMITTED, S.PLAN_AGREED, S.FIXING, S.CIRCULAR, S.NOT_PASSED)
"""The clock runs: the township has not yet reported."""


@dataclass(frozen=True)
class Step:
    """One arrow: from where, to where (None stays), and who may go it."""

    sources: tuple[State, ...]
    to: State | None
    permission: Permission
    text_needed: bool = True


STEPS: dict[Action, Step] = {
    A.DRAFT: Step((S.FOUND, S.NOTICE_DRAFT), S.NOTICE_DRAFT, P.SUPERVISION_ISSUE),
    A.ISSUE: Step((S.NOTICE_DRAFT,), S.ISSUED, P.SUPERVISION_ISSUE, text_needed=False),
    A.SUBMIT_PLAN: Step((S.ISSUED,), S.PLAN_SUBMITTED, P.RECTIFICATION_REPORT),
    A.AGREE_PLAN: Step((S.PLAN_SUBMITTED,), S.PLAN_AGREED, P.SUPERVISION_ISSUE, text_needed=False),
    A.RETURN_PLAN: Step((S.PLAN_SUBMITTED,), S.ISSUED, P.SUPERVISION_ISSUE),
    A.START: Step((S.PLAN_AGREED,), S.FIXING, P.RECTIFICATION_REPORT, text_needed=False),
    A.REPORT: Step((S.FIXING,), S.REPORTED, P.RECTIFICATION_REPORT),
    A.BEGIN_RECHECK: Step((S.REPORTED,), S.RECHECK, P.RECTIFICATION_RECHECK, text_needed=False),
    A.PASS: Step((S.RECHECK,), S.CLOSED, P.RECTIFICATION_RECHECK),
    A.FAIL: Step((S.RECHECK,), S.NOT_PASSED, P.RECTIFICATION_RECHECK),
    A.CIRCULATE: Step((S.NOT_PASSED,), S.CIRCULAR, P.SUPERVISION_ISSUE),
    A.RESUME: Step((S.NOT_PASSED, S.CIRCULAR), S.FIXING, P.SUPERVISION_ISSUE),
    A.EXTEND: Step(WITH_TOWNSHIP[:4], None, P.SUPERVISION_ISSUE),
    A.ESCALATE: Step(WITH_TOWNSHIP, None, P.SUPERVISION_ISSUE),
    A.CONVERT: Step(WITH_TOWNSHIP, None, P.SUPERVISION_ISSUE),
}
RECHECKS = frozenset({A.BEGIN_RECHECK, A.PASS, A.FAIL})
COMMANDS = frozenset({A.CIRCULATE, A.ESCALATE})
"""What only a notice with an authorisation may lead to."""


@dataclass(frozen=True)
class Standing:
    """What the rules look at: a finding without its table."""

    state: State
    paper: str
    authority_ref: str
    extended: bool
    escalated_to: str
    finder_id: int
    fixer_ids: frozenset[int]
    late: bool


def allowed(standing: Standing, may: Callable[[Permission], bool], user_id: int | None = None) -> list[Action]:
    """The actions open to somebody now, in the order of the way; ``user_id`` applies the rule of the second person."""
    return [
        action
        for action, step in STEPS.items()
        if standing.state in step.sources and may(step.permission) and blocked(standing, action, user_id) is None
    ]


def blocked(standing: Standing, action: Action, user_id: int | None = None) -> tuple[str, str] | None:
    """Why an action is closed although the state would allow it: (code, message), or None."""
    if action in COMMANDS and standing.paper != "notice":
        return "LETTER_ONLY", LETTER_ONLY
    if action is A.CONVERT and standing.paper == "notice":
        return "ALREADY_NOTICE", N_("这份文书已经是整改通知。")
    if action is A.EXTEND and standing.extended:
        return "EXTENDED_ONCE", N_("只能延期一次，这件事项已经延过期。")
    if action is A.ESCALATE and standing.escalated_to:
        return "ESCALATED", N_("已经提请督办。")
    if action is A.ESCALATE and not standing.late and standing.state not in (S.NOT_PASSED, S.CIRCULAR):
        return "NOT_LATE", N_("未逾期、复核也没有不通过的，不提请督办。")
    if action in RECHECKS and user_id is not None and user_id in standing.fixer_ids | {standing.finder_id}:
        return "SECOND_PERSON", N_("发现问题的人和报整改的人不能复核，请换一位同志。")
    return None


def require_step(standing: Standing, action: Action, may: Callable[[Permission], bool], user_id: int) -> Step:
    """The arrow of an action; raises :class:`RuleBroken` with the actions that are open instead."""
    step = STEPS[action]
    instead = [a.value for a in allowed(standing, may, user_id)]
    if standing.state not in step.sources:
        raise RuleBroken(
            "这件事项现在是“%(state)s”，不能“%(action)s”。", code="STATE", allowed=instead, state=standing.state.label,
            action=action.label,
        )  # fmt: skip
    if reason := blocked(standing, action, user_id):
        raise RuleBroken(reason[1], code=reason[0], allowed=instead)
    return step


def check_paper(paper: str, authority_ref: str) -> None:
    """A notice to townships needs the county's authorisation (L233); raises :class:`Invalid`."""
    if paper == "notice" and not authority_ref.strip():
        raise Invalid(AUTHORITY_NEEDED, field="authority_ref", code="AUTHORITY_NEEDED")


def due_at(start: datetime, urgency: str, days: int, calendar: WorkingCalendar) -> datetime:
    """The instant a demand must be answered by: hours run through, working days end at midnight of the last one."""
    if hours := URGENT_HOURS.get(urgency):
        return start + timedelta(hours=hours)
    return end_of(calendar.add_working_days(business_date(start), days))


def end_of(day: date) -> datetime:
    """The last second of a day on the county's clock."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


def is_late(paper: str, due: datetime | None, answered: datetime | None, now: datetime) -> bool:
    """Past the deadline without an answer, or answered after it. A letter has no clock."""
    return paper == "notice" and due is not None and (answered or now) > due


def days_late(due: datetime, until: datetime) -> int:
    """Calendar days past the deadline, at least one once it has passed."""
    if until <= due:
        return 0
    return max((business_date(until) - business_date(due)).days, 1)
