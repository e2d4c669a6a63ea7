"""What each role's desk shows: what waits, by whom it is handled, and the one or two main actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _

from trace.core.actor import Actor, Permission
from trace.core.clock import business_date, utcnow
from trace.field import activity_queries as records
from trace.field.duplicates import open_suspicions
from trace.funds import queries as funds
from trace.labels.models import LabelRun
from trace.labels.queries import visible_runs
from trace.land.cases import visible_cases
from trace.land.visits import due_visits
from trace.lots import queries as lots
from trace.payments import case_queries
from trace.payments import queries as payments
from trace.processing import queries as processing
from trace.quality.queries import tasks_to_show
from trace.recalls import queries as recalls
from trace.registry import directory
from trace.registry import queries as register
from trace.registry.title_rules import EXPIRING_DAYS
from trace.sync import queries as sync

P = Permission


@dataclass(frozen=True)
class Waiting:
    """Something that waits for this person: how many, and where to deal with it."""

    label: str
    count: int
    href: str


@dataclass(frozen=True)
class Action:
    """A main action of the role."""

    label: str
    href: str
    icon: str


MAIN_ACTIONS: tuple[tuple[Permission, Callable[[], str], str, str], ...] = (
    (P.HARVEST_RECORD, lambda: _("登记采收"), "field.new_harvest", "basket"),
    (P.PLOT_REGISTER, lambda: _("登记地块"), "land.new_plot", "map"),
    (P.RUN_RECORD, lambda: _("登记加工"), "processing.new_run", "building-factory"),
    (P.LABEL_RUN, lambda: _("制标签"), "labels.new_run", "qrcode"),
    (P.TARGET_PLAN, lambda: _("下达任务"), "targets.new_plan", "target-arrow"),
    (P.SUPERVISION_INSPECT, lambda: _("安排督查"), "supervision.new_inspection", "clipboard-list"),
    (P.STATEMENT_SUBMIT, lambda: _("填报报表"), "statements.index", "chart-bar"),
    (P.USER_MANAGE, lambda: _("新建账号"), "accounts.new_user", "user-plus"),
    (P.AUDIT_READ, lambda: _("看操作日志"), "desk.audit", "history"),
    (P.DEVICE_REVOKE, lambda: _("停用手机"), "devices.index", "device-mobile"),
)
AT_MOST = 4


def main_actions(actor: Actor) -> list[Action]:
    """The first few main actions the actor may take."""
    found = [
        Action(label(), url_for(endpoint), icon) for need, label, endpoint, icon in MAIN_ACTIONS if actor.can(need)
    ]
    return found[:AT_MOST]


def waiting_for(actor: Actor) -> list[Waiting]:
    """Everything that waits for the actor, in the order of the chain."""
    found = [
        *_phones(actor),
        *_recalls(actor),
        *_goods(actor),
        *_register(actor),
        *(Waiting(*item) for item in _money(actor)),
    ]
    return [item for item in found if item.count]


def _money(actor: Actor) -> list[tuple[str, int, str]]:
    """Applications, batches, accounts, cases and complaints about money."""
    if not actor.can(P.FUND_READ):
        return []
    return [*funds.waiting_for(actor), *payments.waiting_for(actor), *case_queries.waiting_for(actor)]


def _register(actor: Actor) -> list[Waiting]:
    """Papers that end within thirty days: for those who keep the register, and for a party its own."""
    if not (actor.can(P.PARTY_REGISTER) or (actor.party_id and actor.can(P.PARTY_READ))):
        return []
    today, days = business_date(), EXPIRING_DAYS[0]
    ending = register.expiring_titles(actor, today, today + timedelta(days=days)).count()
    found = [Waiting(_("%(n)s 天内到期的证照", n=days), ending, url_for("registry.expiring", days=days))]
    if actor.can(P.PARTY_REGISTER) and not actor.party_id:
        found.append(
            Waiting(_("疑似重复的主体，待判定"), len(directory.suspects(actor)), url_for("registry.duplicates"))
        )
    return found


def _phones(actor: Actor) -> list[Waiting]:
    """Records of phones on which somebody must decide."""
    if not actor.can(P.SYNC_SEND):
        return []
    waiting = sync.counts(actor).get("conflict", 0)
    return [Waiting(_("手机记录有冲突，待选择"), waiting, url_for("sync.overview", status="conflict"))]


def _recalls(actor: Actor) -> list[Waiting]:
    """What cannot wait: reports due, recalls without a case, notices to confirm, questions to answer."""
    found = recalls.waiting_for(actor, utcnow())
    return [
        Waiting(_("临近或超过上报时限的事件"), found["report"], url_for("recalls.index")),
        Waiting(_("已召回、还没有立案"), found["case"], url_for("recalls.index")),
        Waiting(_("召回通知，待确认"), found["notice"], url_for("recalls.notices.index")),
        Waiting(_("协查，待答复"), found["inquiry"], url_for("recalls.notices.index")),
    ]


def _goods(actor: Actor) -> list[Waiting]:
    found = []
    if actor.can(P.RECEIPT_RECORD):
        incoming = processing.dispatches(actor, incoming=True, state="sent").count()
        found.append(Waiting(_("在途的发货单，待收货"), incoming, url_for("processing.overview")))
    if actor.can(P.LABEL_RUN):
        made = visible_runs(actor).where(LabelRun.state == "made").count()
        found.append(Waiting(_("已生成的标签，待启用"), made, url_for("labels.runs")))
    if actor.can(P.HOLD_RELEASE):
        open_holds = lots.visible_holds(actor).where(lots.Hold.released_at.is_null()).count()
        found.append(Waiting(_("未解除的封存和召回"), open_holds, url_for("quality.holds")))
    if actor.can(P.ACTIVITY_READ) and (actor.can(P.HOLD_PLACE) or actor.can(P.ACTIVITY_RECORD)):
        found.append(Waiting(_("安全间隔期锁定的批次"), len(records.held_lots(actor)), url_for("records.safety")))
    if actor.can(P.INCIDENT_HANDLE):
        waiting = records.visible_incidents(actor, "open").count()
        found.append(Waiting(_("待处理的用药事件"), waiting, url_for("records.safety")))
    if actor.can(P.DUPLICATE_RESOLVE):
        waiting = open_suspicions(actor).count()
        found.append(Waiting(_("疑似重复的采收，待判定"), waiting, url_for("field.scales.suspected")))
    if actor.can(P.INSPECTION_RECORD):
        waiting = tasks_to_show(actor, state="open").count()
        found.append(Waiting(_("抽中的记录，待抽查"), waiting, url_for("quality.inspections.index")))
    if actor.can(P.PLOT_VERIFY):
        today = business_date()
        late = due_visits(actor, today, overdue=True).count()
        found.append(Waiting(_("待查验的地块"), due_visits(actor, today).count(), url_for("land.visits.due")))
        found.append(Waiting(_("逾期未查验的地块"), late, url_for("land.visits.due", overdue=1)))
    if actor.can(P.PLOT_DECIDE):
        found.append(Waiting(_("待裁定的边界"), visible_cases(actor, "open").count(), url_for("land.cases.index")))
    return found
