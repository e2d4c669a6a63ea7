"""Mock recalls: a seed draws a lot, the trace both ways is measured, the mass balanced, and the result sealed."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.canonical import canonical_bytes
from trace.core.clock import business_date
from trace.core.errors import Invalid, NotFound, RuleBroken
from trace.db import lock_row
from trace.db.counters import next_number
from trace.files import queries as files
from trace.files.rules import Upload
from trace.files.services import keep
from trace.files.store import Missing
from trace.lots import queries as lots
from trace.lots.models import Lot, Operation
from trace.lots.tracing import build_trace
from trace.recalls import queries, rules
from trace.recalls.balance import PARTS, Balance, balance_of
from trace.recalls.models import MockRecall
from trace.registry.models import Party

Paper = Callable[[MockRecall], bytes]
"""Draws the sealed report; given by the door, for only doors know templates."""


def draw(actor: Actor, party: str = "", seed: str = "") -> MockRecall:
    """Draw a lot by a seed (random unless given) among all lots of a party, or of the county; trace and balance it at once."""
    with operation(actor, Permission.DRILL_RUN) as op:
        holder = _holder(actor, party)
        seed = seed.strip()[:64] or secrets.token_hex(8)
        last = Lot.select(Lot.id).order_by(Lot.id.desc()).limit(1).scalar() or 0
        population = {"last": last, "holder": holder.code if holder else "", "before": op.at.isoformat()}
        lot = drawn(seed, population)
        if lot is None:
            raise RuleBroken("没有可以抽的批次。", code="NOTHING_TO_DRAW")
        year = business_date(op.at).year
        made = MockRecall.create(
            code=f"YL{year % 100:02d}-{next_number(f'YL{year}'):04d}", seed=seed, population={**population, "count": _among(population).count()},
            lot=lot, holder=lot.holder, started_at=op.at, started_by=actor.user_id, starter_name=actor.display_name, facts=measure(lot),
        )  # fmt: skip
        op.record("drill.draw", made, seed=seed, lot=lot.code)
        return made


def seal(actor: Actor, code: str, remark: str, paper: Paper) -> MockRecall:
    """Stop the clock and seal: hash the facts, draw the paper that bears the hash, keep it. Nothing of it changes afterwards."""
    with operation(actor, Permission.DRILL_RUN) as op:
        found = queries.get_drill(actor, code)
        row = lock_row(MockRecall.select().where(MockRecall.id == found.id)).get()
        if row.state == "sealed":
            raise RuleBroken("这次演练已经封存。", code="SEALED")
        if not remark.strip():
            raise Invalid("请填写演练结论和要改进的地方。", field="remark", code="MISSING")
        row.state, row.finished_at, row.remark = "sealed", op.at, remark.strip()
        row.sealed = facts_of(row)
        row.sha256 = digest(row.sealed)
        row.paper = keep(op, Upload(f"{row.code}.pdf", paper(row), "paper"))
        row.save()
        op.record("drill.seal", row, sha256=row.sha256)
        return row


def measure(lot: Lot) -> dict[str, Any]:
    """Trace back and forward with the time each took (microseconds), and the balance in grams; whole numbers only, for the hash."""
    began = time.perf_counter()
    back = build_trace(lot, "back", None)
    middle = time.perf_counter()
    forward = build_trace(lot, "forward", None)
    ended = time.perf_counter()
    found = balance_of(lot.id)
    return {
        "lot": lot.code, "product": lot.product.name, "holder": lot.holder.name, "made_g": found.made_g,
        "back_us": int((middle - began) * 1_000_000), "forward_us": int((ended - middle) * 1_000_000),
        "back_lots": len(back.nodes), "plots": len({share.plot for share in back.shares if share.plot}), "complete": back.complete,
        "forward_lots": len(forward.nodes), "holders": len({node.holder for node in forward.nodes}),
        "parts": _whole(found), "accounted": f"{found.accounted.numerator}/{found.accounted.denominator}",
        "places": [[name, round(grams)] for name, grams in sorted(found.holders.items())],
    }  # fmt: skip


def facts_of(row: MockRecall) -> dict[str, Any]:
    """What the hash of a drill is of, built from the row as it stands now."""
    return {
        "drill": row.code, "seed": row.seed, "population": row.population, "lot": row.lot.code, "holder": row.holder.code,
        "started_at": row.started_at.isoformat(), "started_by": row.starter_name, "finished_at": row.finished_at.isoformat(),
        "facts": row.facts, "remark": row.remark,
    }  # fmt: skip


def digest(facts: dict[str, Any]) -> str:
    """SHA-256 of the canonical form (RFC 8785), in hex."""
    return hashlib.sha256(canonical_bytes(facts)).hexdigest()


def faults(row: MockRecall) -> list[str]:
    """What no longer fits a sealed drill: its data, its draw, its paper. Empty when everything does."""
    if row.state != "sealed":
        return []
    found = []
    if digest(facts_of(row)) != row.sha256 or digest(row.sealed) != row.sha256:
        found.append("数据与封存时的校验值不符。")
    again = drawn(row.seed, row.population)
    if again is None or again.id != row.lot_id:
        found.append("用印出的种子重抽，抽不到这个批次。")
    try:
        files.open_file(row.paper)
    except Missing:
        found.append("封存的报告文件已丢失或被改动。")
    return found


def drawn(seed: str, population: dict[str, Any]) -> Lot | None:
    """The lot a seed draws among those there were; ledger rows never change, so it can be drawn again at any time."""
    among = _among(population)
    count = among.count()
    if not count:
        return None
    key = among.order_by(Lot.id).offset(rules.place_of(seed, count)).limit(1).scalar()
    return lots.lots_joined().where(Lot.id == key).get()


@dataclass(frozen=True)
class Standing:
    """One holder in the league table: drills, mean part accounted for, mean minutes to the seal."""

    name: str
    drills: int
    accounted: Fraction
    minutes: int
    last: datetime


def league(actor: Actor) -> list[Standing]:
    """Sealed drills by holder: the best accounted first, then the faster."""
    groups: dict[str, list[MockRecall]] = {}
    for row in queries.visible_drills(actor).where(MockRecall.state == "sealed"):
        groups.setdefault(row.holder.name, []).append(row)
    found = [
        Standing(
            name, len(rows), sum((Fraction(row.facts["accounted"]) for row in rows), Fraction(0)) / len(rows),
            round(sum((row.finished_at - row.started_at).total_seconds() for row in rows) / len(rows) / 60),
            max(row.finished_at for row in rows),
        )
        for name, rows in groups.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.accounted, one.minutes, one.name))


def _whole(found: Balance) -> dict[str, int]:
    """The parts in whole grams that still sum to what was made: largest remainders get what rounding leaves."""
    parts = {name: found.parts[name] for name in PARTS}
    grams = {name: int(value) for name, value in parts.items()}
    rest = found.made_g - sum(grams.values())
    for name in sorted(parts, key=lambda one: grams[one] - parts[one])[: max(0, rest)]:
        grams[name] += 1
    return grams


def _holder(actor: Actor, party: str) -> Party | None:
    if not actor.county_wide:
        return Party.get_by_id(actor.party_id) if actor.party_id else None
    if not party:
        return None
    found = Party.get_or_none(Party.code == party)
    if found is None:
        raise NotFound("没有这个主体，请从列表中选择。")
    return found


def _among(population: dict[str, Any]) -> Any:
    """Lots of goods that stood on record then: not seedlings, not taken back."""
    before = datetime.fromisoformat(population["before"])
    taken_back = Operation.select(Operation.reverses).where(
        Operation.reverses.is_null(False), Operation.recorded_at <= before
    )
    query = Lot.select(Lot.id).where(
        Lot.id <= population["last"], Lot.kind.not_in(["seedling", "wip"]), Lot.made_by.not_in(taken_back)
    )
    if population["holder"]:
        query = query.where(Lot.holder.in_(Party.select(Party.id).where(Party.code == population["holder"])))
    return query
