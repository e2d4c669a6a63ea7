"""The main navigation: the pages of the office by the work they belong to, as far as the actor may open them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from flask_babel import gettext

from trace.core.actor import Permission
from trace.core.text import N_

Entry = tuple[str, str, str, Permission]
"""Label, address, icon, permission needed."""

SECTIONS: tuple[tuple[str, str, tuple[Entry, ...]], ...] = (
    (N_("田间"), "leaf", (
        (N_("地块"), "/plots", "map", Permission.PLOT_READ),
        (N_("苗圃"), "/nursery", "leaf", Permission.NURSERY_READ),
        (N_("采收"), "/field", "basket", Permission.HARVEST_RECORD),
        (N_("生产记录"), "/field/records", "clipboard-list", Permission.ACTIVITY_READ),
        (N_("手机"), "/field/sync", "device-mobile", Permission.SYNC_READ),
    )),
    (N_("收购加工"), "building-factory", (
        (N_("批次"), "/lots", "package", Permission.LOT_READ),
        (N_("加工"), "/processing", "building-factory", Permission.RUN_RECORD),
    )),
    (N_("质量安全"), "shield-check", (
        (N_("质量"), "/quality", "shield-check", Permission.QUALITY_READ),
        (N_("核对"), "/ceilings", "scale", Permission.CEILING_READ),
        (N_("召回"), "/recalls", "alert-octagon", Permission.CASE_READ),
        (N_("召回通知"), "/recalls/notices", "alert-octagon", Permission.NOTICE_ANSWER),
    )),
    (N_("标签扫码"), "qrcode", (
        (N_("标签"), "/labels", "qrcode", Permission.LABEL_READ),
        (N_("扫码"), "/scans", "scan", Permission.SCAN_READ),
        (N_("投诉"), "/scans/complaints", "speakerphone", Permission.COMPLAINT_READ),
    )),
    (N_("资金考核"), "coin", (
        (N_("资金"), "/funds", "coin", Permission.FUND_READ),
        (N_("目标"), "/targets", "target-arrow", Permission.TARGET_READ),
        (N_("成效"), "/effects", "chart-bar", Permission.EFFECT_READ),
        (N_("督查"), "/supervision", "clipboard-list", Permission.SUPERVISION_READ),
    )),
    (N_("主体管理"), "building-community", (
        (N_("主体"), "/parties", "building-community", Permission.PARTY_READ),
        (N_("导入"), "/imports", "upload", Permission.PARTY_REGISTER),
        (N_("账号"), "/admin", "users", Permission.USER_MANAGE),
        (N_("审计"), "/admin/audit", "history", Permission.AUDIT_READ),
    )),
)  # fmt: skip
NAVIGATION: tuple[Entry, ...] = tuple(entry for _, _, entries in SECTIONS for entry in entries)
ONE_LINE = 7
"""So many pages stand side by side, in English too, on a screen 1366 wide; more are folded into their sections."""


@dataclass(frozen=True)
class Link:
    """One page. ``here``: it is the one being looked at, or the nearest above it."""

    label: str
    href: str
    icon: str
    here: bool


@dataclass(frozen=True)
class Section:
    """Pages of one kind of work; one page alone stands for itself."""

    label: str
    icon: str
    links: list[Link]

    @property
    def current(self) -> Link | None:
        """The page being looked at, if it is one of these."""
        return next((link for link in self.links if link.here), None)


def navigation() -> list[Section]:
    """What the actor may open, in sections; each page a section of its own where all fit on one line."""
    actor = g.get("actor")
    if actor is None:
        return []
    best = max((href for _, href, _, _ in NAVIGATION if request.path.startswith(href)), key=len, default="")
    found = []
    for label, icon, entries in SECTIONS:
        links = [Link(gettext(name), href, mark, href == best) for name, href, mark, need in entries if actor.can(need)]
        if links:
            found.append(Section(gettext(label), icon, links))
    if sum(len(section.links) for section in found) <= ONE_LINE:
        return [Section(link.label, link.icon, [link]) for section in found for link in section.links]
    return found
