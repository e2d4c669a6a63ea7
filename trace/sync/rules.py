"""Statuses, limits and words of the exchange with phones. Pure. Sources: docs/adr/0008, domain brief §7.1 C3, C4."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from trace.core.text import N_, Labelled, Message

PROTOCOL = 1
MAX_OPS = 200
MAX_BYTES = 1024 * 1024
MAX_PHOTOS = 9
PIECE = 256 * 1024
MAX_UNFINISHED = 60
"""Photos of one phone that may lie about half sent."""
UPDATES = 500
"""Receipts in one answer, besides those of the operations sent."""
BUDGET_SECONDS = 20
"""Operations not yet begun when so much time has passed are answered ``busy``: the phone sends them again."""
FORCE_AFTER = timedelta(days=5)
SKEW_ALLOWED = timedelta(minutes=10)
LONG_ON_PHONE = timedelta(days=30)


class Status(Labelled):
    """What became of an operation. ``exists`` and ``busy`` are answers only, never kept."""

    CREATED = "created", N_("已入账")
    EXISTS = "exists", N_("已入账")
    HELD = "held", N_("已保留，待处理")
    CONFLICT = "conflict", N_("有冲突，待选择")
    REFUSED = "refused", N_("已退回")
    BUSY = "busy", N_("请稍后再传")


KEPT = (Status.CREATED, Status.HELD, Status.CONFLICT, Status.REFUSED)
TONES = {"created": "ok", "held": "todo", "conflict": "stop", "refused": "stop"}
FLAGS = {
    "late": N_("补录"),
    "clock": N_("手机时间有误"),
    "forced": N_("超期补入"),
    "duplicate": N_("疑似重复"),
    "incident": N_("用药事件"),
    "held": N_("批次锁定"),
}

WAITS = "WAITS_FOR"
TOO_NEW = "SCHEMA_TOO_NEW"
QUARANTINED = "QUARANTINED"
SERVER_ERROR = "SERVER_ERROR"

REFUSALS = {
    "MALFORMED": N_("这条记录格式不正确，没有收下，请更新程序。"),
    "ID_REUSED": N_("编号相同但内容不同，没有收下；原来那条不变。"),
    "DEVICE_UNKNOWN": N_("没有登记过记下这条记录的手机。"),
    "AUTHOR_MISMATCH": N_("这条记录不是本人在这台手机上记的，没有收下。"),
    "NOT_YOUR_COURIER": N_("只能代本合作社的人上传记录。"),
    "BAD_SIGNATURE": N_("签名不符，记录可能被改动过，没有收下。"),
    "SEQ_REUSED": N_("手机里的顺序号重复，没有收下，请重新保存这条记录。"),
}
"""Refusals that leave nothing behind: the id stays free, so nobody can use up another's id by sending rubbish under it."""

HELD = {
    WAITS: N_("等前一条记录先入账。"),
    TOO_NEW: N_("手机程序比系统新，记录已保留，系统升级后自动入账。"),
    QUARANTINED: N_("手机或账号已停用，记录已保留，待负责人处理。"),
    SERVER_ERROR: N_("系统暂时处理不了这条记录，已保留，管理员会处理。"),
}

_SKEWS = {
    ("fast", "days"): N_("手机时间比标准时间快 %(count)s 天，请校正后确认记录时间。"),
    ("fast", "hours"): N_("手机时间比标准时间快 %(count)s 小时，请校正后确认记录时间。"),
    ("fast", "minutes"): N_("手机时间比标准时间快 %(count)s 分钟，请校正后确认记录时间。"),
    ("slow", "days"): N_("手机时间比标准时间慢 %(count)s 天，请校正后确认记录时间。"),
    ("slow", "hours"): N_("手机时间比标准时间慢 %(count)s 小时，请校正后确认记录时间。"),
    ("slow", "minutes"): N_("手机时间比标准时间慢 %(count)s 分钟，请校正后确认记录时间。"),
}
_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60))


def is_off(skew_seconds: int | None) -> bool:
    """Is a clock so far off that times written by it need a mark?"""
    return skew_seconds is not None and abs(skew_seconds) > SKEW_ALLOWED.total_seconds()


def skew_message(skew_seconds: int) -> Message:
    """How far a phone's clock is off, in the largest unit that fits (C4)."""
    unit, seconds = next((name, size) for name, size in _UNITS if abs(skew_seconds) >= size)
    way = "fast" if skew_seconds > 0 else "slow"
    return Message(_SKEWS[way, unit], {"count": round(abs(skew_seconds) / seconds)})


@dataclass
class Receipt:
    """What a phone is told about one operation. ``recorded_at`` empty: nothing was kept, the id is still free."""

    id: str
    status: Status
    code: str = ""
    message: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    record: dict[str, Any] | None = None
    recorded_at: str | None = None
    flags: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """In the form of docs/adr/0008."""
        return {**self.__dict__, "status": self.status.value}


def refusal(op_id: str, code: str) -> Receipt:
    """One of the refusals that leave nothing behind."""
    return Receipt(op_id, Status.REFUSED, code, str(Message(REFUSALS[code])))
