"""Programmes, applications and payments of the demo county. Rates are other counties' figures, marked as a demonstration."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from shapely.geometry import shape

from trace.accounts import factors, otp
from trace.core.actor import Actor
from trace.core.clock import business_date, utcnow
from trace.core.errors import RuleBroken
from trace.demo import notices
from trace.demo.fund_papers import hand_in, picture
from trace.demo.people import People
from trace.files.rules import Upload
from trace.funds import (
    approvals,
    budgets,
    documents,
    fieldwork,
    file_rules,
    publicity,
    services,
    township,
)
from trace.funds.fieldwork import Verification
from trace.funds.models import Application
from trace.land.models import Plot, PlotBoundary
from trace.payments import batches
from trace.payments import queries as payments
from trace.payments.rules import BATCH_KINDS, kind_for
from trace.programmes import services as programmes

APPLICATIONS = 42
MIN_M2 = 3_334
BUDGET_FEN = 30_000_000
NOTE = "标准借用外县公开做法，仅供演示；正式标准以县里发布的项目通知为准。"


def spend(rng: Random, people: People, plots: list[Plot]) -> None:
    """Two programmes; applications at every stage of the way, one batch paid, one duplicate refused."""
    planting, tending = _programmes(people)
    eligible = [
        p
        for p in plots
        if p.steward_id and p.area_m2 >= MIN_M2 and p.land_class != "basic_farmland" and p.state != "failed"
    ]
    chosen = rng.sample(eligible, min(APPLICATIONS, len(eligible)))
    made = [_apply(people, planting if n % 6 else tending, plot) for n, plot in enumerate(chosen)]
    _refuse_duplicate(people, planting, chosen[1])
    stages = len(_STAGES)
    for stage, step in enumerate(_STAGES):
        reached = [item for n, item in enumerate(made) if n % (stages + 1) > stage or n < 8]
        if reached:
            step(people, reached)
    notices.discount(people, chosen[0])
    notices.other_funds(people, chosen[-3:])


def _programmes(people: People) -> tuple[str, str]:
    office, finance = people.actor("office"), people.actor("finance-maker")
    year = business_date().year
    codes: list[str] = []
    for name, purpose, rate in (
        ("土枇杷新造奖补（演示）", "planting", 20_000),
        ("土枇杷抚育奖补（演示）", "tending", 10_000),
    ):
        programme = programmes.draft_programme(
            office,
            {
                **notices.terms(year, len(codes) + 3), "name": f"{year}年{name}", "basis": f"演示通知〔{year}〕3号", "kind": "per_area", "purpose": purpose,
                "params": {"tiers": [[0, rate]], "tier_mode": "whole"},
                "opens_on": date(year, 1, 1), "closes_on": date(year, 12, 31), "min_area_m2": MIN_M2, "year": year,
                "finance_ref": f"演示财函〔{year}〕12号", "contact": "县领导小组办公室 0734-8500001（演示）", "conditions": NOTE,
            },
        )  # fmt: skip
        notices.consult(people, programme.code)
        programmes.publish_programme(office, programme.code)
        budgets.appropriate(finance, programme.code, BUDGET_FEN, f"演示指标〔{year}〕{len(codes) + 1}号")
        codes.append(programme.code)
    return codes[0], codes[1]


def _apply(people: People, programme: str, plot: Plot) -> Application:
    clerk = people.actor("coop")
    actor = Actor(clerk.user_id, clerk.username, clerk.display_name, clerk.roles, plot.steward_id)
    made = services.create_application(actor, programme, plot.code)
    hand_in(actor, made)
    return services.submit(actor, made.no, "材料齐全，承诺属实。")


def _photographs(people: People, item: Application) -> None:
    """Four photographs on the plot, an hour after it was looked at."""
    row = PlotBoundary.get(PlotBoundary.plot == item.plot_id, PlotBoundary.valid_to.is_null())
    place = shape(json.loads(row.geojson)).representative_point()
    for number in range(file_rules.LEAST_PHOTOS):
        taken = documents.Taken(utcnow() - timedelta(minutes=60 - 5 * number), round(place.x, 6), round(place.y, 6), 5)
        upload = Upload(f"验收照片{number + 1}.png", picture())
        documents.add_document(people.actor("verifier-forestry"), item.no, "field_photo", upload, taken=taken)


def _refuse_duplicate(people: People, programme: str, plot: Plot) -> None:
    """Somebody tries the same plot twice; the attempt stays in the trail, no second application does."""
    try:
        _apply(people, programme, plot)
    except RuleBroken:
        return
    raise AssertionError("a second application for the same plot passed")


def _township(people: People, items: list[Application]) -> None:
    for item in items:
        officer = people.actor(f"township-{item.plot.code[:9]}")
        township.accept(officer, item.no, "资料齐全，予以受理。")
        documents.add_document(officer, item.no, "site_photo", Upload("核查照片.png", picture()))
        place = township.Place("林业站同行人员（演示）", tenure_note="流转合同与台账一致", note="界线清楚，苗木成行。")
        township.pass_township(officer, item.no, "资料齐全，现场核对无误，同意上报。", place)


def _schedule(people: People, items: list[Application]) -> None:
    for item in items:
        fieldwork.schedule(people.actor("bureau"), item.no, "请按时联合验收。")


def _forestry(people: People, items: list[Application]) -> None:
    for item in items:
        _photographs(people, item)
        fieldwork.verify(
            people.actor("verifier-forestry"), item.no, "forestry",
            Verification(
                note="株数、界线与登记一致。", sample_plots=((40, 37), (40, 38), (40, 36)),
                columns={"weather": "多云", "applicant_present": "是", "records_kept": "齐全", "built_as_designed": "是"},
            ),
        )  # fmt: skip


def _finance(people: People, items: list[Application]) -> None:
    for item in items:
        fieldwork.verify(people.actor("verifier-finance"), item.no, "finance", Verification(note="面积与勾绘一致。"))


def _review(people: People, items: list[Application]) -> None:
    for item in items:
        services.review(people.actor("bureau"), item.no, "计算无误，同意公示。")


def _publicise(people: People, items: list[Application]) -> None:
    """The first lists began weeks ago, so that their period is over."""
    for programme in sorted({item.programme_id for item in items}):
        mine = [item.no for item in items if item.programme_id == programme]
        publicity.publicise(people.actor("office"), mine, business_date() - timedelta(days=25))


def _end_publicity(people: People, items: list[Application]) -> None:
    publicity.end_publicity(people.actor("office"), [item.no for item in items])
    approvals.convene(people.actor("office"), [item.no for item in items], "提请领导小组审定。")


def _approve(people: People, items: list[Application]) -> None:
    approvals.approve(
        people.actor("leader"), [item.no for item in items], "同意。", f"演示会议纪要〔{business_date().year}〕5期"
    )


def _pay(people: People, items: list[Application]) -> None:
    """One batch for each channel; the checker's authenticator is set up for this and taken away again, so that whoever tries it sets up an own one."""
    maker, checker = people.actor("finance-maker"), people.actor("finance-checker")
    code = _authenticator(checker)
    for kind in BATCH_KINDS:
        nos = [item.no for item in items if kind_for(item.applicant.kind) == kind]
        if nos:
            batch = batches.make_batch(maker, nos)
            batches.release_batch(checker, batch.no, next(code))
            results = [
                batches.Result(line.code, "paid", f"DEMO{n:06d}") for n, line in enumerate(payments.lines(batch))
            ]
            batches.record_results(maker, batch.no, results)
    factors.reset(None, checker.username)


def _authenticator(actor: Actor) -> Iterator[str]:
    """Recovery codes of a fresh authenticator: good once each, whatever the clock says."""
    begun = factors.enrol(actor)
    secret = base64.b32decode(begun.secret + "=" * (-len(begun.secret) % 8))
    return iter(factors.confirm(actor, otp.code_at(secret, otp.step_of(utcnow().timestamp()))))


_STAGES: tuple[Callable[[People, list[Application]], None], ...] = (
    _township, _schedule, _forestry, _finance, _review, _publicise, _end_publicity, _approve, _pay,
)  # fmt: skip
