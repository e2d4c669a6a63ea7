"""Words, states and arithmetic of payments. Pure. Source: domain brief §5.3, §5.7, §5.10; security brief A29."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from trace.core.canonical import canonical_bytes, sha256_hex
from trace.core.text import N_

BATCH_KINDS = {"card": N_("一卡通"), "corporate": N_("对公账户")}
BATCH_STATES = {
    "prepared": N_("待复核"),
    "released": N_("已发银行"),
    "done": N_("已回单"),
    "cancelled": N_("已撤销"),
}
BATCH_TONES = {"prepared": "todo", "released": "info", "done": "ok", "cancelled": "void"}
LINE_STATES = {
    "pending": N_("待支付"),
    "paid": N_("已支付"),
    "failed": N_("支付失败"),
    "returned": N_("银行退票"),
    "cancelled": N_("已撤销"),
}
LINE_TONES = {"pending": "todo", "paid": "ok", "failed": "stop", "returned": "stop", "cancelled": "void"}
DEAD_LINES = ("failed", "returned", "cancelled")
"""Lines that no longer stand for a payment: the instalment may be put into another batch."""
ACCOUNT_STATES = {"proposed": N_("待复核"), "confirmed": N_("已确认"), "refused": N_("未通过")}
ACCOUNT_TONES = {"proposed": "todo", "confirmed": "ok", "refused": "void"}
COOL_DOWN_DAYS, COOL_DOWN_KEY = 3, "payments.cool_down_days"
"""Days between the confirmation of a changed account and its first use (domain brief §5.7 [A]; the county's own number is a site setting)."""

HOUSEHOLD_KINDS = ("household",)
"""Who is paid by 一卡通; everybody else has a corporate account."""

RESULTS: Mapping[str, str] = {
    "成功": "paid", "支付成功": "paid", "交易成功": "paid", "已支付": "paid", "已入账": "paid", "S": "paid", "0": "paid", "0000": "paid",
    "失败": "failed", "支付失败": "failed", "交易失败": "failed", "F": "failed", "1": "failed",
    "退票": "returned", "退汇": "returned", "银行退票": "returned", "R": "returned",
}  # fmt: skip
"""Words banks use for what became of a line, and what they mean here."""

_BRACKETS = str.maketrans({"（": "(", "）": ")", "·": ".", "•": ".", "．": "."})


def bare_name(name: str) -> str:
    """A name as it is compared: full-width letters folded, brackets alike, no spaces."""
    folded = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    return re.sub(r"\s+", "", folded).casefold()


def same_name(one: str, other: str) -> bool:
    """Do two spellings name the same account holder?"""
    return bare_name(one) == bare_name(other)


def kind_for(party_kind: str) -> str:
    """The channel by which a beneficiary is paid."""
    return "card" if party_kind in HOUSEHOLD_KINDS else "corporate"


def line_code(batch_no: str, number: int) -> str:
    """The id of a line from our file to the bank's answer: batch and place, no person in it."""
    return f"{batch_no}-{number:05d}"


def live_key(application_no: str, instalment: int) -> str:
    """What may stand in one live line only: an application and its instalment."""
    return f"{application_no}/{instalment}"


def usable_from(confirmed_on: date, days: int) -> date:
    """The first day a changed account may be paid to."""
    return confirmed_on + timedelta(days=days)


DIGESTED = ("code", "no", "instalment", "payee_name", "holder_name", "account_hash", "amount_fen", "evidence")


def digest_of(no: str, kind: str, rows: list[dict[str, object]]) -> str:
    """SHA-256 over the canonical JSON of a batch: number, channel, and of each line what is paid to whom on which evidence."""
    shown = [{key: row[key] for key in DIGESTED} for row in rows]
    return sha256_hex(
        canonical_bytes({"batch": no, "kind": kind, "lines": sorted(shown, key=lambda row: str(row["code"]))})
    )
