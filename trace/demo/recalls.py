"""What follows from the demo county's recall: its case with a confirmation, an incident told to the end, a drill sealed."""

from __future__ import annotations

from datetime import timedelta

from trace.demo.people import People
from trace.lots.models import Hold
from trace.recalls import drills, incidents, queries, services
from trace.recalls.drill_views import draw_paper
from trace.recalls.models import Recall

DRILL_SEED = "20260308"


def follow_up(people: People) -> None:
    """The recall in force gets its case; the plant confirms and states its stock; one drill among the demo plant's lots."""
    market = people.actor("market")
    hold = Hold.select().where(Hold.kind == "recall", Hold.released_at.is_null()).order_by(Hold.id).get()
    known = hold.placed_at - timedelta(hours=1)
    found = incidents.open_incident(market, {
        "kind": "residue", "grade": "common", "title": "抽检农药残留超标（演示）", "text": "抽检一批产品农药残留超标，无人不适。",
        "occurred_at": known, "known_at": known + timedelta(minutes=20), "lot": hold.lot.code,
    })  # fmt: skip
    incidents.report(market, found.code, "县政府值班室、市市场监管局", "已召回同批产品，正在清点。")
    incidents.follow(market, found.code, "召回已启动，通知已送达持有单位。", "正在查用药记录。", "暂无人员不适。")
    case = services.take_up(market, hold.code, {
        "level": 1, "known_at": known, "plan": "立即停售并封存同批产品，各单位当日清点，三日内集中退回工厂，由市场监管所监督销毁。",
        "notice": "本批次产品农药残留超标。已购买的请停止食用，凭包装退款，电话 0734-8500000。", "incident": found.code,
    })  # fmt: skip
    _answer(people, case)
    drill = drills.draw(people.actor("plant"), seed=DRILL_SEED)
    drills.seal(people.actor("plant"), drill.code, "实物与账面相符，联系电话均能打通。", draw_paper)


def _answer(people: People, case: Recall) -> None:
    """The demo plant confirms its notice and finds what its books say is left; what was sold stays to be explained."""
    plant = people.actor("plant")
    services.confirm(plant, case.code)
    _, holder = queries.own_case(plant, case.code)
    for one in holder.rows:
        if one.row.left_g:
            goods = f"{one.row.left_g * 9 // 10 / 1000:.3f}"
            services.state(plant, case.code, one.row.lot.code, {"located": goods})
