"""Words of programme notices. Pure. Source: domain brief §5.1, §0.4."""

from __future__ import annotations

from trace.core.text import N_

KINDS = {"per_area": N_("按面积奖补"), "fixed_award": N_("定额奖励")}
STATES = {"draft": N_("草稿"), "published": N_("申报中"), "closed": N_("已结束")}
TONES = {"draft": "draft", "published": "ok", "closed": "expired"}
PURPOSES = {
    "planting": N_("新造"),
    "tending": N_("抚育"),
    "replanting": N_("补植"),
    "infrastructure": N_("基础设施"),
    "certification": N_("认证"),
}
DEFAULT_PUBLICITY_DAYS = 7
