"""How well a fact on the page is vouched for, in four grades anybody can read. Pure."""

from __future__ import annotations

from trace.core.text import N_, Labelled


class Evidence(Labelled):
    """From looked at by the authority down to somebody's own word."""

    OFFICIAL = "a", N_("主管部门查验")
    BOTH = "b", N_("交接双方都登记")
    CHECKED = "c", N_("单方登记，平台核对数量")
    STATED = "d", N_("单方登记，未查验")
