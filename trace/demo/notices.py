"""Notices of the demo county with their checklists, a loan to be discounted, and another fund's list. Figures are for demonstration."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from trace.audit import operation
from trace.core.actor import Actor, Permission
from trace.core.clock import business_date
from trace.demo.fund_papers import hand_in
from trace.demo.people import People
from trace.files.rules import Upload
from trace.funds import claims, external, services
from trace.land.models import Plot
from trace.programmes import checklist
from trace.programmes import services as programmes
from trace.programmes.checklist import Entry

BASIS_VALID_TO = date(2027, 3, 8)
"""The opinion 清政办发〔2022〕7号, if it is treated as a normative document (domain brief §0.3, I4)."""
MATERIALS = (
    "申请表",
    "身份证明或统一社会信用代码证",
    "土地权属或流转合同",
    "种苗标签和检疫证",
    "栽植照片",
    "测量资料（选交）",
)


def terms(year: int, number: int) -> dict[str, Any]:
    """What the demo's notices have in common beside name and rate."""
    return {
        "doc_no": f"演示公告〔{year}〕{number}号", "basis_valid_to": BASIS_VALID_TO, "beneficiary_cap_fen": 20_000_000,
        "materials": [{"name": name.removesuffix("（选交）"), "required": not name.endswith("（选交）")} for name in MATERIALS],
    }  # fmt: skip


def consult(people: People, code: str) -> None:
    """The steps before a notice: finance has answered, some steps do not apply, one is still open."""
    year, office = business_date().year, people.actor("office")
    entries = {
        "finance": Entry(doc_ref=f"演示财函〔{year}〕12号"),
        "research": Entry(doc_ref="演示调研报告"),
        "townships": Entry(sent_on=date(year, 1, 5), note="发 23 个乡镇（街道）"),
        "expert": Entry(waived=True, note="沿用上年标准，不涉及专业论证（演示）"),
        "legality": Entry(doc_ref=f"演示司审〔{year}〕4号"),
        "collective": Entry(doc_ref=f"演示会议纪要〔{year}〕2期"),
    }
    for step, entry in entries.items():
        checklist.record_step(office, code, step, entry)


def discount(people: People, plot: Plot) -> None:
    """A notice for interest discounts and one application with its loan, waiting for the township."""
    year, office = business_date().year, people.actor("office")
    values = {
        **terms(year, 5), "name": f"{year}年土枇杷产业贷款贴息（演示）", "basis": f"演示通知〔{year}〕3号", "kind": "interest_discount", "purpose": "interest",
        "params": {"rate_pct": "3", "base": 360, "share_pct": "100", "max_months": 36, "scope": "种苗、抚育、加工设备"}, "year": year,
        "opens_on": date(year, 1, 1), "closes_on": date(year, 12, 31), "finance_ref": f"演示财函〔{year}〕15号",
        "contact": "县领导小组办公室 0734-8500001（演示）", "application_cap_fen": 5_000_000,
    }  # fmt: skip
    programme = programmes.draft_programme(office, values)
    programmes.publish_programme(office, programme.code)
    clerk = people.actor("coop")
    actor = Actor(clerk.user_id, clerk.username, clerk.display_name, clerk.roles, plot.steward_id)
    made = services.create_application(actor, programme.code, plot.code)
    loan = {
        "contract_no": f"演示借字{year}第018号", "lender": "演示农商银行", "used_for": "购买种苗和抚育", "drawn_on": date(year, 1, 10),
        "due_on": date(year + 1, 1, 10), "principal_fen": 50_000_000, "rate_milli": 4_350, "interest_paid_fen": 1_600_000,
        "events": [{"kind": "repay", "on_day": date(year, 6, 1), "amount_fen": 20_000_000}],
    }  # fmt: skip
    claims.add_loan(actor, made.no, loan, _paper())
    hand_in(actor, made)
    services.submit(actor, made.no)


def _paper() -> Upload:
    """A sheet with lines where a contract would stand."""
    image = Image.new("L", (620, 877), 252)
    pen = ImageDraw.Draw(image)
    for row in range(120, 760, 32):
        pen.line((80, row, 540, row), fill=170)
    out = BytesIO()
    image.save(out, "PNG")
    return Upload("借款合同.png", out.getvalue())


def other_funds(people: People, plots: list[Plot]) -> None:
    """A list of another fund: its rows tend, the demo's notices plant, so that they are looked at and stop nobody."""
    year = business_date().year
    with operation(people.actor("bureau"), Permission.APPLICATION_REVIEW) as op:
        for number, plot in enumerate(plots, 1):
            values = {"fund": "长防林工程（演示）", "year": year, "purpose": "tending", "holder": plot.operator.name, "plot": plot.code, "village": plot.village.code, "area_m2": plot.area_m2, "amount_fen": 50_000 * number, "doc_ref": f"演示长防〔{year}〕1号"}  # fmt: skip
            external.add_row(op, values)
        op.record("external.load", "demo", rows=len(plots))
